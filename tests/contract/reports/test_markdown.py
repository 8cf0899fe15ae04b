"""The report on the summary page of a CI job: the verdict first, then what to fix."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seedance_contract.case import Result, Verdict
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.markdown import markdown_report
from seedance_contract.reports.report import Report

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]

UNEXERCISED = Verdict.UNEXERCISED


def test_the_verdict_comes_first_and_the_rest_last(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    safe = ProfileStatus(profile=Profile.SAFE, promise="it is safe", reached=False, cases=9)
    run = make_report(
        make_result("DUP-02", Verdict.FAIL, "retry", reproduce="curl x"),
        make_result("CAN-01", UNEXERCISED, actual="the client did not cancel", group="cancel"),
        make_result("CAN-02", Verdict.BROKEN, actual="no answer", group="cancel"),
        profiles=(safe,),
    )

    assert markdown_report(run) == (
        "### my client: 1 BROKEN, 1 FAIL, 1 UNEXERCISED in 1.2 s\n"
        "\n"
        "seedance-mock 0.1.0, contract 2.0, 2026-11-28T12:00:00+00:00\n"
        "\n"
        "- ❌ SAFE: not reached (it is safe): none of its 9 cases was exercised\n"
        "\n"
        "#### What to fix, the worst first\n"
        "\n"
        "##### 1. A create is repeated\n"
        "\n"
        "- **What happened:** The client sent a create again.\n"
        "- **Why it matters:** Each create is paid.\n"
        "- **How to fix it:** Repeat a create only if `retryable` is true.\n"
        "- **Source:** page: error-handling\n"
        "\n"
        "```python\n"
        "if retryable:\n"
        "    create()\n"
        "```\n"
        "\n"
        "```javascript\n"
        "if (retryable) create();\n"
        "```\n"
        "\n"
        "| verdict | case | what happened |\n"
        "|---|---|---|\n"
        "| FAIL | DUP-02 once | expected 1 create, got 2 |\n"
        "\n"
        "<details><summary>Reproduce DUP-02</summary>\n"
        "\n"
        "```sh\n"
        "curl x\n"
        "```\n"
        "\n"
        "</details>\n"
        "\n"
        "#### BROKEN: no result: the case itself could not be run\n"
        "\n"
        "Read the reason, and run the case alone. If the check itself failed, the fault is in this"
        " kit: please report it with the JSON report.\n"
        "\n"
        "- CAN-02: no answer\n"
        "\n"
        "#### UNEXERCISED: the situation that the case tests did not occur\n"
        "\n"
        "- CAN-01: the client did not cancel\n"
        "\n"
        "| group | results |\n"
        "|---|---|\n"
        "| duplicates | 1 FAIL |\n"
        "| cancel | 1 BROKEN, 1 UNEXERCISED |\n"
    )


def test_a_run_without_results_has_no_tables(make_report: MakeReport) -> None:
    assert "|" not in markdown_report(make_report())


@pytest.mark.parametrize(("count", "rest"), [(20, ""), (25, "\nand 5 more\n")])
def test_long_tables_are_cut(
    count: int, rest: str, make_result: MakeResult, make_report: MakeReport
) -> None:
    run = make_report(*(make_result(f"A-{number}") for number in range(count)))
    text = markdown_report(run)

    assert "##### 1. Other failures\n" in text
    assert text.count("| FAIL |") == 20
    assert rest in text


def test_a_subject_cannot_add_markup(make_result: MakeResult, make_report: MakeReport) -> None:
    hostile = "a | b\n\n# c <img src=x> ![d](e) `f` ```\n</details> \x1b[0m"
    result = make_result(hostile, actual=hostile, group=hostile, reproduce=hostile)

    text = markdown_report(make_report(result, subject=hostile))

    escaped = "a \\| b # c &lt;img src=x> !\\[d\\](e) \\`f\\` \\`\\`\\` &lt;/details> �\\[0m"
    assert f"| {escaped} | 1 FAIL |" in text
    assert text.startswith(f"### {escaped}: 1 FAIL in 1.2 s\n")
    # The script is shown as it is, in a block that its own backticks do not end.
    assert "````sh\na | b\n\n# c <img src=x> ![d](e) `f` ```\n</details> �[0m\n````\n" in text
    assert "\x1b" not in text
