"""A pytest plugin: headless Chromium, and axe-core for pages in it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

AXE = Path(sys.prefix, "npm/node_modules/axe-core/axe.min.js")

needs_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core: make test-slow needs npm")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium. Skips the test if there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    # Nearly no test needs it, and the import takes as long as a hundred tests.
    from playwright.sync_api import expect, sync_playwright

    # As long as actions wait. The default of 5 s is too short on a busy machine.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


def axe_violations(page: Page) -> list[str]:
    """Return what axe-core finds on a page, one line for each violation."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations, pass_count = page.evaluate(
        "axe.run().then((outcome) => [outcome.violations, outcome.passes.length])"
    )
    assert pass_count > 10, "axe-core has looked at the page"
    return [_line(violation) for violation in violations]


def _line(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:150] for node in violation["nodes"][:3]]
    return f"{violation['impact']}: {violation['id']}: {violation['help']}: {nodes}"


WIDE_ELEMENTS = """() => [...document.querySelectorAll("body *")].filter((element) =>
  element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 0.5 &&
  !element.closest("pre, .scroll")).map((element) => element.outerHTML.slice(0, 120))"""
"""JavaScript that returns the visible elements that are cut at the right edge of the window."""
