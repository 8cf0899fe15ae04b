"""Which store a URL names, and how it is opened."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from seedance_mock.settings import MEMORY, REDIS_SCHEMES, SQLITE_SCHEME, Settings
from seedance_mock.stores import SharedStore, Store
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.memory import MemoryStore


def open_store(settings: Settings, access: Access = Access.SERVE) -> Store:
    """Open the store that the settings name.

    Raises StoreError.
    """
    if settings.store == MEMORY:
        return MemoryStore(settings.max_tasks)
    return open_shared_store(settings, access)


def open_shared_store(settings: Settings, access: Access) -> SharedStore:
    """Open the store that the settings name, which is not the memory of a process.

    Raises StoreError.
    """
    url = settings.store
    scheme, _, rest = url.partition(":")
    if scheme == SQLITE_SCHEME:
        return _open_sqlite(rest, settings, access)
    return _open_redis(url, settings, access)


def is_shared(url: str) -> bool:
    """Return whether several processes can use the store at the same time."""
    return url != MEMORY


def is_in_redis(url: str) -> bool:
    """Return whether a store is in Redis, Valkey or a cluster, where a prefix separates stores."""
    return url.partition(":")[0] in REDIS_SCHEMES


def shown(url: str) -> str:
    """Return a store URL without its user, its password and other options than the database."""
    if not is_in_redis(url):
        return url
    parts = urlsplit(url)
    database = parse_qs(parts.query).get("db", [""])[0]
    query = f"?db={database}" if database.isdecimal() else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{query}"


def _open_redis(url: str, settings: Settings, access: Access) -> SharedStore:
    # Only here: the library is an extra.
    try:
        from seedance_mock.stores.redis.store import RedisStore
    except ImportError:
        raise StoreError(
            f"{shown(url)} needs the library redis: install the extra redis of seedance-mock"
        ) from None
    return RedisStore(
        url,
        settings.max_tasks if access.evicts else None,
        prefix=settings.store_prefix,
        journal_entries=settings.journal,
        journal_bytes=settings.journal_bytes,
        access=access,
    )


def _open_sqlite(rest: str, settings: Settings, access: Access) -> SharedStore:
    # Only here: a server in memory should not need SQLite, nor wait for its import.
    from seedance_mock.stores.sqlite.connections import SYNCHRONOUS_MODES
    from seedance_mock.stores.sqlite.store import SqliteStore

    name, _, query = rest.partition("?")
    options = parse_qs(query, keep_blank_values=True)
    mode = "".join(options.pop("synchronous", ["normal"])).upper()
    if options or mode not in SYNCHRONOUS_MODES:
        allowed = " or ".join(f"synchronous={name.lower()}" for name in SYNCHRONOUS_MODES)
        raise StoreError(f"the store sqlite:{name} takes the option {allowed}, not {query}")
    try:
        path = Path(name).expanduser()
    except RuntimeError:
        raise StoreError(f"cannot open {name}: there is no such home folder") from None
    if access.file_must_exist and not path.is_file():
        raise StoreError(f"there is no file {path}")
    return SqliteStore(
        path,
        settings.max_tasks if access.evicts else None,
        journal_entries=settings.journal,
        journal_bytes=settings.journal_bytes,
        synchronous=mode,
        access=access,
    )
