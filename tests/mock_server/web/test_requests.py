from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from seedance_contract.declared import examples
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.reading import read
from seedance_contract.declared.rule import Rule
from seedance_contract.declared.rules import RULES
from seedance_mock.settings import Settings

CREATE = "/v1/videos/generations"
BODY = examples.request(OPERATIONS["text-to-video"])
TOO_DEAR = {"model": "seedance-2.0", "prompt": "a cat", "resolution": "4k", "duration": 15}

Fields = dict[str, Any]

on_one_server = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

RATIOS = ["adaptive", "16:9", "9:16", "1:1", "4:3", "3:4", "21:9"]
ALIASES = {
    "aspect_ratio": ["ratio"],
    "duration": ["seconds"],
    "output_audio": ["generate_audio", "outputAudio"],
}


@st.composite
def valid_requests(draw: st.DrawFn) -> Fields:
    """Requests as the documents allow them: a model, an operation and legal selectors."""
    model = draw(st.sampled_from(["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]))
    large = ["1080p", "4k"] if model == "seedance-2.0" else []
    selectors = st.fixed_dictionaries(
        {},
        optional={
            "duration": st.just(-1) | st.integers(4, 15) | st.floats(4, 15).map(round).map(float),
            "resolution": st.sampled_from(["480p", "720p", *large]),
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
    return {**examples.request(operation, model), **draw(selectors)}


@st.composite
def respelled(draw: st.DrawFn) -> Fields:
    """Valid requests of which some fields go by, or besides, their other names."""
    body = draw(valid_requests())
    for name, aliases in ALIASES.items():
        if name in body and draw(st.booleans()):
            body[draw(st.sampled_from(aliases))] = body[name]
            if draw(st.booleans()):
                del body[name]
    return body


@st.composite
def broken_requests(draw: st.DrawFn) -> tuple[Rule, Fields]:
    """A rule, and a request that breaks it alone."""
    rule = draw(st.sampled_from(RULES))
    return rule, dict(draw(st.sampled_from(list(rule.broken(draw(valid_requests()))))))


def entries_of(rule: Rule, body: Fields) -> list[dict[str, str]]:
    """Return what the answer has to list where `rule` alone is broken."""
    return [
        {"field": breach.field, "message": breach.message, "code": rule.code}
        for breach in rule.breaches(read(body))
    ]


def assert_refused_for(rule: Rule, body: Fields, user: TestClient) -> None:
    refusal = user.post(CREATE, json=body)

    entries = entries_of(rule, body)
    assert refusal.status_code == 400
    assert refusal.json()["validation_errors"] == entries
    assert refusal.json()["error"]["param"] == entries[0]["field"]
    assert refusal.json()["error"]["message"] == entries[0]["message"]


@given(body=respelled())
@on_one_server
def test_valid_request_is_accepted(body: Fields, user: TestClient) -> None:
    answer = user.post(CREATE, json=body)

    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == body["model"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_broken_rule_is_the_reason_given(rule: Rule, user: TestClient) -> None:
    for body in rule.broken(BODY):
        assert_refused_for(rule, dict(body), user)


@given(broken=broken_requests())
@on_one_server
def test_reason_is_the_same_on_any_request(broken: tuple[Rule, Fields], user: TestClient) -> None:
    rule, body = broken

    assert_refused_for(rule, body, user)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_recommended_request_is_accepted(rule: Rule, user: TestClient) -> None:
    for body in rule.broken(BODY):
        error = user.post(CREATE, json=body).json()["error"]

        assert user.post(CREATE, json=error["recommended_request"]).status_code == 200


@given(broken=broken_requests())
@on_one_server
def test_recommendation_keeps_what_was_right(broken: tuple[Rule, Fields], user: TestClient) -> None:
    _, body = broken
    error = user.post(CREATE, json=body).json()["error"]

    recommended = error["recommended_request"]

    assert user.post(CREATE, json=recommended).status_code == 200
    if body.get("model") in list(MODELS):
        assert recommended["model"] == body["model"]
    if body.get("operation") in list(OPERATIONS):
        assert recommended["operation"] == body["operation"]


@pytest.mark.parametrize("settings", [Settings(balance=Decimal(10))], ids=["10-usd"])
@given(broken=broken_requests())
@on_one_server
def test_refusal_creates_and_reserves_nothing(
    broken: tuple[Rule, Fields], user: TestClient
) -> None:
    refusal = user.post(CREATE, json=broken[1])

    assert refusal.json().keys() == {"error", "validation_errors"}
    assert "X-Task-ID" not in refusal.headers
    assert user.post(CREATE, json=TOO_DEAR).json()["error"]["balance_usd"] == 10
