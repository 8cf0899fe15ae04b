"""The Markdown files of the project: their code blocks, headings and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"

PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]

_BLOCK = re.compile(
    r"^(?:<!-- (?P<comment>[^\n]*) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A code block.

    Args:
        page: the file.
        line: the number of its first line of code.
        language: what stands behind the opening fence.
        text: the code.
        comment: the text of an HTML comment in the line above; empty if there is none.
    """

    page: Path
    line: int
    language: str
    text: str
    comment: str

    def __str__(self) -> str:
        return f"{name(self.page)}:{self.line}"

    @property
    def is_run(self) -> bool:
        """Whether the block runs as it stands on the page."""
        return not self.comment.startswith(("not run", "from: "))


def name(page: Path) -> str:
    """Return the path of a page below the root of the project."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """Yield the code blocks of a page."""
    source = page.read_text()
    for match in _BLOCK.finditer(source):
        yield Block(
            page=page,
            line=source.count("\n", 0, match.start("text")) + 1,
            language=match["language"],
            text=match["text"],
            comment=match["comment"] or "",
        )


def all_blocks(*languages: str) -> list[Block]:
    """Return the code blocks of all pages in these languages."""
    return [block for page in PAGES for block in blocks(page) if block.language in languages]


def prose(page: Path) -> str:
    """Return the text of a page without its code blocks."""
    return _BLOCK.sub("", page.read_text())


def links(page: Path) -> list[str]:
    """Return the targets of the links on a page."""
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub derives them."""
    headings = (
        re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page))
    )
    return {heading.replace(" ", "-") for heading in headings}
