"""Workspaces with several keys: how a key is added, and what new words for it mean."""

from __future__ import annotations

import re

from msgspec.structs import replace

from seedance_mock.domain.accounts import MAX_KEYS, Account, with_added_key
from seedance_mock.domain.errors import invalid_field
from seedance_mock.domain.scenarios import parse_key_script, parse_script
from seedance_mock.service.admission import Admission, with_script
from seedance_mock.service.keys import key_digest, key_words, new_added_key, with_key_words
from seedance_mock.stores import AccountChange

# `key-1` could collide with a later account. The name is shown everywhere, so it must not be a key.
_RESERVED_NAME = re.compile(r"key-[0-9]+|(sk|mt)-.*", re.IGNORECASE)


async def open_in_workspace(
    admission: Admission, key: str, name: str, words: str | None
) -> Account:
    """Return the account with this name after `key` was added to it.

    If there is no such account, the key opens it. `words` are checked before the key is added,
    but it is the caller who sets them.

    Raises ApiError: the key belongs to another account, the name is reserved, the workspace has
    too many keys, or the words are not for an added key.
    """
    digest = key_digest(key)
    while True:
        current = await admission.store.account_of_key(digest)
        if current is not None and current.name != name:
            raise invalid_field(
                "workspace", f"the key belongs to {current.name} already, and a key stays there"
            )
        if current is not None:
            return current
        before = await admission.store.account_by_name(name)
        after = (
            _new_workspace(admission, key, name)
            if before is None
            else _with_new_key(admission, before, key, words)
        )
        # Another request may have used the name or the key meanwhile: then the commit fails.
        if await admission.store.commit(AccountChange(before, after)):
            return after


def _new_workspace(admission: Admission, key: str, name: str) -> Account:
    if _RESERVED_NAME.fullmatch(name):
        message = (
            "a new workspace needs a name that is not a key and not like key-1: "
            "those are the names of the server"
        )
        raise invalid_field("workspace", message)
    return replace(admission.new_account(key_digest(key), key_words(key)), name=name)


def _with_new_key(admission: Admission, account: Account, key: str, words: str | None) -> Account:
    if len(account.added_keys) + 1 >= MAX_KEYS:
        raise invalid_field("workspace", f"{account.name} has {MAX_KEYS} keys, the most it can")
    if words is not None:
        parse_key_script(words)
    added = new_added_key(key_words(key), admission.settings)
    return with_added_key(account, key_digest(key), added)


def with_scripted_words(admission: Admission, account: Account, words: str, key: str) -> Account:
    """Return the account under new words that are set with the key whose digest is `key`.

    Words of an added key stay with this key. Those of the opening key are the words of the
    account. Raises ApiError for an unknown word, and if an added key cannot have these words.
    """
    added = account.added_keys.get(key)
    if added is not None:
        return with_added_key(account, key, with_key_words(added, words, admission.settings))
    return with_script(account, words, parse_script(words), admission.settings, admission.clock())
