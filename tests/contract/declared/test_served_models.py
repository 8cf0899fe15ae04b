"""A contract that serves some of the declared models."""

from __future__ import annotations

import pytest

from seedance_contract.declared.contract import CONTRACT, contract_of
from seedance_contract.declared.v3.contract import V3_CONTRACT, v3_contract_of
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.v3.openapi import v3_openapi_document
from seedance_contract.derived.v3.v3_validation import v3_violations
from seedance_contract.derived.validation import violations

FAST = contract_of(("seedance-2.0-fast",))
REQUEST = {"model": "seedance-2.0-fast", "prompt": "A kite", "resolution": "4k", "priority": 1}


@pytest.mark.parametrize(
    ("patterns", "served"),
    [
        (("seedance-2.0",), ["seedance-2.0"]),
        (("seedance-2.0*",), ["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]),
        (("seedance-2.5", "*-fast"), ["seedance-2.0-fast", "seedance-2.5"]),
    ],
)
def test_a_name_or_a_pattern_selects_models(patterns: tuple[str, ...], served: list[str]) -> None:
    contract = contract_of(patterns)

    assert list(contract.models) == served
    assert contract.example_model.id == served[0]


@pytest.mark.parametrize("patterns", [(), ("*",), ("seedance-2.0*", "seedance-2.5")])
def test_all_models_are_the_declared_contract(patterns: tuple[str, ...]) -> None:
    contract = contract_of(patterns)

    assert contract is CONTRACT
    assert v3_contract_of(contract) is V3_CONTRACT


def test_the_same_selection_is_the_same_contract() -> None:
    assert contract_of(("seedance-2.0-fast",)) is FAST
    assert v3_contract_of(FAST) is v3_contract_of(FAST)


def test_the_rules_of_a_served_model_stay() -> None:
    v3_request = {**REQUEST, "content": []}

    assert violations(REQUEST, FAST) != []
    assert [(each.rule.id, each.breach) for each in violations(REQUEST, FAST)] == [
        (each.rule.id, each.breach) for each in violations(REQUEST)
    ]
    assert [(each.rule.id, each.breach) for each in v3_violations(v3_request)] == [
        (each.rule.id, each.breach) for each in v3_violations(v3_request, v3_contract_of(FAST))
    ]


def test_a_model_that_is_not_served_is_unknown() -> None:
    [violation] = violations({"model": "seedance-2.0", "prompt": "A kite"}, FAST)

    assert violation.rule.id == "model.known"
    assert violation.breach.message == "model must be one of seedance-2.0-fast"
    assert violation.breach.details["did_you_mean"] == "seedance-2.0-fast"


def test_v3_knows_no_name_of_a_model_that_is_not_served() -> None:
    body = {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "A"}]}

    [violation] = v3_violations(body, v3_contract_of(FAST))

    assert violation.rule.id == "v3.model.known"
    assert violation.breach.message == (
        "model must be one of seedance-2.0-fast, doubao-seedance-2-0-fast-260128,"
        " dreamina-seedance-2-0-fast-260128"
    )


def test_the_documents_have_the_served_models_only() -> None:
    texts = [str(openapi_document(contract=FAST)), str(v3_openapi_document(contract=FAST))]

    for text in texts:
        assert "seedance-2.0-fast" in text
        assert "seedance-2.5" not in text
        assert "seedance-2.0-mini" not in text
        assert "'seedance-2.0'" not in text
        assert "seedance-2-0-260128" not in text
