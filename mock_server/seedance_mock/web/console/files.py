"""The files of the console, read once from the packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from typing import NamedTuple

SHARED_PARTS = (
    "code_block.js",
    "dom.js",
    "evidence.css",
    "json_text.js",
    "json_view.js",
    "text.js",
    "theme.css",
    "verdicts.js",
)
"""Parts of the HTML report that the console uses too, and what those import."""

MEDIA_TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class ConsoleFile(NamedTuple):
    """A file: its bytes, its media type, and an entity tag that names its content."""

    content: bytes
    media_type: str
    etag: str


@cache
def console_files() -> Mapping[str, ConsoleFile]:
    """Return every file by its path below the page, such as `main.js` and `shared/dom.js`.

    They are read when the page is opened for the first time, and stay as they were then.
    """
    return {name: _file(name, content) for name, content in _contents()}


def _contents() -> Iterator[tuple[str, bytes]]:
    # Only here: most servers have no visitor, and should not wait at their start for this import.
    from importlib.resources import files

    for file in files("seedance_mock.web.console").joinpath("static").iterdir():
        yield file.name, file.read_bytes()
    shared = files("seedance_contract.reports").joinpath("html")
    for name in SHARED_PARTS:
        yield f"shared/{name}", shared.joinpath(name).read_bytes()


def _file(name: str, content: bytes) -> ConsoleFile:
    media_type = MEDIA_TYPES[name.rpartition(".")[2]]
    return ConsoleFile(content, media_type, f'"{sha256(content).hexdigest()[:32]}"')
