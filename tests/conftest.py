"""An in-process server for all tests; every answer it gives is held against the contract."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from seedance_contract.derived.openapi import openapi_document
from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

pytest_plugins = ["pytester", "slow_tier"]

KEY = {"Authorization": "Bearer sk-test"}
CONTRACT = openapi_document()
PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.load_profile("ci")


@pytest.fixture
def clock() -> ManualClock:
    """Give the clock of the server; it stands still until advanced."""
    return ManualClock()


@pytest.fixture
def settings() -> Settings:
    """Give the server's choices; a test module overrides this to choose others."""
    return Settings()


@pytest.fixture
def client(settings: Settings, clock: ManualClock) -> Iterator[TestClient]:
    """Give a client of a fresh server that sends no key of its own."""
    app = create_app(settings, clock=clock)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        client.event_hooks["response"].append(conforms)
        yield client


@pytest.fixture
def user(client: TestClient) -> TestClient:
    """Give the same client with a key."""
    client.headers.update(KEY)
    return client


@pytest.fixture
def new_task(user: TestClient) -> Callable[..., str]:
    """Give a function that creates a task from fields and returns its id."""

    def create(**fields: object) -> str:
        body = {"model": "seedance-2.0", "prompt": "a paper boat", **fields}
        answer = user.post("/v1/videos/generations", json=body)
        assert answer.status_code == 200, answer.text
        task_id: str = answer.json()["id"]
        return task_id

    return create


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Give a function that runs `seedance-mock serve` in a process, ended with the module."""
    with ExitStack() as processes:

        def start(*options: str, **variables: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [PROGRAM, "serve", *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | variables,
            )
            processes.enter_context(process)
            processes.callback(process.terminate)
            return process

        yield start


@pytest.fixture(scope="module")
def serve(
    launch: Callable[..., subprocess.Popen[str]],
) -> Callable[..., tuple[subprocess.Popen[str], int]]:
    """Give a function that runs a server on a free port and returns its process and port."""

    def ready(*options: str, **variables: str) -> tuple[subprocess.Popen[str], int]:
        process = launch("--port", "0", *options, **variables)
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        return process, int(url.rpartition(":")[2])

    return ready


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """Compile the schema at `schema`, a JSON pointer into the document."""
    whole = {**_at(schema), "components": CONTRACT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _at(pointer: str) -> Any:
    """Return what stands in the document at a JSON pointer, or None."""
    place: Any = CONTRACT
    for part in pointer.split("/")[1:]:
        place = place.get(part.replace("~1", "/"))
        if place is None:
            return None
    return place


@cache
def _operation(path: str, method: str) -> str | None:
    """Return the JSON pointer of the documented operation that a request is for, or None."""
    for template, item in _at("/paths").items():
        pattern = re.sub(r"{\w+}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in item:
            return f"/paths/{template.replace('/', '~1')}/{method.lower()}"
    return None


def conforms(response: httpx2.Response) -> None:
    """Fail where an answer of the public API is not what the OpenAPI document says."""
    response.read()
    assert "x-request-id" in response.headers
    operation = _operation(response.request.url.path, response.request.method)
    if operation is None:
        return
    pointer = f"{operation}/responses/{response.status_code}"
    described = _at(pointer)
    assert described is not None, f"{response.status_code} is not documented: {operation}"
    missing = [
        name
        for name, header in described["headers"].items()
        if _at(header["$ref"][1:]).get("required") and name not in response.headers
    ]
    assert not missing, f"{operation} answers {response.status_code} without {missing}"
    _validator(f"{pointer}/content/application~1json/schema").validate(response.json())
