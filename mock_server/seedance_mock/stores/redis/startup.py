"""Whether a server can be used as a store: checked once, before the first request."""

from __future__ import annotations

import logging
from typing import Any

import redis

from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.redis.batches import SCAN_COUNT
from seedance_mock.stores.redis.client import CLUSTER, DELETE_BATCH, SOCKET_TIMEOUT, explanation
from seedance_mock.stores.redis.keys import FORMAT, Keys
from seedance_mock.stores.urls import shown

logger = logging.getLogger("seedance_mock.stores")

MIN_VERSION = 6
"""The oldest major version of Redis that the scripts were written for."""

NO_TLS_HINT = " (perhaps it does not use TLS: then write redis:// in the URL)"
"""A server without TLS waits for the rest of a command that TLS never sends."""

_ERRORS = (
    redis.exceptions.RedisError,
    redis.exceptions.RedisClusterException,
    OSError,
    # redis-py raises ValueError for a URL that it cannot parse, TypeError for an option in its
    # query that it does not know, and AttributeError for one that cannot be a text.
    ValueError,
    TypeError,
    AttributeError,
)

SAFE_POLICY = "noeviction"
"""The value of `maxmemory-policy` with which a full server refuses writes and deletes nothing."""


def require_usable(url: str, keys: Keys, access: Access) -> None:
    """Raise StoreError, with what to do, if the server of a URL cannot be used as a store.

    A server that starts must not see a part of an import that has not ended, and neither must a
    command that reads the store.
    """
    try:
        client = _connected(url)
        try:
            _require_settings(client, is_cluster=CLUSTER in url)
            _require_format(client, keys, access)
        finally:
            client.close()
    except redis.exceptions.ReadOnlyError:
        raise StoreError(f"{shown(url)} is a read-only replica: name its primary") from None
    except _ERRORS as error:
        hint = NO_TLS_HINT if url.startswith("rediss") and "Timeout" in str(error) else ""
        raise StoreError(f"cannot open {shown(url)}: {explanation(error)}{hint}") from None


def _connected(url: str) -> Any:
    options: dict[str, Any] = {
        "socket_timeout": SOCKET_TIMEOUT,
        "socket_connect_timeout": SOCKET_TIMEOUT,
        "protocol": 2,
    }
    if CLUSTER in url:
        return redis.RedisCluster.from_url(url.replace(CLUSTER, "", 1), **options)
    return redis.Redis.from_url(url, **options)


def _require_settings(client: Any, *, is_cluster: bool) -> None:
    nodes = client.get_primaries() if is_cluster else [None]
    for node in nodes:
        target = {} if node is None else {"target_nodes": node}
        info = client.info("server", **target)
        if int(str(info["redis_version"]).partition(".")[0]) < MIN_VERSION:
            raise StoreError(
                f"the server has version {info['redis_version']}, and the store needs"
                f" Redis {MIN_VERSION} or Valkey"
            )
        if info.get("redis_mode") == "cluster" and not is_cluster:
            raise StoreError("the server belongs to a cluster: write redis+cluster:// in the URL")
        _require_policy(client, target)


def _require_policy(client: Any, target: dict[str, Any]) -> None:
    try:
        policy = client.config_get("maxmemory-policy", **target)["maxmemory-policy"]
    except (redis.exceptions.ResponseError, KeyError):
        # Hosted servers often forbid CONFIG.
        logger.warning(
            "The server does not tell its maxmemory-policy. It must be %s: otherwise it may delete"
            " tasks and accounts when its memory is full.",
            SAFE_POLICY,
        )
        return
    if policy != SAFE_POLICY:
        raise StoreError(
            f"the server has the maxmemory-policy {policy}: when its memory is full, it would"
            " delete tasks and accounts of clients that have paid for them."
            f" Set it to {SAFE_POLICY}, or use another server"
        )


def _require_format(client: Any, keys: Keys, access: Access) -> None:
    if access.must_exist and client.get(keys.format) is None:
        raise StoreError(f"the server has no store with the prefix {keys.prefix}")
    if access.replaces_other_version:
        _delete_other_version(client, keys)
    if access is not Access.READ:
        # Who reads may be allowed nothing else, or the server may be a replica.
        client.set(keys.format, FORMAT, nx=True)
    found = (client.get(keys.format) or b"").decode()
    if found != FORMAT:
        raise StoreError(
            f"the store {keys.prefix} was written by another version of this program: it has"
            f" format {found}, and this one reads {FORMAT}. Nothing converts it: use the version"
            " that wrote it, choose another --store-prefix, or empty this one with seedance-mock"
            " store clear"
        )
    if not access.accepts_unfinished_import and client.exists(keys.loading):
        raise StoreError(
            f"an import into the store {keys.prefix} has not ended. If it was interrupted, import"
            " again, which starts over, or clear the store"
        )


def _delete_other_version(client: Any, keys: Keys) -> None:
    """Delete everything under the prefix if another version wrote it. It looks at every key."""
    if client.get(keys.format) in (None, FORMAT.encode()):
        return
    found = [
        key
        for key in client.scan_iter(match=keys.pattern, count=SCAN_COUNT)
        if key != keys.format.encode()
    ]
    for start in range(0, len(found), DELETE_BATCH):
        client.unlink(*found[start : start + DELETE_BATCH])
    # At the end: what is left, if this stops before, is still refused.
    client.delete(keys.format)
