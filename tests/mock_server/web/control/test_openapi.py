"""The OpenAPI document of the control API, and its examples."""

from __future__ import annotations

from typing import Any, get_type_hints

import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.testing import CheckVerdict
from seedance_mock.web.control.openapi import control_openapi
from seedance_mock.web.control.routes import CONTROL_ROUTES
from seedance_mock.web.control.schemas.responses import RESPONSE_SCHEMAS

DOCUMENT: Any = control_openapi(CONTROL_ROUTES)
OPERATIONS = {
    f"{method} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


def test_the_document_is_valid(client: TestClient) -> None:
    # Imported here: it takes more than a second, and every worker collects this file.
    from openapi_spec_validator import validate

    document = client.get("/_mock/openapi.json").json()

    validate(document)
    assert document == DOCUMENT


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_response_has_a_valid_example(name: str) -> None:
    for media_type, content in OPERATIONS[name]["responses"]["200"]["content"].items():
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema)
        assert media_type != "application/json" or validator.is_valid(content["example"])


def test_operations_have_names_of_their_own() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(ids)) == len(CONTROL_ROUTES)
    assert "get_accounts_name_clock" in ids


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("get /_mock/words", ["200", "401", "403"]),
        ("get /_mock/checks", ["200", "400", "401", "403", "404"]),
        ("post /_mock/tasks/{id}", ["200", "400", "401", "403", "404", "409"]),
    ],
)
def test_errors_are_described(operation: str, statuses: list[str]) -> None:
    assert [*OPERATIONS[operation]["responses"]] == statuses


def test_the_token_is_described() -> None:
    [scheme] = DOCUMENT["components"]["securitySchemes"].values()

    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert {} in DOCUMENT["security"]


def test_the_checks_need_an_account() -> None:
    parameters = OPERATIONS["get /_mock/checks"]["parameters"]

    assert [each["name"] for each in parameters if each["required"]] == ["account"]


@pytest.mark.parametrize(
    ("name", "kind"), [("JournalEntry", JournalEntry), ("Check", CheckVerdict)]
)
def test_values_for_python_have_the_described_members(name: str, kind: type) -> None:
    names = [*get_type_hints(kind)]

    assert [*RESPONSE_SCHEMAS[name]["properties"]] == names
