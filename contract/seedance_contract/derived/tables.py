"""The contract's tables, as Markdown, and the means to keep a document's copies current."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from seedance_contract.declared.errors import ERRORS
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import OPERATIONS, Operation
from seedance_contract.declared.pixels import PIXELS, RATIOS, RESOLUTIONS
from seedance_contract.declared.prices import PRICES
from seedance_contract.declared.routes import ENDPOINTS
from seedance_contract.declared.rules import RULES
from seedance_contract.derived.cost import usd_per_million

Row = Sequence[object]


def markdown_table(head: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _code(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def endpoints_table() -> str:
    """Return the endpoints, with the statuses they answer."""
    rows = (
        (
            f"`{one.method} {one.path}`",
            one.summary,
            one.auth,
            " ".join(map(str, one.statuses)),
        )
        for one in ENDPOINTS
    )
    return markdown_table(("endpoint", "does", "key", "answers"), rows)


def models_table() -> str:
    """Return the models, with what sets them apart."""
    rows = (
        (
            f"`{one.id}`",
            _code(one.resolutions),
            ", ".join(f"{count} `{name}`" for name, count in one.references.items()),
            "yes" if one.cancellable else "no",
        )
        for one in FAMILY
    )
    return markdown_table(("model", "resolutions", "references, at most", "cancellable"), rows)


def operations_table() -> str:
    """Return the operations, with their inputs."""
    rows = (
        (f"`{one.name}`", _needs(one), _code(one.optional_inputs) or "–", one.source)
        for one in OPERATIONS.values()
    )
    return markdown_table(("operation", "needs", "takes", "source"), rows)


def _needs(operation: Operation) -> str:
    prompt = ["`prompt`"] if operation.requires_prompt else []
    media = [
        " or ".join(f"`{field}`" for field in need.fields) for need in operation.required_inputs
    ]
    return ", ".join(prompt + media)


def rules_table() -> str:
    """Return the rules of the create request, in the order in which they are reported."""
    rows = ((f"`{one.id}`", one.requirement(), f"`{one.code}`", one.source) for one in RULES)
    return markdown_table(("rule", "says", "code", "source"), rows)


def errors_table() -> str:
    """Return the error catalogue."""
    rows = (
        (
            one.status,
            f"`{one.code}`",
            f"`{one.type}`",
            "yes" if one.retryable else "no",
            one.source,
        )
        for one in ERRORS
    )
    return markdown_table(("status", "code", "type", "retryable", "source"), rows)


def prices_table() -> str:
    """Return the price book in USD per million tokens."""
    rows = (
        (
            f"`{one.model}`",
            _code(one.resolutions),
            usd_per_million(one.without_video),
            usd_per_million(one.with_video),
        )
        for one in PRICES
    )
    return markdown_table(("model", "resolution", "USD per 1M tokens", "with video input"), rows)


def pixels_table() -> str:
    """Return the width and height of a video by resolution and ratio."""
    rows = (
        (f"`{resolution}`", *("×".join(map(str, PIXELS[resolution, ratio])) for ratio in RATIOS))
        for resolution in RESOLUTIONS
    )
    return markdown_table(("", *RATIOS), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "endpoints": endpoints_table,
    "models": models_table,
    "operations": operations_table,
    "rules": rules_table,
    "errors": errors_table,
    "prices": prices_table,
    "pixels": pixels_table,
}

_PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def update_tables(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """Return `text` with each of its marked tables as it should be; unknown ones stay."""

    def filled(place: re.Match[str]) -> str:
        if place[2] not in tables:
            return place[0]
        return f"{place[1]}{tables[place[2]]()}\n{place[3]}"

    return _PLACE.sub(filled, text)


def write_tables(names: Sequence[str], tables: Mapping[str, Callable[[], str]]) -> None:
    """Write the tables into the named documents."""
    for name in names:
        path = Path(name)
        path.write_text(update_tables(path.read_text(), tables))
