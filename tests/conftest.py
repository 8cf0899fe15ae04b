"""A server in this process for all tests. Every response is checked against the contract."""

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
from seedance_contract.derived.v3.openapi import v3_openapi_document
from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.web.app import MockApp, create_app
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.control.routes import CONTROL_ROUTES
from seedance_mock.web.control.schemas.parts import reference
from seedance_mock.web.control.schemas.responses import RESPONSE_SCHEMAS

pytest_plugins = ["pytester", "chromium", "coverage_files", "file_order", "open_files", "slow_tier"]

AUTHORIZATION = {"Authorization": "Bearer sk-test"}
DOCUMENTS: tuple[Any, ...] = (openapi_document(), v3_openapi_document())
# The names of the two documents differ, so that one lookup serves both.
DOCUMENT: Any = {
    "paths": {path: item for each in DOCUMENTS for path, item in each["paths"].items()},
    "components": {
        kind: {
            name: value for each in DOCUMENTS for name, value in each["components"][kind].items()
        }
        for kind in ("headers", "schemas")
    },
}
PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")

# The slow tier repeats the properties with `--hypothesis-profile deep` (tests/test_properties.py).
hypothesis.settings.register_profile("fast", derandomize=True, deadline=None, max_examples=25)
hypothesis.settings.register_profile("deep", derandomize=True, deadline=None, max_examples=300)
hypothesis.settings.load_profile("fast")


@pytest.fixture
def clock() -> ManualClock:
    """Give the clock of the server. It stands still until a test advances it."""
    return ManualClock()


@pytest.fixture
def settings() -> Settings:
    """Give the settings of the server. A test module overrides this fixture to change them."""
    return Settings()


@pytest.fixture
def app(settings: Settings, clock: ManualClock) -> MockApp:
    """Give the application of a new server."""
    return create_app(settings, clock=clock)


@pytest.fixture
def client(app: MockApp) -> Iterator[TestClient]:
    """Give a client of a new server. It sends no key by default."""
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        client.event_hooks["response"] += [require_documented, require_described]
        yield client


@pytest.fixture
def user(client: TestClient) -> TestClient:
    """Give the same client, which sends a key."""
    client.headers.update(AUTHORIZATION)
    return client


@pytest.fixture
def new_task(user: TestClient) -> Callable[..., str]:
    """Give a function that creates a task with these fields and returns its id."""

    def create(**fields: object) -> str:
        body = {"model": "seedance-2.0", "prompt": "a paper boat", **fields}
        response = user.post("/v1/videos/generations", json=body)
        assert response.status_code == 200, response.text
        task_id: str = response.json()["id"]
        return task_id

    return create


@pytest.fixture(scope="module")
def unmeasured() -> Iterator[None]:
    """Start processes without coverage, which takes a tenth of a second in each of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("COVERAGE_"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Give a function that starts `seedance-mock serve`. The processes end with the module."""
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
    """Give a function that starts a server on a free port and returns its process and port."""

    def ready(*options: str, **variables: str) -> tuple[subprocess.Popen[str], int]:
        process = launch("--port", "0", *options, **variables)
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        return process, int(url.rpartition(":")[2])

    return ready


@cache
def _validator(pointer: str) -> jsonschema_rs.Draft202012Validator:
    """Compile the schema at a JSON pointer into the document."""
    schema = {**_find(pointer), "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _find(pointer: str) -> Any:
    """Return the value at a JSON pointer into the document, or None."""
    value: Any = DOCUMENT
    for part in pointer.split("/")[1:]:
        value = value.get(part.replace("~1", "/"))
        if value is None:
            return None
    return value


@cache
def _operation(path: str, method: str) -> str | None:
    """Return the JSON pointer of the operation of a request; None if it is not documented."""
    for template, item in _find("/paths").items():
        pattern = re.sub(r"{\w+}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in item:
            return f"/paths/{template.replace('/', '~1')}/{method.lower()}"
    return None


def require_documented(response: httpx2.Response) -> None:
    """Fail the test if a response of the public API differs from the OpenAPI document."""
    response.read()
    assert "x-request-id" in response.headers
    operation = _operation(response.request.url.path, response.request.method)
    # The document has the forms of TokenLab, which `wire-ark` replaces by those of the maker.
    if operation is None or "wire-ark" in response.request.headers.get("authorization", ""):
        return
    pointer = f"{operation}/responses/{response.status_code}"
    documented = _find(pointer)
    assert documented is not None, f"{response.status_code} is not documented: {operation}"
    missing = [
        name
        for name, header in documented["headers"].items()
        if _find(header["$ref"][1:]).get("required") and name not in response.headers
    ]
    assert not missing, f"{operation} responds {response.status_code} without {missing}"
    if "content" not in documented:
        assert response.content == b"", f"{operation} responds {response.status_code} with a body"
        return
    _validator(f"{pointer}/content/application~1json/schema").validate(response.json())


@cache
def _control_validators() -> dict[tuple[str, str], tuple[str, jsonschema_rs.Draft202012Validator]]:
    """Compile the schemas of the control API, by method and pattern of the path."""
    return {
        (route.method, re.sub(r"{\w+}", "[^/]+", CONTROL_PREFIX + route.path)): (
            route.response,
            jsonschema_rs.Draft202012Validator(
                {**reference(route.response), "components": {"schemas": dict(RESPONSE_SCHEMAS)}}
            ),
        )
        for route in CONTROL_ROUTES
        if route.response
    }


def require_described(response: httpx2.Response) -> None:
    """Fail the test if a response of the control API differs from the schema of its route."""
    path, method = response.request.url.path, response.request.method
    if not path.startswith(CONTROL_PREFIX) or response.status_code != 200:
        return
    response.read()
    for (route_method, pattern), (name, validator) in _control_validators().items():
        if method == route_method and re.fullmatch(pattern, path):
            errors = [*validator.iter_errors(response.json())]
            assert not errors, f"{method} {path} is no {name}: {errors[0]}"
