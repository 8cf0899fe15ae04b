"""The console for everybody: axe-core, and narrow screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chromium import WIDE_ELEMENTS, axe_violations, needs_axe

pytestmark = pytest.mark.slow("browser")

Open = Callable[..., Page]
Send = Any

# What a screen shows when it is complete.
SCREENS = {
    "#traffic": ".entry",
    "#tasks": "#task-lanes .lane-row",
    "#accounts": ".card .clock-time",
    "#situations?words=create-503x2 queue-9s": ".cells .hit",
    "#checks?account=key-1": ".conclusion:not(:empty), .failure",
    "#try": ".verdict .badge",
}


@pytest.fixture
def traffic(send: Send) -> None:
    """Send some traffic of every kind."""
    send("POST", "/v1/videos/generations", {"model": "seedance-2.0", "prompt": "", "fps": 1})
    send("GET", "/v1/models", **{"X-Unknown": "1"})
    task = send.create("poll-503 queue-0s run-0s", return_last_frame=True)
    for _ in range(2):
        send("GET", f"/v1/tasks/{task}")
    send("POST", "/_mock/accounts", {"key": "sk-test", "balance_usd": "5"})


@needs_axe
@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 400)])
def test_axe_finds_nothing(scheme: str, width: int, open_console: Open) -> None:
    page = open_console(scheme=scheme, width=width)
    found = {}
    for address, complete in SCREENS.items():
        page.evaluate("(address) => (location.hash = address)", address)
        expect(page.locator(complete).first).to_be_visible()
        if width == 1400 and page.locator("virtual-list [role=option]").count():
            page.locator("virtual-list [role=option]").first.click()
            expect(page.locator(".detail .facts")).to_be_visible()
        found[address] = axe_violations(page)

    assert {address: violations for address, violations in found.items() if violations} == {}


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize("width", [400, 700])
def test_nothing_is_cut_on_narrow_screens(width: int, open_console: Open) -> None:
    page = open_console(width=width)
    wide = {}
    for address, complete in SCREENS.items():
        page.evaluate("(address) => (location.hash = address)", address)
        expect(page.locator(complete).first).to_be_visible()
        if page.locator("virtual-list [role=option]").count():
            page.locator("virtual-list [role=option]").first.click()
        wide[address] = page.evaluate(WIDE_ELEMENTS)

    assert {address: elements for address, elements in wide.items() if elements} == {}


# The text of a select box beside its arrow, as the browser would draw it without a limit.
CUT_CHOICES = """() => [...document.querySelectorAll(".bar select")].filter((select) => {
  const copy = select.cloneNode(true);
  copy.style.cssText = "width: max-content; max-width: none; position: absolute";
  document.body.append(copy);
  const isCut = select.offsetWidth < copy.offsetWidth;
  copy.remove();
  return isCut;
}).map((select) => select.selectedOptions[0].text)"""


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize("screen", ["#traffic", "#tasks"])
def test_filters_of_a_phone_show_their_choice(screen: str, open_console: Open) -> None:
    page = open_console(screen, width=390)

    expect(page.locator(SCREENS[screen]).first).to_be_visible()

    assert page.evaluate(CUT_CHOICES) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_copy_button_covers_no_code(width: int, open_console: Open) -> None:
    page = open_console(width=width)

    tabs = page.locator(".code-tabs").first
    expect(tabs).to_be_visible()
    button = tabs.locator(".copy").bounding_box()
    code = tabs.locator("pre").bounding_box()

    assert button is not None
    assert code is not None
    assert button["y"] + button["height"] <= code["y"]
