"""The OpenAPI document of v3, and the schema of requests compared with the rules."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.routes import V3_CREATE, V3_DELETE, V3_ENDPOINTS, V3_LIST
from seedance_contract.declared.v3.rules.rule import V3Rule
from seedance_contract.derived.v3.openapi import v3_openapi_document
from seedance_contract.derived.v3.strategies import (
    BREAKABLE_V3_RULES,
    invalid_v3_requests,
    valid_v3_requests,
)
from seedance_contract.derived.v3.v3_validation import v3_violations

DOCUMENT: Any = v3_openapi_document()

NOT_IN_THE_SCHEMA = {
    "v3.callback_url.url",
    "v3.content.audio",
    "v3.content.count",
    "v3.content.frames",
    "v3.content.modes",
    "v3.ratio.frames",
}
"""Rules about what goes together, and about the form of a callback URL."""


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    reference = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(reference)


REQUESTS = validator("ContentTaskRequest")


def operation(endpoint: Any) -> Any:
    return DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]


def test_the_document_is_valid_openapi() -> None:
    # Imported here: it takes more than a second, and every worker collects this file.
    from openapi_spec_validator import validate

    validate(DOCUMENT)


def test_every_route_is_described() -> None:
    described = {operation(endpoint)["operationId"] for endpoint in V3_ENDPOINTS}

    assert described == {endpoint.id for endpoint in V3_ENDPOINTS}


def test_the_response_to_a_delete_has_no_body() -> None:
    assert "content" not in operation(V3_DELETE)["responses"]["200"]


def test_create_is_linked_to_the_task() -> None:
    links = operation(V3_CREATE)["responses"]["200"]["links"]

    assert set(links) == {"getContentTask", "deleteContentTask"}


def test_ids_are_repeated_in_the_query() -> None:
    parameters = {item["name"]: item for item in operation(V3_LIST)["parameters"]}

    assert parameters["filter.task_ids"]["schema"]["type"] == "array"
    assert parameters["page_size"]["schema"]["default"] == 20


def test_the_example_is_legal() -> None:
    assert v3_violations(example_v3_request()) == []
    assert REQUESTS.is_valid(example_v3_request())


@given(valid_v3_requests())
def test_the_schema_allows_what_the_rules_allow(body: dict[str, Any]) -> None:
    assert v3_violations(body) == []
    assert REQUESTS.is_valid(body)


@pytest.mark.parametrize("rule", BREAKABLE_V3_RULES, ids=lambda rule: rule.id)
def test_the_schema_refuses_what_a_rule_refuses(rule: V3Rule) -> None:
    bodies = [
        body
        for body in rule.invalid_bodies(example_v3_request())
        if {violation.rule.id for violation in v3_violations(body)} == {rule.id}
    ]

    allowed = [body for body in bodies if REQUESTS.is_valid(body)]

    assert bool(allowed) == (rule.id in NOT_IN_THE_SCHEMA)


@given(invalid_v3_requests())
def test_an_invalid_request_breaks_one_rule(invalid: Any) -> None:
    assert {violation.rule.id for violation in v3_violations(invalid.body)} == {invalid.rule.id}
