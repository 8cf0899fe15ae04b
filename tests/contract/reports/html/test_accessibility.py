"""The page of a report for everybody: axe-core, contrast, and narrow screens, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from chromium import WIDE_ELEMENTS, axe_violations, needs_axe
from html_pages import FULL_REPORT, open_everything, poll, record, report, result
from seedance_contract.case import Verdict
from seedance_contract.reports.html_report import html_report

pytestmark = pytest.mark.slow("browser")

Show = Callable[..., Page]


def results_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the results of a report, without traffic but in one."""
    return [
        {**entry, "evidence": entry["evidence"] if entry["id"] == "FAIL-01" else {}}
        for entry in report["results"]
    ]


# axe-core needs seconds for a page with everything open, so the page has one of each part.
SMALL_REPORT = {
    **FULL_REPORT,
    "details": {
        "explore": {
            "seed": 1,
            "situations": [
                {"words": "poll-503", "key": "sk-mock-a", "seconds": 1, "failed": ["waits"]}
            ],
        }
    },
    "results": [
        entry
        for entry in results_of(FULL_REPORT)
        if entry["id"] in ("DUP-01", "FAIL-01", "NON-STRICT-03", "UNEXERCISED-04", "PASS-08")
    ],
}
OTHER_REPORT = report(
    result(Verdict.FAIL, 10, id="DUP-01", evidence=record(poll(0), poll(1), poll(2), killed=True)),
    subject="another client",
)
PAGES = {"one report": [SMALL_REPORT], "several reports": [SMALL_REPORT, OTHER_REPORT]}


@needs_axe
@pytest.mark.parametrize(
    ("content", "scheme", "width"),
    [
        ("one report", "light", 400),
        ("one report", "dark", 1400),
        ("several reports", "dark", 400),
        ("several reports", "light", 1400),
    ],
)
def test_axe_finds_nothing(content: str, scheme: str, width: int, show: Show) -> None:
    page = show(*PAGES[content], scheme=scheme, width=width)
    open_everything(page)

    assert axe_violations(page) == []


@pytest.mark.parametrize("reports", PAGES.values(), ids=PAGES)
def test_nothing_scrolls_sideways_at_400_px(reports: list[dict[str, object]], show: Show) -> None:
    page = show(*reports, width=400)
    open_everything(page)

    wide = page.evaluate(WIDE_ELEMENTS)

    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") == 400


# axe-core does not look at drawings, and not at text above other elements.
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
    for (let ancestor = element; ancestor; ancestor = ancestor.parentElement) {
      const { backgroundColor } = getComputedStyle(ancestor);
      if (backgroundColor !== "rgba(0, 0, 0, 0)") return backgroundColor;
    }
  };
  const texts = [...document.body.querySelectorAll("*")].filter((element) =>
    element.checkVisibility() && !["SCRIPT", "OPTION"].includes(element.tagName) &&
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  return texts.map((element) => {
    const ink = luminance(getComputedStyle(element).color);
    const paper = luminance(ground(element));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    return [ratio, element.textContent.slice(0, 40), paper];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(scheme: str, show: Show) -> None:
    page = show(*PAGES["several reports"], scheme=scheme)
    open_everything(page)

    texts = page.evaluate(CONTRASTS)
    badges = page.locator(".legend .badge").evaluate_all(
        """badges => badges.map((badge) =>
          [badge.firstChild.textContent, getComputedStyle(badge).color])"""
    )

    assert len(texts) > 500
    assert [text for text in texts if text[0] < 4.5] == []
    assert all((paper > 0.5) == (scheme == "light") for _, _, paper in texts)
    assert len({mark for mark, _ in badges}) == len(Verdict)
    colours = {verdict: colour for verdict, (_, colour) in zip(Verdict, badges, strict=True)}
    assert colours[Verdict.NON_STRICT] != colours[Verdict.UNEXERCISED]


def test_the_page_says_what_it_needs_without_script() -> None:
    assert "<noscript><p>This report is shown by a script" in html_report([FULL_REPORT])
