"""Finding and hiding an API key, also where it was spelled otherwise on its way."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from seedance_contract.client.record import KEY


@dataclass(frozen=True, slots=True)
class Secret:
    """An API key. What is said of it is `KEY`, never the key."""

    key: str

    def __repr__(self) -> str:
        return f"Secret({KEY})"

    @property
    def spellings(self) -> tuple[bytes, ...]:
        """The key as it is, as URLs spell it, and within Base64, whatever stands before it."""
        return _spellings(self.key)

    @property
    def length(self) -> int:
        """The length of the longest spelling, in bytes."""
        return max(map(len, self.spellings))

    def shown_in(self, data: bytes) -> bool:
        """Tell whether the key can be read from `data`."""
        return any(spelling in data for spelling in self.spellings)

    def hidden(self, data: bytes) -> bytes:
        """Return `data` with the name of the key wherever the key stood."""
        for spelling in self.spellings:
            data = data.replace(spelling, KEY.encode())
        return data

    def hidden_text(self, data: bytes, most: int) -> str:
        """Return at most the first `most` bytes of `data` as text, without the key."""
        return self.hidden(data)[:most].decode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _spellings(key: str) -> tuple[bytes, ...]:
    plain = key.encode()
    return tuple(dict.fromkeys((plain, quote(key, safe="").encode(), *_inside(plain))))


def _inside(plain: bytes) -> list[bytes]:
    """Return what stays the same of a text in Base64, for each place that it can begin at."""
    found = []
    for before in range(3):
        coded = base64.b64encode(bytes(before) + plain)
        end = len(coded) - (4 if (before + len(plain)) % 3 else 0)
        found.append(coded[4 if before else 0 : end])
    return found
