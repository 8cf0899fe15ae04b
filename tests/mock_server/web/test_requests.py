from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from seedance_contract.declared import examples
from seedance_contract.declared.contract import RULES
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rules.rule import Rule
from seedance_mock.settings import Settings

CREATE = "/v1/videos/generations"
BODY = examples.example_request(OPERATIONS["text-to-video"])
EXPENSIVE = {"model": "seedance-2.0", "prompt": "a cat", "resolution": "4k", "duration": 15}

Fields = dict[str, Any]

on_one_server = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

# Written out and not imported: a wrong declaration must not pass its own test.
RATIOS = ["adaptive", "16:9", "9:16", "1:1", "4:3", "3:4", "21:9"]
ALIASES = {
    "aspect_ratio": ["ratio"],
    "duration": ["seconds"],
    "output_audio": ["generate_audio", "outputAudio"],
}


@st.composite
def valid_requests(draw: st.DrawFn) -> Fields:
    """Valid requests: a model, an operation and any valid selectors."""
    model = draw(st.sampled_from(["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]))
    large_resolutions = ["1080p", "4k"] if model == "seedance-2.0" else []
    selectors = st.fixed_dictionaries(
        {},
        optional={
            "duration": st.just(-1) | st.integers(4, 15) | st.floats(4, 15).map(round).map(float),
            "resolution": st.sampled_from(["480p", "720p", *large_resolutions]),
            "aspect_ratio": st.sampled_from(RATIOS),
            "output_audio": st.booleans(),
            "watermark": st.booleans(),
            "return_last_frame": st.booleans(),
            "seed": st.integers(-1, 4_294_967_295),
            "execution_expires_after": st.integers(3_600, 259_200),
            "priority": st.integers(0, 9),
            "safety_identifier": st.text(max_size=128),
            "service_tier": st.just("default"),
            "user": st.text(),
            "draft": st.just(False),
            "prompt": st.text(min_size=1),
        },
    )
    operation = OPERATIONS[draw(st.sampled_from(sorted(OPERATIONS)))]
    return {**examples.example_request(operation, model), **draw(selectors)}


@st.composite
def requests_with_aliases(draw: st.DrawFn) -> Fields:
    """Valid requests in which some fields have an alias, with or without their main name."""
    body = draw(valid_requests())
    for name, aliases in ALIASES.items():
        if name in body and draw(st.booleans()):
            body[draw(st.sampled_from(aliases))] = body[name]
            if draw(st.booleans()):
                del body[name]
    return body


@st.composite
def broken_requests(draw: st.DrawFn) -> tuple[Rule, Fields]:
    """A rule, and a request that breaks no other rule."""
    rule = draw(st.sampled_from(RULES))
    return rule, dict(draw(st.sampled_from(list(rule.invalid_bodies(draw(valid_requests()))))))


def expected_entries(rule: Rule, body: Fields) -> list[dict[str, str]]:
    """Return the validation errors for a request that breaks only `rule`."""
    return [
        {"field": breach.field, "message": breach.message, "code": rule.code}
        for breach in rule.breaches(parse_body(body))
    ]


def assert_error_names_only(rule: Rule, body: Fields, user: TestClient) -> None:
    response = user.post(CREATE, json=body)

    entries = expected_entries(rule, body)
    assert response.status_code == 400
    assert response.json()["validation_errors"] == entries
    assert response.json()["error"]["param"] == entries[0]["field"]
    assert response.json()["error"]["message"] == entries[0]["message"]


@given(body=requests_with_aliases())
@on_one_server
def test_valid_request_is_accepted(body: Fields, user: TestClient) -> None:
    response = user.post(CREATE, json=body)

    assert response.status_code == 200, response.text
    assert response.json()["model"] == body["model"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_broken_rule_is_named(rule: Rule, user: TestClient) -> None:
    for body in rule.invalid_bodies(BODY):
        assert_error_names_only(rule, dict(body), user)


@given(broken_request=broken_requests())
@on_one_server
def test_broken_rule_is_named_in_any_request(
    broken_request: tuple[Rule, Fields], user: TestClient
) -> None:
    rule, body = broken_request

    assert_error_names_only(rule, body, user)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_recommended_request_is_accepted(rule: Rule, user: TestClient) -> None:
    for body in rule.invalid_bodies(BODY):
        error = user.post(CREATE, json=body).json()["error"]

        assert user.post(CREATE, json=error["recommended_request"]).status_code == 200


@given(broken_request=broken_requests())
@on_one_server
def test_recommendation_keeps_valid_fields(
    broken_request: tuple[Rule, Fields], user: TestClient
) -> None:
    _, body = broken_request
    error = user.post(CREATE, json=body).json()["error"]

    recommended = error["recommended_request"]

    assert user.post(CREATE, json=recommended).status_code == 200
    if body.get("model") in list(MODELS):
        assert recommended["model"] == body["model"]
    if body.get("operation") in list(OPERATIONS):
        assert recommended["operation"] == body["operation"]


@pytest.mark.parametrize("settings", [Settings(balance=Decimal(10))], ids=["10-usd"])
@given(broken_request=broken_requests())
@on_one_server
def test_refused_request_reserves_nothing(
    broken_request: tuple[Rule, Fields], user: TestClient
) -> None:
    response = user.post(CREATE, json=broken_request[1])

    assert response.json().keys() == {"error", "validation_errors"}
    assert "X-Task-ID" not in response.headers
    assert user.post(CREATE, json=EXPENSIVE).json()["error"]["balance_usd"] == 10


@pytest.mark.parametrize(("count", "listed", "omitted"), [(100, 100, None), (9_000, 100, 8_900)])
def test_a_response_lists_a_bounded_number_of_violations(
    count: int, listed: int, omitted: int | None, user: TestClient
) -> None:
    unknown = dict.fromkeys([f"field_{number}" for number in range(count)], 1)

    body = user.post(CREATE, json={**BODY, **unknown}).json()

    assert len(body["validation_errors"]) == listed
    assert body["error"].get("validation_errors_omitted") == omitted


@pytest.mark.parametrize("path", ["/_mock/accounts", "/_mock/tasks/ldtask_1"])
def test_a_control_response_lists_a_bounded_number_of_violations(
    path: str, client: TestClient
) -> None:
    unknown = dict.fromkeys([f"f{number}" for number in range(5_000)], 1)

    body = client.post(path, json=unknown).json()

    assert len(body["validation_errors"]) == 100
    # Of the required field and 5,000 unknown ones.
    assert body["error"]["validation_errors_omitted"] == 4_901
