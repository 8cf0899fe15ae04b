"""Reports as one HTML file that asks nothing of any network. Its parts lie in `html/`.

The subject of a run controls much of what a report says, so the file trusts nothing in it: the
data are JSON in an element that no browser runs, the page shows them as text only, and its
content security policy allows its own style and its own script, by their digests, and no more.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from seedance_contract.case import VERDICT_MEANINGS

SCRIPTS = ("dom", "texts", "findings", "diagram", "wire", "runs", "overview", "filters", "main")
"""The parts of the script, in their order."""

MAX_DEPTH = 100
"""How deep data are shown. An outcome line of a thousand brackets must not cost the report."""


def html_report(reports: Sequence[Mapping[str, object]]) -> str:
    """Return one or several reports, each as `report.as_json` gives it, as an HTML document.

    Several are compared: a matrix of subjects and cases comes first. Raises ValueError for none.
    """
    if not reports:
        raise ValueError("there is no report to show")
    style, script = _part("report.css"), _script()
    return Template(_part("report.html")).substitute(
        policy=_policy(style, script),
        title=escape(_title(reports)),
        style=style,
        script=script,
        data=embedded_json({"reports": list(reports), "meanings": _meanings()}),
    )


def _title(reports: Sequence[Mapping[str, object]]) -> str:
    title = "Conformance: " + ", ".join(str(report["subject"]) for report in reports)
    return title.encode("utf-8", "replace").decode()  # no file can hold a lone surrogate


def _meanings() -> dict[str, str]:
    return {verdict.value: meaning for verdict, meaning in VERDICT_MEANINGS.items()}


def embedded_json(value: object) -> str:
    """Return JSON that nothing can end or break out of: plain ASCII without `<`, `>` and `&`."""
    text = json.dumps(_finite(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _finite(value: object, depth: int = 0) -> object:
    """Return the value with texts for what JSON does not have, as NaN, or not so deep."""
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _finite(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each, depth + 1) for each in value]
    return value


def _script() -> str:
    parts = "\n".join(_part(f"{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();'


def _part(name: str) -> str:
    return files("seedance_contract.reports").joinpath("html", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(style)}",
            f"script-src {_digest(script)}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
