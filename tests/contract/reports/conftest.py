"""Reports for the tests of their forms, and pages in headless Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from seedance_contract.case import Case, Level, Result, Verdict, failed_finding
from seedance_contract.cause import Cause
from seedance_contract.declared.sources import page as vendor_page
from seedance_contract.reports.html_report import html_report
from seedance_contract.reports.report import Report

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

Show = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium. Skips the test if there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Give a function that opens reports. Fails if the page logs anything or uses a network."""
    console_messages: list[str] = []
    requests: list[str] = []
    context = browser.new_context()

    def open_page(
        *reports: dict[str, object], at: str = "", scheme: str = "light", width: int = 1400
    ) -> Page:
        file = tmp_path / "report.html"
        file.write_text(html_report(reports), encoding="utf-8")
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
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


RETRY = Cause(
    id="retry",
    title="A create is repeated",
    happened="The client sent a create again.",
    consequence="Each create is paid.",
    fix="Repeat a create only if `retryable` is true.",
    source=vendor_page("error-handling"),
    hints={"python": "if retryable:\n    create()", "javascript": "if (retryable) create();"},
)
HURRY = Cause(
    id="hurry",
    title="The client polls too fast",
    happened="The pauses were short.",
    consequence="The rate limit is used up.",
    fix="Wait 5 s.",
    source=vendor_page("polling"),
)
MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]


@pytest.fixture
def make_result() -> MakeResult:
    """Give a function that returns a result with one finding."""

    def make(
        case_id: str,
        verdict: Verdict = Verdict.FAIL,
        cause: str = "",
        *,
        expected: str = "1 create",
        actual: str = "2",
        group: str = "duplicates",
        reproduce: str = "",
        check: str = "once",
    ) -> Result:
        case = Case(
            id=case_id,
            group=group,
            level=Level.MUST,
            requirement=f"{case_id} holds.",
            source=vendor_page("p"),
        )
        finding = replace(
            failed_finding(check, Level.MUST, expected, actual, cause), verdict=verdict
        )
        return Result(case=case, findings=(finding,), seconds=0.5, reproduce=reproduce)

    return make


@pytest.fixture
def make_report() -> MakeReport:
    """Give a function that returns a report with results."""

    def make(*results: Result, subject: str = "my client", **changes: Any) -> Report:
        report = Report(
            suite="client",
            subject=subject,
            version="0.1.0",
            started="2026-11-28T12:00:00+00:00",
            seconds=1.25,
            results=results,
            causes=(RETRY, HURRY),
        )
        return replace(report, **changes)

    return make
