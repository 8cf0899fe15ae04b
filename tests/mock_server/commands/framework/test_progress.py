"""The progress of a suite: lines without a terminal, a bar on a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.progress import NoProgress
from seedance_mock.commands.framework import progress as progress_module
from seedance_mock.commands.framework.progress import (
    CaseLines,
    GroupLines,
    duration_text,
    failure_lines,
    shown_progress,
)
from seedance_mock.commands.framework.terminal_progress import TerminalProgress


def result_of(
    case_id: str,
    verdict: Verdict = Verdict.PASS,
    *,
    group: str = "POLL Polling",
    check: str = "waits",
    expected: str = "at least 1 s",
    actual: str = "0.3 s",
) -> Result:
    case = Case(
        id=case_id, group=group, level=Level.MUST, requirement="It works.", source=page("here")
    )
    finding = Finding(
        check=check, level=Level.MUST, verdict=verdict, expected=expected, actual=actual
    )
    return Result(case=case, findings=(finding,), seconds=3.0)


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        (result_of("POLL-01"), []),
        (result_of("POLL-01", Verdict.UNEXERCISED), []),
        (
            result_of("POLL-01", Verdict.FAIL),
            ["FAIL POLL-01 waits: expected at least 1 s, got 0.3 s"],
        ),
        (
            result_of("races.spend", Verdict.NON_STRICT, check="races.spend", expected=""),
            ["NON-STRICT races.spend: got 0.3 s"],
        ),
        (
            result_of("POLL-01", Verdict.BROKEN, expected="", actual="\x1b[2J a\nb"),
            ["BROKEN POLL-01 waits: got \ufffd[2J a b"],
        ),
    ],
    ids=["pass", "unexercised", "fail", "server", "broken"],
)
def test_a_failure_is_one_line(result: Result, lines: list[str]) -> None:
    assert list(failure_lines(result)) == lines


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (60.0, "1 min 0 s"), (283.2, "4 min 43 s")]
)
def test_a_duration_is_written_for_people(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_cases_are_printed_as_they_end(capsys: pytest.CaptureFixture[str]) -> None:
    lines = CaseLines()
    lines.planned(12)
    lines.started("POLL-01")
    lines.note("12 cases")
    lines.finished(result_of("POLL-01"))
    lines.rerun("POLL-02")
    lines.finished(result_of("POLL-02", Verdict.FAIL))

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "12 cases",
        "[ 1/12] PASS        POLL-01 3.0 s",
        "        confirming  POLL-02",
        "[ 2/12] FAIL        POLL-02 3.0 s",
    ]


def test_groups_are_printed_when_they_are_complete(capsys: pytest.CaptureFixture[str]) -> None:
    lines = GroupLines({"races": 2, "tasks": 1})
    lines.note("3 checks")
    lines.finished(result_of("races.a", group="races"))
    lines.finished(result_of("tasks.a", group="tasks"))
    lines.finished(result_of("races.b", Verdict.FAIL, group="races", check="races.b"))

    assert capsys.readouterr().err.splitlines() == [
        "3 checks",
        "tasks: 1 PASS",
        "FAIL races.b: expected at least 1 s, got 0.3 s",
        "races: 1 FAIL, 1 PASS",
    ]


@pytest.fixture
def console() -> Console:
    """Give a terminal whose output is kept."""
    return Console(
        file=io.StringIO(), force_terminal=True, width=90, highlight=False, color_system=None
    )


class ManualTime:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def shown_text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_terminal_shows_what_runs_and_what_failed(console: Console) -> None:
    time = ManualTime()
    with TerminalProgress(console, time) as bar:
        bar.planned(4)
        bar.started("POLL-01")
        bar.started("POLL-02")
        bar.note("4 cases [bold]at once[/bold]")
        time.now = 3.0
        bar.finished(result_of("POLL-01", Verdict.FAIL))
        bar.unconfirmed("POLL-02")
        bar.rerun("POLL-02")

    text = shown_text(console)
    assert "4 cases [bold]at once[/bold]" in text
    assert "FAIL POLL-01 waits: expected at least 1 s, got 0.3 s" in text
    last_bar = [line for line in text.split("\r") if "1/4" in line][-1]
    assert "1 failed" in last_bar
    assert "0:03, about 0:18 left" in last_bar
    assert "confirming POLL-02" in last_bar


def test_time_left_is_unknown_until_a_case_has_ended(console: Console) -> None:
    time = ManualTime()
    bar = TerminalProgress(console, time)
    bar.planned(8)
    for name in ("POLL-01", "POLL-02", "POLL-03"):
        bar.started(name)

    time.now = 2.0
    assert bar.seconds_left() is None
    bar.finished(result_of("POLL-01"))
    # Three cases have run for 2 s and one has ended: a case takes 6 s. Seven are left, and two run.
    assert bar.seconds_left() == pytest.approx(6 * 7 / 2)
    time.now = 4.0
    assert bar.seconds_left() == pytest.approx(10 * 7 / 2)


@pytest.mark.parametrize(("total", "needed"), [(1, 1), (30, 3), (570, 10)])
def test_the_estimate_needs_some_cases(total: int, needed: int, console: Console) -> None:
    time = ManualTime()
    bar = TerminalProgress(console, time)
    bar.planned(total)

    ended = 0
    while bar.seconds_left() is None:
        ended += 1
        bar.finished(result_of(f"POLL-{ended}"))

    assert ended == needed


def test_a_case_that_waits_for_its_second_run_is_not_shown(console: Console) -> None:
    with TerminalProgress(console, ManualTime()) as bar:
        bar.planned(2)
        bar.started("POLL-01")
        bar.unconfirmed("POLL-01")

    last_bar = [line for line in shown_text(console).split("\r") if "0/2" in line][-1]
    assert "POLL-01" not in last_bar


@pytest.mark.parametrize(
    ("quiet", "is_terminal", "has_rich", "sizes", "expected"),
    [
        (True, True, True, None, NoProgress),
        (False, False, True, None, CaseLines),
        (False, False, True, {"races": 1}, GroupLines),
        (False, True, False, None, CaseLines),
        (False, True, True, {"races": 1}, TerminalProgress),
    ],
    ids=["quiet", "no-terminal", "groups", "no-rich", "terminal"],
)
def test_the_form_depends_on_the_terminal(
    quiet: bool,
    is_terminal: bool,
    has_rich: bool,
    sizes: dict[str, int] | None,
    expected: type,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return is_terminal

    monkeypatch.setattr(sys, "stderr", Stream())
    monkeypatch.setattr(progress_module, "find_spec", lambda name: object() if has_rich else None)

    with shown_progress(quiet=quiet, group_sizes=sizes) as display:
        assert type(display) is expected
