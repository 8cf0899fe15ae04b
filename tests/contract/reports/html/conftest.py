"""Pages in headless Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from seedance_contract.reports.html_report import html_report

Show = Callable[..., Page]


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
