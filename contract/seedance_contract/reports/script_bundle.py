"""Joins ECMAScript modules into one classic script, for pages that consist of a single file.

A page that is opened from a file cannot load modules, and an inline module cannot import another
one. The modules stay ordinary ones that a server can deliver as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)


def bundle(entry: str, read: Callable[[str], str]) -> str:
    """Return a script that runs a module and everything that it imports.

    Modules use only these forms: `import { names } from "./module.js";`, `export function` and
    `export const`. Raises ValueError for modules that import each other.

    Args:
        entry: the name of the module to run, without its suffix.
        read: returns the text of a module by its name.
    """
    sources: dict[str, str] = {}
    _collect(entry, read, sources, ())
    modules = "".join(_module(name, text) for name, text in sources.items())
    return f'(() => {{\n"use strict";\nconst modules = {{}};\n{modules}}})();'


def _collect(
    name: str, read: Callable[[str], str], sources: dict[str, str], importers: tuple[str, ...]
) -> None:
    """Add a module to `sources`, after the modules that it imports."""
    if name in importers:
        raise ValueError(f"modules import each other: {' -> '.join((*importers, name))}")
    if name in sources:
        return
    text = read(name)
    for imported in _IMPORT.finditer(text):
        _collect(imported[2], read, sources, (*importers, name))
    sources[name] = text


def _module(name: str, text: str) -> str:
    # A function around each module keeps its private names apart from those of other modules.
    exports = ", ".join(exported[2] for exported in _EXPORT.finditer(text))
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(r"const \1 = modules.\2;\n", text))
    return f"modules.{name} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"
