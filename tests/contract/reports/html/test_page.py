"""The page of a report in headless Chromium: verdict first, causes, cases, filters, print."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from html_pages import (
    BLIND_RETRY,
    FULL_REPORT,
    HOSTILE,
    HOSTILE_SHOWN,
    RESULTS,
    exchange,
    open_everything,
    record,
    report,
    result,
)
from seedance_contract.case import Level, Verdict
from seedance_contract.client.record import OutputChunk

pytestmark = pytest.mark.slow("browser")

Show = Callable[..., Page]


def visible_cases(page: Page) -> list[str]:
    """Return the ids of the visible cases."""
    return page.locator("details.case:visible > summary .id").all_inner_texts()


def words(text: str) -> str:
    """Return a text with one space between its words."""
    return " ".join(text.split())


def hash_of(page: Page) -> str:
    """Return the hash of the URL."""
    return str(page.evaluate("location.hash"))


def test_the_verdict_comes_first(show: Show) -> None:
    page = show(FULL_REPORT)

    head = page.locator("#head").inner_text()
    profiles = page.locator(".profile").all_inner_texts()
    sections = page.locator("h2").all_inner_texts()
    assert "Does not conform: 3 of 10 cases failed, 1 had no result, 1 missed a SHOULD." in head
    assert "2026-01-01 00:00:00 UTC" in head
    assert "seedance-mock 1.2.3" in head
    assert words(profiles[0]) == (
        "✕ SAFE not reached The promise of SAFE. 2 of 9 cases fail, 1 not exercised DUP-01 FAIL-01"
    )
    assert "CORRECT reached" in profiles[1]
    assert words(profiles[2]) == "? POLITE unknown The promise of POLITE. 4 of 9 cases not run"
    assert sections == ["What to fix, the worst first", "All cases", "What the verdicts mean"]


def test_a_run_without_failures_conforms(show: Show) -> None:
    page = show(report(result(Verdict.PASS), result(Verdict.NON_STRICT)))

    assert page.locator(".conclusion").inner_text() == (
        "Conforms: no case failed, 1 missed a SHOULD."
    )


def test_strict_runs_fail_over_more(show: Show) -> None:
    results = [result(Verdict.PASS), result(Verdict.NON_STRICT), result(Verdict.UNEXERCISED)]
    options = {"strict": True, "require_exercised": True}
    page = show(report(*results, options=options))

    facts = page.locator(".card > .facts div").all_inner_texts()
    assert page.locator(".conclusion").inner_text() == "Does not conform: 2 of 3 cases failed."
    assert facts[-2:] == [
        "Strict\na missed SHOULD fails the run",
        "Require exercised\na case that was not exercised fails the run",
    ]


def test_an_empty_run_says_so(show: Show) -> None:
    assert show(report()).locator(".conclusion").inner_text() == "No case was run."


def test_options_are_words(show: Show) -> None:
    facts = show(FULL_REPORT).locator(".card > .facts div").all_inner_texts()

    assert facts[-3:] == ["Command\nnode 'my client.js'", "Seed\n7", "Timeout\n2.5 s"]


def test_an_interrupted_run_is_marked(show: Show) -> None:
    page = show({**FULL_REPORT, "interrupted": True})

    assert "Interrupted: not every selected case was run." in page.locator("#head").inner_text()
    assert page.title() == "Conformance: my client (interrupted)"


def test_a_cause_says_how_to_fix_it(show: Show) -> None:
    page = show(FULL_REPORT)

    cause = page.locator("details.cause").first
    text = words(cause.inner_text())
    assert cause.get_attribute("open") is not None
    assert "Creates are repeated blindly" in text
    assert "The client repeated a create." in text
    assert "HOW TO FIX IT Look for the task first." in text
    assert "expected at least 3 s, got at least 3 s" in text
    assert cause.locator("pre").all_inner_texts() == [
        "if created:\n    return",
        "if (created) return;",
    ]


def test_what_is_not_about_the_subject_comes_last(show: Show) -> None:
    page = show(FULL_REPORT)

    titles = page.locator("details.cause .title").all_inner_texts()
    page.locator("details.cause summary").nth(2).click()

    assert titles == [
        "Creates are repeated blindly",
        "Other failures",
        "No result: the case itself could not be run",
        "The baseline expects a failure that no longer occurs",
    ]
    text = words(page.locator("details.cause").nth(2).inner_text())
    assert "Read the reason, and run the case alone." in text
    assert text.endswith("!BROKEN-00 Requirement 0 holds. at least 3 s")


def test_a_cause_links_to_its_cases(show: Show) -> None:
    many = [
        result(Verdict.FAIL, number, group="g", cause="blind-retry", evidence={})
        for number in range(12)
    ]
    page = show(report(*many, result(Verdict.FAIL, 20), causes=[BLIND_RETRY]))

    page.get_by_role("link", name="FAIL-07").click()
    page.wait_for_selector("#FAIL-07[open]")
    page.locator("#FAIL-07 .finding a").click()
    page.wait_for_selector("details.cause summary:focus")
    page.get_by_role("link", name="Show all 12 cases").click()
    expect(page.locator("#filters output")).to_have_text("12 of 13 cases")

    assert page.locator("#filters .pill").inner_text() == "Cause: Creates are repeated blindly ✕"
    page.locator("#filters .pill").click()
    expect(page.locator("#filters output")).to_have_text("13 of 13 cases")


def test_failures_come_before_folds(show: Show) -> None:
    passes = [result(Verdict.PASS, number, group="b") for number in range(3)]
    page = show(
        report(
            result(Verdict.PASS, 8, group="a"),
            *passes,
            result(Verdict.NON_STRICT, group="b"),
            result(Verdict.FAIL, group="c"),
        )
    )

    sections = [
        text.split("\n")[0] for text in page.locator("#results .group > h3").all_inner_texts()
    ]
    folds = [words(text) for text in page.locator("#results .fold").all_inner_texts()]
    assert sections == ["c", "b"]
    assert visible_cases(page) == ["FAIL-00", "NON-STRICT-00"]
    assert folds == ["✓ PASS 3 cases", "a 1 ✓ PASS"]


def test_unexercised_cases_are_folded_by_reason(show: Show) -> None:
    page = show(
        report(
            result(Verdict.UNEXERCISED, 1, text="no key", group="a"),
            result(Verdict.UNEXERCISED, 2, text="no budget", group="a"),
            result(Verdict.UNEXERCISED, 3, text="no budget", group="b"),
        )
    )

    folds = [words(text) for text in page.locator("#results .fold").all_inner_texts()]
    page.locator(".fold summary").first.click()

    assert folds == ["○ UNEXERCISED 2 cases no budget", "○ UNEXERCISED 1 case no key"]
    assert visible_cases(page) == ["UNEXERCISED-02", "UNEXERCISED-03"]


def test_a_fold_stays_as_the_reader_left_it(show: Show) -> None:
    page = show(report(result(Verdict.PASS, 1), result(Verdict.PASS, 2, group="other")))

    page.locator(".fold summary").first.click()
    page.get_by_label("Text").fill("nothing is like this")
    page.get_by_role("button", name="Reset").click()

    assert visible_cases(page) == ["PASS-01"]


def test_filters_select_cases(show: Show) -> None:
    page = show(report(*RESULTS))

    page.get_by_label("Text").fill("requirement 4")
    by_text = visible_cases(page)
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Group").select_option("group 1")
    page.get_by_label("Level").select_option("SHOULD")
    by_group_and_level = visible_cases(page)
    page.get_by_role("button", name="Reset").click()
    page.locator("fieldset input[value=PASS]").check()

    assert by_text == ["UNEXERCISED-04"]
    assert by_group_and_level == ["FAIL-01"]
    assert visible_cases(page) == ["PASS-08"]
    assert page.locator("#filters output").inner_text() == "1 of 9 cases"


def test_a_filter_without_cases_says_so(show: Show) -> None:
    page = show(report(*RESULTS), at="#?text=nothing+is+like+this")

    assert page.locator("#results").inner_text() == "No case matches the filter."


def test_counts_are_links_and_back_works(show: Show) -> None:
    page = show(report(*RESULTS))

    page.locator(".sums a", has_text="XFAIL").click()
    expect(page.locator("#filters output")).to_have_text("1 of 9 cases")
    by_count = visible_cases(page)
    page.locator("fieldset input[value=PASS]").check()
    address = hash_of(page)
    page.go_back()
    expect(page.locator("#filters output")).to_have_text("1 of 9 cases")
    page.go_back()
    expect(page.locator("#filters output")).to_have_text("9 of 9 cases")

    assert by_count == ["XFAIL-06"]
    assert address == "#?verdict=XFAIL%2CPASS"
    assert hash_of(page) == ""


def test_the_url_restores_a_filter(show: Show) -> None:
    page = show(
        report(*RESULTS), at="#?verdict=FAIL,PASS,nonsense&group=group+1&level=SHOULD&text=holds"
    )

    assert visible_cases(page) == ["FAIL-01"]
    assert page.locator("fieldset input:checked").count() == 2
    assert page.get_by_label("Text").input_value() == "holds"


def test_typing_is_one_step_of_the_history(show: Show) -> None:
    page = show(report(*RESULTS))
    steps = page.evaluate("history.length")

    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Text").press_sequentially("ment 8")

    assert page.evaluate("history.length") == steps
    assert hash_of(page) == "#?text=ment+8"
    assert visible_cases(page) == ["PASS-08"]


def test_a_profile_shows_what_is_in_its_way(show: Show) -> None:
    page = show(FULL_REPORT)

    page.get_by_role("link", name="2 of 9 cases").click()
    expect(page.locator("#filters output")).to_have_text("2 of 10 cases")
    blocking = visible_cases(page)
    page.get_by_role("link", name="1 not exercised").click()
    expect(page.locator("#filters output")).to_have_text("1 of 10 cases")

    assert blocking == ["FAIL-01", "DUP-01"]
    assert visible_cases(page) == ["UNEXERCISED-04"]


def test_a_link_opens_a_hidden_case(show: Show) -> None:
    page = show(report(*RESULTS))
    page.get_by_label("Text").fill("nothing is like this")

    page.evaluate("location.hash = 'XFAIL-06'")
    page.wait_for_selector("details.case[open]")

    assert page.locator("details.case[open] > summary .id").inner_text() == "XFAIL-06"
    assert page.evaluate("document.activeElement.textContent").startswith("↓XFAIL")


@pytest.mark.parametrize("hash", ["", "#nothing", "#%"])
def test_an_unknown_link_opens_nothing(hash: str, show: Show) -> None:
    assert show(report(*RESULTS), at=hash).locator("details.case[open]").count() == 0


def test_the_keyboard_is_enough(show: Show) -> None:
    page = show(report(result(Verdict.FAIL)))

    page.locator("details.case summary").focus()
    page.keyboard.press("Enter")

    assert page.locator("details.case").get_attribute("open") is not None


def test_several_reports_make_a_matrix(show: Show) -> None:
    first = report(result(Verdict.FAIL, id="X-01"), result(Verdict.PASS, id="X-02"), subject="one")
    second = report(result(Verdict.PASS, id="X-01"), subject="two")
    page = show(first, second, second)

    heads = page.locator("#matrix thead th").all_inner_texts()
    rows = [row.split() for row in page.locator("#matrix tbody tr").all_inner_texts()]
    causes = page.locator(".explained .mismatch").all_inner_texts()
    page.locator("#matrix tbody td a").nth(1).click()
    page.wait_for_selector("article.run:focus")
    page.get_by_label("Text").fill("X-02")

    assert heads == ["Case", "one", "two (2)", "two (3)"]
    assert ["X-01", "✕", "FAIL", "✓", "PASS", "✓", "PASS"] in rows
    assert ["X-02", "✓", "PASS", "not", "run", "not", "run"] in rows
    assert causes == ["one: expected at least 3 s, got at least 3 s"]
    assert page.locator("#matrix tbody tr:not(.group):visible").count() == 1


def test_a_link_leads_to_one_of_several_results(show: Show) -> None:
    reports = [report(result(Verdict.PASS, id="X-01"), subject=name) for name in ("one", "two")]
    page = show(*reports, at="#X-01/2")

    page.wait_for_selector("article.run:focus")

    heading = page.locator("article.run:focus h3").inner_text()
    assert heading.split("\n") == ["✓", "PASS", "two", "0 s"]


def test_hostile_text_is_only_text(show: Show) -> None:
    evidence = record(exchange(HOSTILE), output=(OutputChunk(0.5, "stderr", HOSTILE),))
    hostile = result(
        Verdict.FAIL,
        id=HOSTILE,
        group=HOSTILE,
        text=HOSTILE,
        requirement=HOSTILE,
        reproduce=HOSTILE,
        evidence=evidence,
    )
    page = show(report(hostile, subject=HOSTILE))
    open_everything(page)

    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("h1").inner_text() == HOSTILE_SHOWN
    assert page.locator(".finding dd").first.inner_text() == HOSTILE_SHOWN
    assert page.locator("pre[aria-label=Output]").inner_text().endswith(HOSTILE_SHOWN)
    assert page.locator("img, main script").count() == 0


def test_a_command_can_be_copied(show: Show) -> None:
    page = show(report(result(Verdict.FAIL)), at="#FAIL-00")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Copy").click()
    page.wait_for_selector("button:text('Copied')")

    assert page.evaluate("navigator.clipboard.readText()") == "curl at least 3 s"


def test_copying_works_without_clipboard_api(show: Show) -> None:
    page = show(report(result(Verdict.FAIL)), at="#FAIL-00")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")

    page.get_by_role("button", name="Copy").click()

    page.wait_for_selector("button:text('Copied')")


def test_printing_opens_cases_on_white(show: Show) -> None:
    page = show(report(*RESULTS), scheme="dark")
    page.evaluate("""addEventListener("beforeprint", () => {
      const shut = [...document.querySelectorAll(".case:not([open]), .cause:not([open])")];
      shutInSight = shut.filter((details) => !details.closest(".fold:not([open])")).length;
    })""")

    printed = page.pdf()

    assert printed.startswith(b"%PDF")
    assert page.evaluate("shutInSight") == 0
    assert page.locator("details.case[open]").count() == 0
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 35, 48)"
    assert page.locator("main button:visible").count() == 0


def test_a_thousand_results_open_at_once(show: Show) -> None:
    page = show(report(*(result(Verdict.PASS, number) for number in range(1000))))

    height = page.evaluate("document.documentElement.scrollHeight")
    page.get_by_label("Text").fill("requirement 777")

    assert visible_cases(page) == ["PASS-777"]
    assert height < 2000
    assert page.locator("figure").count() == 0


def test_ids_are_not_broken_mid_word(show: Show) -> None:
    name = "requests.execution_expires_after.range"
    page = show(report(result(Verdict.FAIL, id=name, level=Level.MUST)), width=400)

    lines = page.locator("details.case .id").evaluate(
        """element => {
          const range = document.createRange();
          const tops = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => {
            range.selectNodeContents(node);
            return range.getClientRects().length;
          });
          return Math.max(...tops);
        }"""
    )

    assert lines == 1


def test_the_matrix_shows_where_subjects_differ(show: Show) -> None:
    first = report(result(Verdict.PASS, id="X-01"), result(Verdict.PASS, id="X-02"), subject="one")
    second = report(result(Verdict.PASS, id="X-01"), result(Verdict.FAIL, id="X-02"), subject="two")
    page = show(first, second)

    rows = page.locator("#matrix tbody th[scope=row]")
    different = rows.all_inner_texts()
    page.get_by_role("button", name="Show 1 case that every subject passes").click()

    assert different == ["X-02"]
    assert rows.all_inner_texts() == ["X-01", "X-02"]
    assert page.locator("#matrix button:visible").count() == 0


def test_the_counts_of_a_group_are_links(show: Show) -> None:
    results = [result(Verdict.FAIL, group="a"), result(Verdict.PASS, group="a")]
    page = show(report(*results, result(Verdict.PASS, 2, group="b")))

    page.locator(".group h3 a", has_text="PASS").click()
    expect(page.locator("#filters output")).to_have_text("1 of 3 cases")

    assert hash_of(page) == "#?verdict=PASS&group=a"
    assert visible_cases(page) == ["PASS-00"]


def test_an_exploration_lists_its_situations(show: Show) -> None:
    situations = [
        {"words": "", "key": "sk-mock-ok--a", "seconds": 1.5, "failed": []},
        {
            "words": "poll-503",
            "poll_interval": 5.0,
            "key": "sk-mock-poll-503--a",
            "seconds": 2.0,
            "failed": ["waits-for-task"],
        },
    ]
    invariants = [{"id": "waits-for-task", "exercised": 2}, {"id": "cancels-once", "exercised": 0}]
    explore = {"seed": 7, "situations": situations, "states": ["x"], "invariants": invariants}
    page = show(report(result(Verdict.FAIL), details={"explore": explore}))
    page.get_by_text("Each of 2 situations").click()

    card = page.locator(".card").inner_text()
    assert "Situations\n2 with seed 7" in card
    assert "Invariants exercised\n1 of 2" in card
    assert [row.split("\t") for row in page.locator(".card tbody tr").all_inner_texts()] == [
        ["none", "", "1.50 s", ""],
        ["poll-503", "poll interval: 5", "2.00 s", "waits-for-task"],
    ]


def test_many_failures_of_a_group_are_folded(show: Show) -> None:
    page = show(report(*(result(Verdict.FAIL, number, group="g") for number in range(18))))

    fold = page.locator(".fold")
    folded = words(fold.inner_text())
    shown = visible_cases(page)
    page.evaluate("location.hash = 'FAIL-17'")
    page.wait_for_selector("#FAIL-17[open]")

    assert folded == "3 ✕ FAIL 3 more cases"
    assert len(shown) == 15
    assert len(visible_cases(page)) == 18
