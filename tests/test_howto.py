"""The README's examples of tests are those that run in `tests/howto`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = sorted((ROOT / "tests/howto").glob("test_*.py"))
QUOTED = re.findall(r"<!-- from: (\S+) -->\n```python\n(.*?)```", README, re.DOTALL)


def row(page: Path) -> str:
    """Return the page's row in the README's table: its docstring and its place."""
    title = ast.get_docstring(ast.parse(page.read_text()))
    assert title is not None, "a page begins with what it shows"
    place = page.relative_to(ROOT).as_posix()
    line = title.partition("\n")[0].removesuffix(".")
    return f"| {line} | [`{place}`]({place}) |\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_is_listed(page: Path) -> None:
    assert row(page) in README


def test_only_pages_are_listed() -> None:
    listed = re.findall(r"\(tests/howto/(\w+\.py)\)", README)

    assert listed == [page.name for page in PAGES]


@pytest.mark.parametrize(("place", "text"), QUOTED, ids=[place for place, _ in QUOTED])
def test_a_quoted_example_is_the_one_that_runs(place: str, text: str) -> None:
    assert text in (ROOT / place).read_text()


def test_examples_are_quoted() -> None:
    assert len(QUOTED) == README.count("<!-- from: ") == 2


def test_every_fixture_is_listed() -> None:
    plugin = (ROOT / "mock_server/seedance_mock/testing/pytest_plugin.py").read_text()
    fixtures = re.findall(r"^def (seedance_\w+)", plugin, re.MULTILINE)
    section = README.partition("## Testing in Python")[2]

    assert fixtures
    assert [name for name in fixtures if f"`{name}`" not in section] == []
