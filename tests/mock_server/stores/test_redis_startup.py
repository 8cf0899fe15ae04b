"""Which servers are refused as a store, and what the message says."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from redis_process import free_port
from seedance_mock.settings import Settings
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.redis.keys import FORMAT
from seedance_mock.stores.urls import is_shared, open_store

from .redis_server import RedisServer, shared_url

redis = pytest.importorskip("redis", reason="the library redis is not installed")


USER = "plain on nopass ~* +@all -config"
"""A user as hosted servers have them: it must not see the configuration."""


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """Give a server whose settings a test may change."""
    server = RedisServer("--requirepass", "secret", "--user", *USER.split())
    yield server
    server.stop()


def url_of(server: RedisServer, user: str = ":secret@") -> str:
    return server.url.replace("//", f"//{user}")


def opened(url: str, access: Access = Access.SERVE) -> object:
    return open_store(Settings(store=url), access)


def test_a_server_is_opened() -> None:
    assert opened(shared_url())
    assert is_shared(shared_url())


def test_a_server_that_does_not_run_is_explained() -> None:
    port = free_port()

    with pytest.raises(StoreError, match=rf"cannot open redis://127.0.0.1:{port}/3: .*refused"):
        opened(f"redis://127.0.0.1:{port}/3")


@pytest.mark.parametrize("user", ["", ":wrong@", "nobody:wrong@"])
def test_a_wrong_password_is_explained_and_not_shown(user: str, server: RedisServer) -> None:
    with pytest.raises(StoreError, match="refuses the user or the password") as raised:
        opened(url_of(server, user))

    assert "wrong@" not in str(raised.value)


def test_a_missing_permission_is_explained(server: RedisServer) -> None:
    client = redis.Redis.from_url(url_of(server))
    client.execute_command("ACL", "SETUSER", "reader", "on", "nopass", "~*", "+@read")
    client.close()

    with pytest.raises(StoreError, match=r"does not permit the user what the store needs: .*info"):
        opened(url_of(server, "reader:any@"))


def test_a_server_without_tls_is_explained(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedance_mock.stores.redis.startup.SOCKET_TIMEOUT", 0.1)

    with pytest.raises(StoreError, match="perhaps it does not use TLS"):
        opened(url_of(server).replace("redis:", "rediss:"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_an_untrusted_certificate_is_explained(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    files = ("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
    tls_port = free_port()
    server = RedisServer("--tls-port", str(tls_port), *map(str, files))
    try:
        with pytest.raises(StoreError, match="TLS connection to Redis failed"):
            opened(f"rediss://localhost:{tls_port}")
        assert opened(f"rediss://localhost:{tls_port}?ssl_ca_certs={certificate}")
    finally:
        server.stop()


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_server_that_evicts_is_refused(policy: str, server: RedisServer) -> None:
    client = redis.Redis.from_url(url_of(server))
    client.config_set("maxmemory-policy", policy)
    client.close()

    with pytest.raises(StoreError, match=f"{policy}: .*delete tasks.* Set it to noeviction"):
        opened(url_of(server))


def test_a_policy_that_cannot_be_read_is_a_warning(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        opened(url_of(server, "plain:any@"))

    assert "It must be noeviction" in caplog.text


def test_a_replica_is_refused(server: RedisServer) -> None:
    client = redis.Redis.from_url(url_of(server))
    client.replicaof("127.0.0.1", free_port())
    client.close()

    with pytest.raises(StoreError, match="is a read-only replica: name its primary"):
        opened(url_of(server))


def test_a_replica_is_read(server: RedisServer) -> None:
    opened(url_of(server))
    client = redis.Redis.from_url(url_of(server))
    client.replicaof("127.0.0.1", free_port())
    client.close()

    assert opened(url_of(server), Access.READ)


def test_a_store_of_another_version_is_refused(server: RedisServer) -> None:
    client = redis.Redis.from_url(url_of(server))
    client.set("seedance:{directory}:format", "0.1")
    client.close()

    with pytest.raises(StoreError, match=r"has format 0\.1, and this one reads.* store clear"):
        opened(url_of(server))


def test_a_store_of_another_version_can_be_cleared(server: RedisServer) -> None:
    client = redis.Redis.from_url(url_of(server))
    client.set("seedance:{directory}:format", "0.1")
    client.set("seedance:{journal}:rows", "of another type")
    client.set("seedance:staging:{directory}:format", "0.1")

    assert opened(url_of(server), Access.CLEAR)

    assert client.get("seedance:{directory}:format") == FORMAT.encode()
    assert client.get("seedance:staging:{directory}:format") == b"0.1"
    assert client.get("seedance:{journal}:rows") is None
    client.set("seedance:{journal}:rows", "of this version")
    assert opened(url_of(server), Access.CLEAR)
    assert client.get("seedance:{journal}:rows") == b"of this version"
    client.close()


def test_a_store_that_must_exist_is_not_created(server: RedisServer) -> None:
    open_existing = partial(opened, url_of(server), access=Access.READ)

    with pytest.raises(StoreError, match="no store with the prefix seedance"):
        open_existing()

    opened(url_of(server))
    assert open_existing()


def test_a_node_of_a_cluster_needs_another_scheme(tmp_path: Path) -> None:
    server = RedisServer("--cluster-enabled", "yes", folder=tmp_path)
    try:
        with pytest.raises(StoreError, match=r"write redis\+cluster://"):
            opened(server.url)
    finally:
        server.stop()


def test_a_server_that_is_no_cluster_is_explained() -> None:
    with pytest.raises(StoreError, match="Cluster mode is not enabled"):
        opened(shared_url().replace("redis:", "redis+cluster:"))


def test_an_option_that_is_no_text_is_explained() -> None:
    with pytest.raises(StoreError, match=r"cannot open .*: an option of the URL cannot be given"):
        opened(f"{shared_url()}?retry=1")


def test_an_unknown_option_of_a_url_is_explained() -> None:
    with pytest.raises(StoreError, match=r"cannot open .*: wrong is no option of such a URL"):
        opened(shared_url() + "?wrong=1")


def test_a_missing_library_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "seedance_mock.stores.redis.store", None)

    with pytest.raises(StoreError, match=r"needs the library redis: install the extra"):
        opened("redis://localhost")


@pytest.mark.parametrize("prefix", ["", "a b", "{a}", "x" * 65])
def test_a_prefix_is_checked(prefix: str) -> None:
    with pytest.raises(ValueError, match="store_prefix must be 1 to 64 letters"):
        Settings(store_prefix=prefix)
