"""The example of several servers behind a proxy: schemas, options, and a run without containers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from crash_clients import CREATE_BODY, Connection
from crashes import running_server
from redis_process import PROGRAM, RedisProcess, free_port
from seedance_mock.commands.main import main
from seedance_mock.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/scaled"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
RESOURCES = {
    f"{resource['kind']} {resource['metadata']['name']}": resource
    for resource in yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
}
SERVER = RESOURCES["Deployment seedance-mock"]["spec"]["template"]["spec"]["containers"][0]
VALKEY = RESOURCES["StatefulSet seedance-mock-valkey"]["spec"]["template"]["spec"]["containers"][0]
NEEDS_HAPROXY = pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed")


@pytest.mark.slow("stores")
def test_the_compose_file_has_the_published_schema() -> None:
    program = f"{sysconfig.get_path('scripts')}/check-jsonschema"
    command = [program, "--builtin-schema", "vendor.compose-spec", str(FOLDER / "compose.yaml")]

    ended = subprocess.run(command, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=RESOURCES)
def test_a_resource_has_the_published_schema(resource: Any) -> None:
    # Imported here: it takes more than a second, and every worker collects this file.
    import kubernetes_validate  # type: ignore[import-untyped] # it has no annotations

    kubernetes_validate.validate(resource, "1.34", strict=True)


def environment_of_kubernetes() -> dict[str, str]:
    """Return the variables of the server; those from a secret have their name as value."""
    return {entry["name"]: entry.get("value", entry["name"]) for entry in SERVER["env"]}


@pytest.mark.parametrize(
    "environment",
    [COMPOSE["services"]["mock"]["environment"], environment_of_kubernetes()],
    ids=["compose", "kubernetes"],
)
def test_every_variable_is_an_option(environment: dict[str, str]) -> None:
    serve = main.get_command(click.Context(main), "serve")
    assert serve is not None
    options = {str(option.name) for option in serve.params}
    names = {name for name in environment if name.startswith("SEEDANCE_MOCK_")}

    assert {name.removeprefix("SEEDANCE_MOCK_").lower() for name in names} <= options
    assert Settings(store=environment["SEEDANCE_MOCK_STORE"])


def test_a_read_only_server_has_a_temporary_folder() -> None:
    mock = COMPOSE["services"]["mock"]
    pod = RESOURCES["Deployment seedance-mock"]["spec"]["template"]["spec"]
    mounts = {mount["mountPath"]: mount["name"] for mount in SERVER["volumeMounts"]}
    volumes = {volume["name"]: volume["emptyDir"] for volume in pod["volumes"]}

    assert mock["read_only"]
    assert [entry.partition(":")[0] for entry in mock["tmpfs"]] == ["/tmp"]
    assert SERVER["securityContext"]["readOnlyRootFilesystem"]
    assert volumes[mounts["/tmp"]]["sizeLimit"] == "16Mi"


def test_services_and_secrets_are_those_that_exist() -> None:
    environment = environment_of_kubernetes()
    [host] = re.findall(r"@([\w-]+):6379", environment["SEEDANCE_MOCK_STORE"])
    secrets = {
        entry["valueFrom"]["secretKeyRef"]["key"]
        for container in (SERVER, VALKEY)
        for entry in container["env"]
        if "valueFrom" in entry
    }
    text = (FOLDER / "kubernetes.yaml").read_text()

    assert f"Service {host}" in RESOURCES
    assert set(re.findall(r"--from-literal=([\w-]+)=", text)) == secrets


@pytest.mark.parametrize(
    "arguments",
    [COMPOSE["services"]["valkey"]["command"], VALKEY["args"]],
    ids=["compose", "kubernetes"],
)
def test_the_server_of_the_store_may_be_used(arguments: list[str], tmp_path: Path) -> None:
    redis = pytest.importorskip("redis", reason="the library redis is not installed")
    if PROGRAM is None:
        pytest.skip("redis-server is not installed")
    from seedance_mock.stores.urls import open_store

    program, *options = arguments
    server = RedisProcess(tmp_path, *(option.replace("$(", "(") for option in options))
    try:
        password = ":(VALKEY_PASSWORD)@" if any("requirepass" in word for word in options) else ""
        url = server.url.replace("//", f"//{password}")
        client = redis.Redis.from_url(url)
        appendonly = client.config_get("appendonly")
        client.close()

        assert program == "valkey-server"
        assert appendonly == {"appendonly": "yes"}
        assert open_store(Settings(store=url))
    finally:
        server.stop()


# The proxy


@NEEDS_HAPROXY
def test_the_configuration_of_the_proxy_is_valid() -> None:
    command = ["haproxy", "-c", "-f", str(FOLDER / "haproxy.cfg")]

    ended = subprocess.run(command, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr


@contextmanager
def running_proxy(folder: Path, urls: list[str]) -> Iterator[str]:
    """Run the proxy in front of servers at these URLs, and give its URL."""
    port = free_port()
    servers = "\n".join(
        f"    server s{number} {url.removeprefix('http://')}" for number, url in enumerate(urls)
    )
    text = (FOLDER / "haproxy.cfg").read_text().replace(":8000\n", f"127.0.0.1:{port}\n", 1)
    text = text.replace("    server-template mock 10 mock:8000", servers)
    # Here are no containers whose addresses a DNS server could tell.
    text = text.replace(" resolvers containers init-addr none", "")
    file = folder / "haproxy.cfg"
    file.write_text(text)
    with subprocess.Popen(["haproxy", "-db", "-f", file], stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.mark.slow("stores")
@NEEDS_HAPROXY
@pytest.mark.skipif(sys.platform != "linux", reason="a program of Linux")
def test_a_task_is_the_same_through_the_proxy(tmp_path: Path) -> None:
    pytest.importorskip("redis", reason="the library redis is not installed")
    if PROGRAM is None:
        pytest.skip("redis-server is not installed")
    redis = RedisProcess(tmp_path)
    with ExitStack() as stack:
        stack.callback(redis.stop)
        servers = [stack.enter_context(running_server(redis.url, 1)) for _ in range(2)]
        url = stack.enter_context(running_proxy(tmp_path, [url for _, url in servers]))
        answers = []
        connections = [Connection(url, "sk-scaled") for _ in range(8)]
        task = created_task(connections[0])
        for connection in connections:
            answers.append(connection.send("GET", f"/v1/tasks/{task}"))
        # The proxy sends nobody to a server that is gone.
        servers[0][0].kill()
        servers[0][0].wait()
        for connection in connections:
            connection.close()
        answers.append(connections[0].send("GET", f"/v1/tasks/{task}"))
        connections[0].close()

    assert {status for status, _ in answers} == {200}


def created_task(connection: Connection) -> str:
    """Return the id of a new task, as soon as the proxy has found a server."""
    deadline = time.monotonic() + 20
    while True:
        try:
            _, body = connection.send("POST", "/v1/videos/generations", CREATE_BODY)
        except OSError:
            connection.close()
            if time.monotonic() > deadline:
                raise
        else:
            return str(body["id"])
