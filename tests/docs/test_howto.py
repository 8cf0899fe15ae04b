"""The documentation quotes examples that run: those in `tests/howto`, and the recipes for CI."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from .markdown import DOCS, ROOT, Block, all_blocks

PAGE = (DOCS / "how-to/test-in-python.md").read_text()
EXAMPLES = sorted((ROOT / "tests/howto").glob("test_*.py"))
QUOTES = [
    block for block in all_blocks("js", "python", "yaml") if block.comment.startswith("from: ")
]


def row(example: Path) -> str:
    """Return the row of an example: its docstring, and a link to the file."""
    docstring = ast.get_docstring(ast.parse(example.read_text()))
    assert docstring is not None, "the docstring of an example is its title"
    title = docstring.partition("\n")[0].removesuffix(".")
    return f"| {title} | [`{example.name}`](../../tests/howto/{example.name}) |\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_every_example_is_listed(example: Path) -> None:
    assert row(example) in PAGE


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_no_example_needs_httpx2(example: Path) -> None:
    assert not re.search(r"^(import|from) httpx2", example.read_text(), re.MULTILINE)


def test_only_examples_are_listed() -> None:
    listed = re.findall(r"\(\.\./\.\./tests/howto/(\w+\.py)\)", PAGE)

    assert listed == [example.name for example in EXAMPLES]


@pytest.mark.parametrize("quote", QUOTES, ids=str)
def test_quoted_example_is_the_one_that_runs(quote: Block) -> None:
    file = ROOT / quote.comment.removeprefix("from: ")

    assert quote.text in file.read_text()


def test_readme_quotes_examples_that_run_as_they_are() -> None:
    quotes = [quote for quote in QUOTES if quote.page.name == "README.md"]

    # With its imports, a reader can paste one into a file and run it.
    assert [quote.text.split()[0] for quote in quotes] == ["import", "import"]
