"""The difference between two reports."""

import pytest

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.reports.diff import ChangeKind, changes_json, changes_line, compare_reports
from seedance_contract.reports.report import Report


def result(name: str, *verdicts: Verdict) -> Result:
    case = Case(
        id=name, group="g", level=Level.MUST, requirement=f"{name} holds.", source=page("p")
    )
    findings = tuple(
        Finding(check=f"check-{number}", level=Level.MUST, verdict=verdict)
        for number, verdict in enumerate(verdicts)
    )
    return Result(case=case, findings=findings)


def report(*results: Result, suite: str = "client") -> Report:
    return Report(suite=suite, subject="s", version="1", started="", seconds=0.0, results=results)


def changes(old: Report, new: Report) -> list[str]:
    return [str(change) for change in compare_reports(old, new)]


def test_the_worst_change_comes_first() -> None:
    old = report(
        result("GONE", Verdict.PASS),
        result("UP", Verdict.FAIL),
        result("DOWN", Verdict.PASS),
        result("SAME", Verdict.FAIL),
    )
    new = report(
        result("SAME", Verdict.FAIL),
        result("DOWN", Verdict.FAIL),
        result("UP", Verdict.PASS),
        result("NEW", Verdict.FAIL),
    )

    assert changes(old, new) == [
        "worse    DOWN: PASS -> FAIL [check-0]: DOWN holds.",
        "better   UP: FAIL -> PASS [check-0]: UP holds.",
        "appeared NEW: absent -> FAIL: NEW holds.",
        "vanished GONE: PASS -> absent: GONE holds.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (Verdict.PASS, Verdict.XFAIL, ChangeKind.WORSE),
        (Verdict.NON_STRICT, Verdict.FAIL, ChangeKind.WORSE),
        (Verdict.FAIL, Verdict.BROKEN, ChangeKind.WORSE),
        (Verdict.PASS, Verdict.UNEXERCISED, ChangeKind.WORSE),
        (Verdict.XFAIL, Verdict.XPASS, ChangeKind.BETTER),
        (Verdict.FAIL, Verdict.NON_STRICT, ChangeKind.BETTER),
        (Verdict.FAIL, Verdict.XFAIL, None),
        (Verdict.PASS, Verdict.INFO, None),
    ],
)
def test_a_baseline_entry_is_no_change(
    old: Verdict, new: Verdict, change: ChangeKind | None
) -> None:
    changes = compare_reports(report(result("X", old)), report(result("X", new)))

    assert [case.change for case in changes] == ([change] if change else [])


def test_another_failed_check_is_worse() -> None:
    old = report(result("X", Verdict.FAIL, Verdict.PASS, Verdict.FAIL))
    new = report(result("X", Verdict.FAIL, Verdict.FAIL, Verdict.PASS))

    [case] = compare_reports(old, new)

    assert (case.change, case.checks) == (ChangeKind.WORSE, ("check-1",))


def test_a_repeated_case_counts_with_its_worst() -> None:
    old = report(result("X", Verdict.PASS), result("X", Verdict.PASS))
    new = report(result("X", Verdict.PASS), result("X", Verdict.FAIL), result("X", Verdict.PASS))

    assert changes(old, new) == ["worse    X: PASS -> FAIL [check-0]: X holds."]


@pytest.mark.parametrize(
    ("new", "line"),
    [
        ([Verdict.FAIL, Verdict.FAIL, Verdict.PASS], "2 worse, 1 appeared"),
        ([Verdict.PASS], "1 vanished"),
        ([Verdict.PASS, Verdict.PASS], "nothing changed"),
    ],
)
def test_changes_are_counted(new: list[Verdict], line: str) -> None:
    old = report(result("A", Verdict.PASS), result("B", Verdict.PASS))
    later = report(*(result(name, verdict) for name, verdict in zip("ABC", new, strict=False)))

    assert changes_line(compare_reports(old, later)) == line


def test_reports_of_different_suites_are_an_error() -> None:
    with pytest.raises(ValueError, match="one report is about a client, the other about a server"):
        compare_reports(report(), report(suite="server"))


def test_changes_as_json() -> None:
    document = changes_json(
        compare_reports(report(result("X", Verdict.PASS)), report(result("X", Verdict.FAIL)))
    )

    assert document == {
        "counts": {"worse": 1, "better": 0, "appeared": 0, "vanished": 0},
        "worse": [
            {
                "id": "X",
                "requirement": "X holds.",
                "old": "PASS",
                "new": "FAIL",
                "checks": ["check-0"],
            }
        ],
        "better": [],
        "appeared": [],
        "vanished": [],
    }
