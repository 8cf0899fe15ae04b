"""The HTML report in headless Chromium: from a file, in light and dark mode, and printed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.record import record_to_json as recorded
from seedance_contract.declared.sources import page as vendor_page
from seedance_contract.reports.html_report import html_report
from seedance_contract.reports.report import Report
from seedance_contract.reports.report_json import report_json

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
    pytest.mark.slow("browser"),
]

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")
HOSTILE = "<script>hacked=1</script><img src=x onerror=hacked=1></script>{{7*7}}🎬"
INVISIBLE = "a\u2028b\u202ec\ud800"
PROFILES = {
    "SAFE": {"reached": True, "cases": 9, "spoilt": [], "unseen": ["X-01"]},
    "CORRECT": {"reached": False, "cases": 9, "spoilt": ["X-01", "X-02"], "unseen": []},
    "POLITE": {"reached": None, "cases": 9, "spoilt": [], "unseen": []},
}
TASK = "/v1/tasks/ldtask_0123456789abcdef"


def exchange(target: str, seen: float, sent: float | None, status: int | None) -> RecordedExchange:
    return RecordedExchange(
        origin="api",
        connection=1,
        turn=1,
        method="GET",
        target=target,
        headers=(("Authorization", "Bearer key#1"),),
        body="",
        seen=seen,
        sent=sent,
        status=status,
        fault=None if status else "reset",
        applied=None if status else True,
        complete=status is not None,
    )


def record(*exchanges: RecordedExchange, output: str = "") -> dict[str, object]:
    return recorded(Record(case="", job={"kit": 1}, exchanges=exchanges, exit=0, output=output))


ORDINARY = record(
    exchange(TASK, 0.01, 0.02, 429), exchange(TASK, 5.03, 5.04, 200), exchange(TASK, 6, None, None)
)


def result(verdict: Verdict, number: int = 0, **changes: object) -> Result:
    case = Case(
        id=str(changes.get("id", f"{verdict}-{number:02}")),
        group=str(changes.get("group", f"group {number % 3}")),
        level=list(Level)[number % 4],
        requirement=str(changes.get("text", f"Requirement {number} holds.")),
        source=vendor_page("polling"),
    )
    text = str(changes.get("text", "at least 3 s"))
    finding = Finding(check="waits", level=Level.MUST, verdict=verdict, expected=text, actual=text)
    evidence = changes.get("evidence", ORDINARY)
    assert isinstance(evidence, dict)
    return Result(case=case, findings=(finding,), reproduce=f"curl {text}", evidence=evidence)


def report(*results: Result, subject: str = "my client") -> dict[str, object]:
    return report_json(
        Report(
            suite="client",
            subject=subject,
            version="1.2.3",
            started="2026-01-01T00:00:00Z",
            seconds=1.25,
            results=results,
            details={"profiles": PROFILES},
        )
    )


RESULTS = [result(verdict, number) for number, verdict in enumerate(Verdict)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Give a function that opens reports. Fails if the page logs anything or uses a network."""
    console_messages: list[str] = []
    requests: list[str] = []
    context = browser.new_context()

    def open_page(*reports: dict[str, object], at: str = "", scheme: str = "light") -> Page:
        file = tmp_path / "report.html"
        file.write_text(html_report(reports), encoding="utf-8")
        page = context.new_page()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.on("console", lambda message: console_messages.append(message.text))
        page.on("pageerror", lambda error: console_messages.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri() + at)
        return page

    yield open_page
    context.close()
    assert console_messages == []
    assert set(requests) == {(tmp_path / "report.html").as_uri()}


def visible_cases(page: Page) -> list[str]:
    """Return the ids of the visible cases."""
    return page.locator("details.case:visible > summary .id").all_inner_texts()


def test_the_head_names_subject_time_and_counts(show: Show) -> None:
    page = show(report(*RESULTS))

    head = page.locator("#head").inner_text()
    assert "my client" in head
    assert "2026-01-01 00:00:00 UTC" in head
    assert "seedance-mock 1.2.3" in head
    assert "SAFE\n✓ reached, 1 not seen" in head
    assert "CORRECT\n✕ not reached, 2 failed" in head
    assert "POLITE\n– not every case was run" in head
    assert len(visible_cases(page)) == 9
    assert page.locator("#matrix").inner_text() == ""


def test_an_interrupted_run_is_marked(show: Show) -> None:
    page = show({**report(*RESULTS), "interrupted": True})

    assert "Interrupted\nnot every selected case was run" in page.locator("#head").inner_text()
    assert page.title() == "Conformance: my client (interrupted)"


def test_a_case_shows_what_happened(show: Show) -> None:
    page = show(report(*RESULTS), at="#FAIL-01")
    case = page.locator("details.case[open]")

    assert case.locator("h3").inner_text() == "✕\nFAIL\nFindings\n0 s"
    assert "Expected\nat least 3 s" in case.locator(".finding").inner_text()
    drawing = case.locator("svg").text_content() or ""
    assert "GET /v1/tasks/ldtask_0123456789abcdef" in drawing
    assert "+5.01 s" in drawing
    assert "fault: reset, applied" in drawing
    assert "no response" in drawing
    assert case.locator("svg .broken").count() == 1


def test_the_wire_log_opens(show: Show) -> None:
    page = show(report(*RESULTS), at="#FAIL-01")

    page.get_by_text("Wire log: 3 exchanges").click()
    page.locator(".wire summary").first.click()

    head = page.locator(".wire pre").first
    assert head.inner_text() == f"GET {TASK}\nAuthorization: Bearer key#1"


def test_filters_select_cases(show: Show) -> None:
    page = show(report(*RESULTS))

    page.get_by_label("Text").fill("requirement 4")
    by_text = visible_cases(page)
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Group").select_option("group 1")
    page.get_by_label("Level").select_option("SHOULD")
    by_group_and_level = visible_cases(page)
    page.get_by_role("button", name="Reset").click()
    for box in page.locator("fieldset input:not([value=FAIL])").all():
        box.uncheck()

    assert by_text == ["UNEXERCISED-04"]
    assert by_group_and_level == ["FAIL-01"]
    assert visible_cases(page) == ["FAIL-01"]
    assert page.locator("#filters output").inner_text() == "1 of 9 cases"


def test_a_link_opens_a_hidden_case(show: Show) -> None:
    page = show(report(*RESULTS))
    page.get_by_label("Text").fill("nothing is like this")

    page.evaluate("location.hash = 'XFAIL-06'")
    page.wait_for_selector("details.case[open]")

    assert page.locator("details.case[open] > summary .id").inner_text() == "XFAIL-06"
    assert page.evaluate("document.activeElement.textContent").startswith("↓XFAIL")
    assert len(visible_cases(page)) == 9


@pytest.mark.parametrize("hash", ["", "#nothing", "#%"])
def test_an_unknown_link_opens_nothing(hash: str, show: Show) -> None:
    assert show(report(*RESULTS), at=hash).locator("details[open]").count() == 0


def test_the_keyboard_is_enough(show: Show) -> None:
    page = show(report(result(Verdict.PASS)))

    page.locator("details.case summary").focus()
    page.keyboard.press("Enter")

    assert page.locator("details.case").get_attribute("open") is not None


def test_several_reports_make_a_matrix(show: Show) -> None:
    first = report(result(Verdict.FAIL, id="X-01"), result(Verdict.PASS, id="X-02"), subject="one")
    second = report(result(Verdict.PASS, id="X-01"), subject="two")
    page = show(first, second, second)

    heads = page.locator("#matrix thead th").all_inner_texts()
    rows = [row.split() for row in page.locator("#matrix tbody tr").all_inner_texts()]
    page.locator("#matrix tbody td a").nth(1).click()
    page.wait_for_selector("article.run:focus")

    assert heads == ["Case", "one", "two (2)", "two (3)"]
    assert ["X-01", "✕", "FAIL", "✓", "PASS", "✓", "PASS"] in rows
    assert ["X-02", "✓", "PASS", "not", "run", "not", "run"] in rows
    assert page.locator("article.run:focus h3").inner_text().startswith("✓\nPASS\ntwo (2)")


def test_hostile_text_is_only_text(show: Show) -> None:
    hostile = HOSTILE + INVISIBLE
    evidence = record(exchange(hostile, 0, 0, 200), output=hostile)
    page = show(
        report(
            result(Verdict.FAIL, id=hostile, group=hostile, text=hostile, evidence=evidence),
            subject=hostile,
        )
    )
    page.get_by_role("button", name="Expand all").click()
    for summary in page.locator("details:not(.case) > summary").all():
        summary.click()

    escaped = HOSTILE + "a\\u2028b\\u202ec\\ud800"
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("h1").inner_text() == escaped
    assert page.locator(".finding dd").first.inner_text() == escaped
    assert page.locator("pre[aria-label=Output]").inner_text() == escaped
    assert page.locator("img, main script").count() == 0


def test_a_long_body_is_shown_on_demand(show: Show) -> None:
    long = "<b>" + "x" * 100_000
    page = show(report(result(Verdict.PASS, evidence={"note": long})), at="#PASS-00")

    page.get_by_text("Evidence").click()
    block = page.locator("pre[aria-label=Evidence]")
    short = len(block.inner_text())
    page.get_by_role("button", name="Show all 100,019 characters").click()

    assert (short, len(block.inner_text())) == (4000, 100_019)


def test_long_traffic_is_cut_with_a_note(show: Show) -> None:
    many = record(*(exchange(TASK, at / 10, at / 10, 200) for at in range(250)))
    page = show(report(result(Verdict.FAIL, evidence=many)), at="#FAIL-00")

    page.get_by_text("Wire log").last.click()
    page.get_by_role("button", name="Show more (50 left)").click()

    assert page.locator(".wire > li").count() == 250
    assert "190 more exchanges: see the wire log." in page.locator("figure").inner_text()


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


CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const box = element.parentElement?.querySelector(":scope > rect");
    if (element.tagName === "text" && box) return getComputedStyle(box).fill;
    for (let ancestor = element; ancestor; ancestor = ancestor.parentElement) {
      const { backgroundColor } = getComputedStyle(ancestor);
      if (backgroundColor !== "rgba(0, 0, 0, 0)") return backgroundColor;
    }
  };
  const texts = [...document.body.querySelectorAll("*")].filter((element) =>
    element.checkVisibility() && !["SCRIPT", "title", "OPTION"].includes(element.tagName) &&
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  return texts.map((element) => {
    const style = getComputedStyle(element);
    const ink = luminance(element.tagName === "text" ? style.fill : style.color);
    const paper = luminance(ground(element));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    return [ratio, element.textContent.slice(0, 40), paper];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(scheme: str, show: Show) -> None:
    page = show(report(*RESULTS), report(*RESULTS), scheme=scheme)
    page.get_by_role("button", name="Expand all").click()
    page.locator(".collapsible > summary", has_text="Wire log").first.click()

    texts = page.evaluate(CONTRASTS)

    assert len(texts) > 500
    assert [text for text in texts if text[0] < 4.5] == []
    assert all((paper > 0.5) == (scheme == "light") for _, _, paper in texts)


def test_printing_shows_everything_on_white(show: Show) -> None:
    page = show(report(*RESULTS), scheme="dark")
    page.evaluate("""addEventListener("beforeprint", () => {
      shut = document.querySelectorAll("details:not([open])").length;
      ground = getComputedStyle(document.body).backgroundColor;
      ink = getComputedStyle(document.body).color;
    })""")

    printed = page.pdf()

    assert printed.startswith(b"%PDF")
    assert page.evaluate("shut") == 0
    assert page.locator("details[open]").count() == 0
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 35, 48)"
    assert page.locator("#filters button:visible").count() == 0


def test_a_thousand_results_open_at_once(show: Show) -> None:
    page = show(report(*(result(Verdict.PASS, number) for number in range(1000))))

    page.get_by_label("Text").fill("requirement 777")

    assert visible_cases(page) == ["PASS-777"]
    assert page.locator("figure").count() == 0


def test_a_real_run_is_shown(show: Show, tmp_path: Path) -> None:
    client = [sys.executable, str(Path(__file__).parents[3] / "examples/python/driver.py")]
    options = ["--case", "ERR-01", "--case", "REQ-01", "--json", str(tmp_path / "r.json")]
    command = [str(PROGRAM), "check-client", *options, "--", *client]
    subprocess.run(command, check=True, capture_output=True)

    page = show(json.loads((tmp_path / "r.json").read_text()), at="#ERR-01")

    case = page.locator("details.case[open]")
    drawing = case.locator("svg").text_content() or ""
    assert visible_cases(page) == ["REQ-01", "ERR-01"]
    assert "POST /v1/videos/generations" in drawing
    assert "400" in drawing
    assert "--case ERR-01" in case.inner_text()
    page.get_by_text("Wire log: 1 exchange").click()
    page.locator(".wire summary").first.click()
    assert "Bearer key#1" in page.locator(".wire pre").first.inner_text()
