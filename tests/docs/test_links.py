"""Links between the pages lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from .markdown import DOCS, PAGES, README, anchors, links, name

EXTERNAL = ("https://", "http://", "mailto:")


def problem(page: Path, target: str) -> str | None:
    """Return what is wrong with a relative link, or None."""
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return f"{target}: no such file"
    if anchor and anchor not in anchors(file):
        return f"{target}: no such heading"
    return None


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path) -> None:
    targets = [target for target in links(page) if not target.startswith(EXTERNAL)]

    assert [message for target in targets if (message := problem(page, target))] == []


def test_missing_file_is_found() -> None:
    assert problem(README, "docs/missing.md") == "docs/missing.md: no such file"


def test_missing_heading_is_found() -> None:
    assert problem(README, "#missing") == "#missing: no such heading"


def test_index_lists_every_page() -> None:
    index = DOCS / "README.md"
    listed = {(DOCS / target.partition("#")[0]).resolve() for target in links(index)}

    assert [name(page) for page in PAGES if page != index and page not in listed] == []
