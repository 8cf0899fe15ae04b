"""The command line of Schemathesis with our OpenAPI document and its default options."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import hooks
from schemathesis.core.failures import ServerError
from schemathesis.openapi.checks import UseAfterFree

from seedance_contract.declared.rules.unsupported_rules import MaterialAccessRule
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.validation import violated_rules
from seedance_mock.testing.live import live_server

COMMAND = str(Path(sysconfig.get_path("scripts"), "schemathesis"))
HOOKS = "seedance_contract.server.openapi.schemathesis_hooks"


@cache
def operation(method: str, path: str) -> Any:
    """Return an operation of our document, as Schemathesis reads it."""
    # Read by the first test that needs it: every worker collects this file, and one runs it.
    return schemathesis.openapi.from_dict(openapi_document("http://127.0.0.1:1"))[path][method]


@pytest.mark.slow("schemathesis")
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "seedance.json").write_text(json.dumps(openapi_document()))
    authorization = "Authorization: Bearer sk-schemathesis"

    with live_server() as server:
        # As in `check-server`: the examples exercise the material library.
        materials = ["--exclude-path-regex", "^/v1/videos/assets"]
        options = ["--url", server.url, "-H", authorization, "--seed", "1", *materials]
        process = subprocess.run(
            [COMMAND, "run", "seedance.json", *options],
            cwd=tmp_path,
            env=os.environ | {"SCHEMATHESIS_HOOKS": HOOKS},
            capture_output=True,
            text=True,
            check=False,
        )

    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.slow("schemathesis")
@settings(max_examples=200, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
@given(case=st.deferred(lambda: operation("POST", "/v1/videos/generations").as_strategy()))
def test_requests_made_from_the_schema_are_legal(case: Any) -> None:
    rules = violated_rules(case.body)

    # Whether an account has a material is no matter of the schema. Without it an input is missing.
    assume(not any(isinstance(rule, MaterialAccessRule) for rule in rules))
    assert rules == []


@pytest.fixture
def filter_failure() -> Iterator[Callable[..., bool]]:
    """Give the hook. It is registered when its module is imported, and not longer than the test."""
    hook = importlib.import_module(HOOKS).filter_failure
    yield hook
    hooks.unregister(hook)


def test_a_readable_cancelled_task_is_no_failure(filter_failure: Callable[..., bool]) -> None:
    failure = UseAfterFree(operation="", message="", free="", usage="")
    other = ServerError(operation="", status_code=500)
    read = operation("GET", "/v1/tasks/{id}")

    assert filter_failure(None, failure, read.Case(), None) is False
    assert filter_failure(None, other, read.Case(), None) is True
