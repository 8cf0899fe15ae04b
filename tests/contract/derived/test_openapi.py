import json
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from seedance_contract.declared.contract import RULES
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.routes import ENDPOINTS, Endpoint
from seedance_contract.declared.rules.input_rules import (
    AllowedInputsRule,
    RequiredInputRule,
    SingleInputRule,
    SubstituteAloneRule,
)
from seedance_contract.declared.rules.model_rules import ModelFieldsRule, RequiredModelRule
from seedance_contract.declared.rules.operation_rules import RequiredPromptRule
from seedance_contract.declared.rules.unsupported_rules import (
    KnownFieldsRule,
    MaterialAccessRule,
    UnsupportedFieldRule,
)
from seedance_contract.derived.catalogue import (
    model_detail,
    model_list,
    model_pricing,
    pricing_list,
)
from seedance_contract.derived.openapi import QUERY_VALUES, openapi_document
from seedance_contract.derived.validation import Accepted, validate_request

DOCUMENT: Any = openapi_document()
OPERATIONS: dict[str, Any] = {
    operation["operationId"]: operation
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
}
EXAMPLES: dict[str, Any] = {
    name: example["value"]
    for name, example in OPERATIONS["createVideo"]["requestBody"]["content"]["application/json"][
        "examples"
    ].items()
}
STRUCTURAL = (
    MaterialAccessRule,
    SingleInputRule,
    SubstituteAloneRule,
    AllowedInputsRule,
    KnownFieldsRule,
    ModelFieldsRule,
    RequiredModelRule,
    RequiredInputRule,
    RequiredPromptRule,
    UnsupportedFieldRule,
)
"""Rules that a schema expresses by required members and closed objects, without a tag."""

API_ENDPOINTS = {endpoint.id: endpoint for endpoint in (*ENDPOINTS, *MATERIAL_ENDPOINTS)}


def error_responses(operation: str) -> list[tuple[str, Any]]:
    """Return the error responses of an operation with their statuses."""
    responses = OPERATIONS[operation]["responses"]
    return [(status, response) for status, response in responses.items() if status[0] != "2"]


def values_of(name: str, value: Any) -> list[Any]:
    """Return every value of the member `name`, at any depth of a JSON value."""
    match value:
        case dict():
            here = [value[name]] if name in value else []
            return here + [member for inner in value.values() for member in values_of(name, inner)]
        case list():
            return [member for inner in value for member in values_of(name, inner)]
    return []


def test_the_document_is_valid_openapi() -> None:
    # Imported here: it takes more than a second, and every worker collects this file.
    from openapi_spec_validator import validate

    validate(DOCUMENT)

    assert DOCUMENT["openapi"] == "3.1.0"


def test_the_document_is_reproducible_json() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert json.dumps(openapi_document()) == json.dumps(DOCUMENT)


def test_the_document_names_its_server() -> None:
    document: Any = openapi_document("https://api.example.com")

    assert document["servers"] == [{"url": "https://api.example.com"}]
    assert DOCUMENT["servers"] == [{"url": "/"}]
    assert document | {"servers": DOCUMENT["servers"]} == DOCUMENT


def test_every_reference_can_be_resolved() -> None:
    for reference in values_of("$ref", DOCUMENT):
        _, kind, group, name = reference.split("/")
        assert name in DOCUMENT[kind][group], reference


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_is_accepted(example: dict[str, object]) -> None:
    assert isinstance(validate_request(example), Accepted)


def test_every_operation_has_an_example() -> None:
    assert list(EXAMPLES) == [
        "text-to-video",
        "image-to-video",
        "start-end-to-video",
        "reference-to-video",
        "video-to-video",
        "video-extension",
    ]
    assert [example["operation"] for example in EXAMPLES.values()] == list(EXAMPLES)


@pytest.mark.parametrize("endpoint", API_ENDPOINTS.values(), ids=API_ENDPOINTS)
def test_every_status_is_documented(endpoint: Endpoint) -> None:
    described = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]

    assert [*described["responses"]] == [str(status) for status in endpoint.statuses]
    assert described["summary"] == endpoint.summary
    assert described["x-source"] == str(endpoint.source)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_error_response_lists_its_codes(operation: str) -> None:
    for status, described in error_responses(operation):
        assert described["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/Error"
        }
        errors = API_ENDPOINTS[operation].errors
        codes = [kind.code for kind in errors if kind.status == int(status)]
        assert described["description"].split(" or ") == codes


@pytest.mark.parametrize("operation", OPERATIONS)
def test_temporary_errors_have_retry_headers(operation: str) -> None:
    limits = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}

    for status, described in error_responses(operation):
        headers = {*described["headers"]}
        assert ("Retry-After" in headers) == (status in ("429", "503"))
        assert (limits <= headers) == (status == "429")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_response_has_a_request_id(operation: str) -> None:
    for response in OPERATIONS[operation]["responses"].values():
        assert response["headers"]["X-Request-ID"] == {"$ref": "#/components/headers/X-Request-ID"}

    assert DOCUMENT["components"]["headers"]["X-Request-ID"]["required"] is True


@pytest.mark.parametrize(
    ("operation", "headers"),
    [
        ("createVideo", ["X-Request-ID", "X-Task-ID"]),
        ("getTask", ["X-Request-ID", "X-Task-ID", "X-Billing-Transaction-ID"]),
        ("getVideoTask", ["X-Request-ID", "X-Task-ID", "X-Billing-Transaction-ID"]),
        ("cancelTask", ["X-Request-ID", "X-Task-ID"]),
        ("listModels", ["X-Request-ID"]),
        ("listPricing", ["X-Request-ID"]),
    ],
)
def test_headers_of_a_success(operation: str, headers: list[str]) -> None:
    assert [*OPERATIONS[operation]["responses"]["200"]["headers"]] == headers


@pytest.mark.parametrize(
    ("operation", "linked"),
    [
        ("createVideo", ["getTask", "getVideoTask", "cancelTask"]),
        ("cancelTask", ["getTask"]),
        ("getTask", []),
        ("listModels", []),
    ],
)
def test_links_lead_to_the_routes_of_a_task(operation: str, linked: list[str]) -> None:
    links = OPERATIONS[operation]["responses"]["200"].get("links", {})

    assert [link["operationId"] for link in links.values()] == linked
    assert all(link["parameters"] == {"id": "$response.body#/id"} for link in links.values())
    assert {*linked} <= {*OPERATIONS}


def test_links_lead_to_the_routes_of_a_material() -> None:
    links = OPERATIONS["createMaterial"]["responses"]["201"]["links"]

    assert list(links) == ["getMaterial", "updateMaterial", "deleteMaterial"]
    assert links["getMaterial"]["parameters"] == {"assetId": "$response.body#/id"}


def test_only_the_catalogue_needs_no_key() -> None:
    public = [name for name, item in OPERATIONS.items() if item.get("security") == []]

    assert sorted(public) == ["getModel", "getModelPricing", "listModels", "listPricing"]
    assert DOCUMENT["security"] == [{"key": []}]
    assert DOCUMENT["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("createVideo", ["header X-TokenLab-Delivery-Policy"]),
        ("getTask", ["path id"]),
        ("getVideoTask", ["path id"]),
        ("cancelTask", ["path id"]),
        (
            "listModels",
            [
                "query provider",
                "query tag",
                "query category",
                "query recommended_for",
                "query view",
            ],
        ),
        ("getModel", ["path model"]),
        ("getModelPricing", ["path model"]),
        ("listPricing", ["query provider", "query tag"]),
    ],
)
def test_parameters_of_a_route(operation: str, parameters: list[str]) -> None:
    declared = OPERATIONS[operation].get("parameters", [])

    assert [f"{parameter['in']} {parameter['name']}" for parameter in declared] == parameters


def test_enumerated_query_parameters() -> None:
    parameters = OPERATIONS["listModels"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in parameters}

    assert schemas["view"] == {"enum": ["compact", "full"]}
    assert schemas["category"] == {"enum": list(QUERY_VALUES["category"])}
    assert schemas["tag"] == {"type": "string"}


def test_every_rule_is_expressed_or_listed() -> None:
    tagged = {rule for rules in values_of("x-rules", DOCUMENT) for rule in rules}

    missing = [
        rule.id for rule in RULES if rule.id not in tagged and not isinstance(rule, STRUCTURAL)
    ]

    assert missing == []
    assert tagged <= {rule.id for rule in RULES}


RESPONSES = [
    ("/v1/models", model_list(FAMILY, view="full", recommended=False)),
    ("/v1/models", model_list(FAMILY, view="full", recommended=True)),
    ("/v1/models", model_list(FAMILY, view="compact", recommended=False)),
    ("/v1/models", model_list(FAMILY, view="compact", recommended=True)),
    ("/v1/models", model_list([], view="compact", recommended=True)),
    ("/v1/pricing", pricing_list(FAMILY)),
    *(("/v1/models/{model}", model_detail(model)) for model in FAMILY),
    *(("/v1/models/{model}/pricing", model_pricing(model)) for model in FAMILY),
]


@pytest.mark.parametrize(("path", "response"), RESPONSES)
def test_catalogue_responses_match_the_document(path: str, response: dict[str, object]) -> None:
    described = DOCUMENT["paths"][path]["get"]["responses"]["200"]
    schema = described["content"]["application/json"]["schema"]

    with_components = {**schema, "components": DOCUMENT["components"]}

    Draft202012Validator(with_components, validate_formats=True).validate(response)
