"""Find and redact an API key, also in the encodings that a client may use on the connection."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from seedance_contract.client.record import REDACTED_KEY


@dataclass(frozen=True, slots=True)
class Secret:
    """An API key. Redacted text and `repr` contain `REDACTED_KEY` instead."""

    key: str

    def __repr__(self) -> str:
        return f"Secret({REDACTED_KEY})"

    @property
    def encodings(self) -> tuple[bytes, ...]:
        """The plain key, the key in a URL, and the key within Base64 at every offset."""
        return _encodings(self.key)

    @property
    def max_length(self) -> int:
        """The length of the longest encoding, in bytes."""
        return max(map(len, self.encodings))

    def appears_in(self, data: bytes) -> bool:
        """Return whether `data` contains the key in any encoding."""
        return any(encoding in data for encoding in self.encodings)

    def redact(self, data: bytes) -> bytes:
        """Return `data` with `REDACTED_KEY` in place of the key."""
        for encoding in self.encodings:
            data = data.replace(encoding, REDACTED_KEY.encode())
        return data

    def redacted_text(self, data: bytes, max_bytes: int) -> str:
        """Return at most the first `max_bytes` of the redacted data, as text."""
        # Redact first: a cut through the key would leave a part of it that is not recognised.
        return self.redact(data)[:max_bytes].decode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _encodings(key: str) -> tuple[bytes, ...]:
    plain = key.encode()
    return tuple(dict.fromkeys((plain, quote(key, safe="").encode(), *_base64_fragments(plain))))


def _base64_fragments(plain: bytes) -> list[bytes]:
    """Return the part of the Base64 text that does not depend on the bytes around the key."""
    # Base64 encodes groups of three bytes, so the key has three possible encodings: with 0, 1 or
    # 2 bytes of other text before it in its first group. Basic authentication is one such text.
    # The first and the last group also contain other bytes and are left out.
    fragments = []
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + plain)
        end = len(encoded) - (4 if (offset + len(plain)) % 3 else 0)
        fragments.append(encoded[4 if offset else 0 : end])
    # A key such as sk-a fills no whole group at some offsets. An empty fragment is in every text.
    return [fragment for fragment in fragments if fragment]
