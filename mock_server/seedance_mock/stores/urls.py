"""Which store a URL names, and how it is opened."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

from seedance_mock.settings import Settings
from seedance_mock.stores import Store
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.memory import MemoryStore

MEMORY = "memory"
"""The name of the store in the memory of the process."""

STORE_FORMS = (MEMORY, "sqlite:PATH")
"""The forms of a store URL."""


def open_store(settings: Settings, *, must_exist: bool = False) -> Store:
    """Open the store that the settings name.

    With `must_exist` a file that does not exist is not created.

    Raises StoreError.
    """
    url = settings.store
    if url == MEMORY:
        return MemoryStore(settings.max_tasks)
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return _open_sqlite(rest, settings, must_exist=must_exist)
    raise StoreError(f"{url!r} is no store: use one of {', '.join(STORE_FORMS)}")


def is_shared(url: str) -> bool:
    """Return whether several processes can use the store at the same time."""
    return url != MEMORY


def _open_sqlite(rest: str, settings: Settings, *, must_exist: bool) -> Store:
    # Only here: a server in memory should not need SQLite, nor wait for its import.
    from seedance_mock.stores.sqlite import SqliteStore
    from seedance_mock.stores.sqlite_database import SYNCHRONOUS_MODES

    path, _, query = rest.partition("?")
    options = parse_qs(query, keep_blank_values=True)
    mode = "".join(options.pop("synchronous", ["normal"])).upper()
    if options or mode not in SYNCHRONOUS_MODES:
        allowed = " or ".join(f"synchronous={name.lower()}" for name in SYNCHRONOUS_MODES)
        raise StoreError(f"the store sqlite:{path} takes the option {allowed}, not {query}")
    if must_exist and not Path(path).is_file():
        raise StoreError(f"there is no file {path}")
    return SqliteStore(
        Path(path),
        settings.max_tasks,
        journal_entries=settings.journal,
        journal_bytes=settings.journal_bytes,
        synchronous=mode,
    )
