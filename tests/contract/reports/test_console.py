"""The report in a terminal: the verdict first, then what to fix, then the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from seedance_contract.case import Result, Verdict
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.console import console_lines
from seedance_contract.reports.report import Report

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]

SAFE = ProfileStatus(
    profile=Profile.SAFE,
    promise="the client wastes no money",
    reached=False,
    cases=9,
    blocking=("DUP-02",),
)
UNEXERCISED = Verdict.UNEXERCISED


def test_the_verdict_comes_first_and_the_rest_last(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    run = make_report(
        make_result("POLL-06", Verdict.NON_STRICT, "hurry", expected="5 s", actual="1 s"),
        make_result("DUP-02", Verdict.FAIL, "retry", reproduce="seedance-mock --case DUP-02"),
        make_result("DUP-03", Verdict.FAIL, "retry"),
        make_result("CAN-01", UNEXERCISED, actual="the client did not cancel", group="cancel"),
        profiles=(SAFE,),
    )

    assert list(console_lines(run)) == [
        "seedance-mock 0.1.0, contract 2.0, 2026-11-28T12:00:00+00:00",
        "SAFE: not reached (the client wastes no money): 1 of 9 cases fails: DUP-02",
        "",
        "What to fix, the worst first:",
        "",
        "1. A create is repeated (FAIL, 2 cases)",
        "   What happened:  The client sent a create again.",
        "   Why it matters: Each create is paid.",
        "   How to fix it:  Repeat a create only if `retryable` is true.",
        "   Python:",
        "       if retryable:",
        "           create()",
        "   JavaScript:",
        "       if (retryable) create();",
        "   Source:         page: error-handling",
        "   Failed:",
        "     FAIL        DUP-02 once: expected 1 create, got 2",
        "     FAIL        DUP-03 once: expected 1 create, got 2",
        "   Reproduce DUP-02:",
        "     seedance-mock --case DUP-02",
        "",
        "2. The client polls too fast (NON-STRICT, 1 case)",
        "   What happened:  The pauses were short.",
        "   Why it matters: The rate limit is used up.",
        "   How to fix it:  Wait 5 s.",
        "   Source:         page: polling",
        "   Failed:",
        "     NON-STRICT  POLL-06 once: expected 5 s, got 1 s",
        "",
        "UNEXERCISED: the situation that the case tests did not occur.",
        "   CAN-01: the client did not cancel",
        "",
        "duplicates  2 FAIL, 1 NON-STRICT",
        "cancel      1 UNEXERCISED",
        "",
        "my client: 2 FAIL, 1 NON-STRICT, 1 UNEXERCISED in 1.2 s",
    ]


def test_a_good_run_is_short(make_result: MakeResult, make_report: MakeReport) -> None:
    run = make_report(make_result("A", Verdict.PASS))

    assert list(console_lines(run))[1:] == [
        "",
        "duplicates  1 PASS",
        "",
        "my client: 1 PASS in 1.2 s",
    ]
    assert list(console_lines(make_report()))[1:] == ["my client: no cases in 1.2 s"]


def test_long_lists_are_cut(make_result: MakeResult, make_report: MakeReport) -> None:
    run = make_report(*(make_result(f"A-{number}", cause="retry") for number in range(30)))

    assert "     and 20 more; --verbose lists them" in list(console_lines(run))
    assert "     FAIL        A-29 once: expected 1 create, got 2" in console_lines(
        run, verbose=True
    )


def test_a_long_script_is_printed_on_demand(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    script = "\n".join(f"line {number}" for number in range(40))
    run = make_report(make_result("A", cause="retry", reproduce=script))

    text = "\n".join(console_lines(run))
    assert "   Reproduce A with a script of 40 lines, after a run with --json FILE:\n" in text
    assert "     seedance-mock report FILE --reproduce A | sh\n" in text
    text = "\n".join(console_lines(run, report_file="my r.json"))
    assert "   Reproduce A with a script of 40 lines:\n" in text
    assert "     seedance-mock report 'my r.json' --reproduce A | sh\n" in text
    assert "     line 39" in console_lines(run, verbose=True)


def test_what_is_broken_says_what_to_do(make_result: MakeResult, make_report: MakeReport) -> None:
    broken = make_result("A", Verdict.BROKEN, actual="the check itself failed: KeyError")
    stale = make_result("B", Verdict.XPASS, actual="it passes: remove the entry")

    text = "\n".join(console_lines(make_report(broken, stale)))

    assert "BROKEN: no result: the case itself could not be run.\n   Read the reason" in text
    assert "   A: the check itself failed: KeyError\n" in text
    assert "XPASS: the baseline expects a failure that no longer occurs.\n   Remove" in text


def test_failures_without_a_cause_are_listed(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    lines = list(console_lines(make_report(make_result("A"))))

    assert lines[4:7] == [
        "1. Other failures (FAIL, 1 case)",
        "   Failed:",
        "     FAIL        A once: expected 1 create, got 2",
    ]


def test_verbose_lists_every_case(make_result: MakeResult, make_report: MakeReport) -> None:
    names = [f"A-{number}" for number in range(5)]
    run = make_report(
        make_result("B", cause="retry"),
        *(make_result(name, UNEXERCISED, actual="no money") for name in names),
    )

    lines = list(console_lines(run, verbose=True))

    assert "   5 cases: no money" in lines
    assert "     A-0, A-1, A-2, A-3, A-4" in lines
    assert lines[-14:-2] == [
        "  FAIL        B: B holds.",
        "              FAIL once: expected 1 create, got 2",
        *(
            line
            for name in names
            for line in (
                f"  UNEXERCISED {name}: {name} holds.",
                "              UNEXERCISED once: no money",
            )
        ),
    ]


def test_no_control_character_reaches_the_terminal(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    hostile = "\x1b[31m\x07\u202e\ud800\nnext"
    result = make_result(
        hostile, cause="retry", actual=hostile, group=hostile, reproduce=hostile, check=hostile
    )
    named = replace(SAFE, blocking=(hostile,))

    text = "".join(console_lines(make_report(result, subject=hostile, profiles=(named,)), True))

    assert text.isprintable()
