"""API keys: their digests, the words that they carry, and keys that are added to a workspace."""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from seedance_mock.domain.accounts import AddedKey
from seedance_mock.domain.scenarios import parse_key_script
from seedance_mock.settings import Settings

SCRIPT_KEY_PREFIX = "sk-mock-"
"""The start of a key that carries words."""

NONCE_SEPARATOR = "--"
"""What separates the words of a key from the part that makes it unique."""


def key_digest(key: str) -> str:
    """Return a digest of the key. Records have it in place of the key."""
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def key_words(key: str) -> str:
    """Return the words that a key carries: `busy.queue-9s` of "sk-mock-busy.queue-9s--a"."""
    if not key.startswith(SCRIPT_KEY_PREFIX):
        return ""
    return key.removeprefix(SCRIPT_KEY_PREFIX).partition(NONCE_SEPARATOR)[0]


def new_added_key(words: str, settings: Settings) -> AddedKey:
    """Return the state of a key that carries `words`, as it is when it is added to a workspace.

    Raises ApiError for an unknown word, and for words that concern the whole workspace.
    """
    return with_key_words(AddedKey(key_words=words), words, settings)


def with_key_words(added: AddedKey, words: str, settings: Settings) -> AddedKey:
    """Return an added key under new words. What it has spent stays.

    Raises ApiError as `new_added_key` does.
    """
    script = parse_key_script(words)
    return replace(
        added,
        words=words,
        state=script.key_state,
        quota=script.quota,
        rate_limit=settings.rate_limit if script.rate_limit is None else script.rate_limit,
    )
