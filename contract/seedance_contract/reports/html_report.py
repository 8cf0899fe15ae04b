"""Reports as one HTML file that uses no network. Its parts are in `html/`.

The subject of a run controls much of what a report contains, so the file trusts none of it: the
data are JSON in an element that no browser executes, the page shows them as text only, and the
content security policy allows only the file's own style and script, by their digests.
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

from seedance_contract.case import VERDICT_MEANINGS, Verdict
from seedance_contract.reports.overview import REMEDIES
from seedance_contract.reports.script_bundle import bundle

ENTRY_SCRIPT = "main"
"""The module that builds the page. It imports the others."""

STYLES = ("theme", "evidence", "report")
"""The style sheets, in their order."""

# A client chooses the outcome line in its evidence. A thousand nested brackets there must not make
# the encoder fail, and the report with it.
MAX_DEPTH = 100
"""How deeply nested the data may be. Anything deeper is replaced by an ellipsis."""


def html_report(reports: Sequence[Mapping[str, object]]) -> str:
    """Return one or several reports as an HTML document. Raises ValueError for no report.

    Several reports are compared in a matrix of subjects and cases.

    Args:
        reports: reports as `report_json` returns them.
    """
    if not reports:
        raise ValueError("there is no report to show")
    style, script = _style(), _script()
    return Template(_read_part("report.html")).substitute(
        policy=_security_policy(style, script),
        title=escape(_title(reports)),
        style=style,
        script=script,
        data=embedded_json(
            {
                "reports": list(reports),
                "meanings": _by_name(VERDICT_MEANINGS),
                "remedies": _by_name(REMEDIES),
            }
        ),
    )


def _title(reports: Sequence[Mapping[str, object]]) -> str:
    names = (
        str(report["subject"]) + (" (interrupted)" if report.get("interrupted") else "")
        for report in reports
    )
    title = "Conformance: " + ", ".join(names)
    # A lone surrogate cannot be encoded, so the file could not be written.
    return title.encode("utf-8", "replace").decode()


def _by_name(texts: Mapping[Verdict, str]) -> dict[str, str]:
    return {verdict.value: text for verdict, text in texts.items()}


def embedded_json(value: object) -> str:
    """Return JSON that is safe inside a script element: ASCII without `<`, `>` and `&`."""
    text = json.dumps(_encodable(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    # `</script>` in a string would end the element, and `<!--` would change how it is parsed. All
    # three characters occur in JSON only inside strings, where an escape means the same.
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _encodable(value: object, depth: int = 0) -> object:
    """Return the value with text in place of what JSON lacks, such as NaN, or what is too deep."""
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _encodable(member, depth + 1) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item, depth + 1) for item in value]
    return value


def _style() -> str:
    return "\n".join(_read_part(f"{name}.css") for name in STYLES)


def _script() -> str:
    return bundle(ENTRY_SCRIPT, lambda name: _read_part(f"{name}.js"))


def _read_part(name: str) -> str:
    return files("seedance_contract.reports").joinpath("html", name).read_text(encoding="utf-8")


def _security_policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(style)}",
            f"script-src {_digest(script)}",
            "base-uri 'none'",
            "form-action 'none'",
            # No code of the page can turn text into markup, not even by mistake.
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
