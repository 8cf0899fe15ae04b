"""Verdicts: how severe a failure is, and which finding decides."""

import pytest

from seedance_contract.case import (
    VERDICT_MEANINGS,
    Case,
    Finding,
    Group,
    Level,
    Mismatch,
    Result,
    Verdict,
    failed_finding,
    with_default_cause,
    worst_verdict,
)
from seedance_contract.declared.sources import assumed, page


def case(level: Level = Level.MUST, *, documented: bool = True) -> Case:
    source = page("polling") if documented else assumed("what happens then")
    return Case(id="X-01", group="X", level=level, requirement="It holds.", source=source)


@pytest.mark.parametrize(
    ("level", "verdict"),
    [
        (Level.MUST, Verdict.FAIL),
        (Level.SHOULD, Verdict.NON_STRICT),
        (Level.MAY, Verdict.INFO),
        (Level.INFO, Verdict.INFO),
    ],
)
def test_the_level_decides_the_verdict(level: Level, verdict: Verdict) -> None:
    assert failed_finding("check", level, "one", "two").verdict is verdict


def test_an_assumption_is_only_recorded() -> None:
    assert case(documented=False).effective_level is Level.INFO
    assert case(documented=True).effective_level is Level.MUST


def test_the_worst_finding_decides() -> None:
    findings = (
        Finding(check="a", level=Level.MUST, verdict=Verdict.PASS),
        failed_finding("b", Level.SHOULD, "one", "two"),
        Finding(check="c", level=Level.MUST, verdict=Verdict.UNEXERCISED),
    )

    assert Result(case=case(), findings=findings).verdict is Verdict.NON_STRICT


def test_no_findings_are_unexercised() -> None:
    assert worst_verdict([]) is Verdict.UNEXERCISED


def test_every_verdict_is_explained() -> None:
    assert set(VERDICT_MEANINGS) == set(Verdict)


def test_a_mismatch_has_expected_and_actual() -> None:
    mismatch = Mismatch(expected="one create", actual="two")

    assert str(mismatch) == "expected one create, got two"


@pytest.mark.parametrize("text", ["auth", "AUTH", "Auth"])
def test_group_is_selected_by_name_or_prefix(text: str) -> None:
    group = Group(name="auth", prefix="AUTH", title="Authentication")

    assert group.matches(text)
    assert not group.matches("Authentication")


@pytest.mark.parametrize(
    ("case_id", "contained"),
    [("AUTH-01", True), ("AUTH.header", True), ("AUTH", False), ("AUTHOR-01", False)],
)
def test_group_contains_ids_with_its_prefix(case_id: str, contained: bool) -> None:
    group = Group(name="auth", prefix="AUTH", title="Authentication")

    assert group.contains(case_id) == contained


def test_a_failure_without_a_cause_gets_the_default() -> None:
    findings = (
        failed_finding("a", Level.MUST, "1", "2"),
        failed_finding("b", Level.SHOULD, "1", "2", "precise"),
        Finding(check="c", level=Level.MUST, verdict=Verdict.PASS),
    )

    result = with_default_cause(Result(case=case(), findings=findings), "default")

    assert [finding.cause for finding in result.findings] == ["default", "precise", ""]
