"""The contract as Markdown tables, and functions that update the tables in a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.errors import ERRORS
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.model import all_resolutions
from seedance_contract.declared.operations import OPERATIONS, Operation
from seedance_contract.declared.pixels import PIXELS, RATIOS
from seedance_contract.declared.routes import ENDPOINTS
from seedance_contract.declared.v3.rules.v3_rules import V3_RULES
from seedance_contract.derived.cost import usd_per_million

Row = Sequence[object]


def markdown_table(head: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _code(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def endpoints_table() -> str:
    """Return the endpoints, with the statuses of their responses."""
    rows = (
        (
            f"`{endpoint.method} {endpoint.path}`",
            endpoint.summary,
            endpoint.auth,
            " ".join(map(str, endpoint.statuses)),
        )
        for endpoint in (*ENDPOINTS, *MATERIAL_ENDPOINTS)
    )
    return markdown_table(("endpoint", "purpose", "key", "statuses"), rows)


def models_table(contract: Contract = CONTRACT) -> str:
    """Return the models, with what distinguishes them."""
    rows = (
        (
            f"`{model.id}`",
            _code(model.resolutions),
            ", ".join(f"{count} `{name}`" for name, count in model.references.items()),
            "yes" if model.cancellable else "no",
        )
        for model in contract.models.values()
    )
    return markdown_table(("model", "resolutions", "references, maximum", "cancellable"), rows)


def operations_table() -> str:
    """Return the operations, with their inputs."""
    rows = (
        (
            f"`{operation.name}`",
            _required_inputs(operation),
            _code(operation.optional_inputs) or "–",
            operation.source,
        )
        for operation in OPERATIONS.values()
    )
    return markdown_table(("operation", "required", "optional", "source"), rows)


def _required_inputs(operation: Operation) -> str:
    prompt = ["`prompt`"] if operation.requires_prompt else []
    media = [
        " or ".join(f"`{field}`" for field in required.fields)
        for required in operation.required_inputs
    ]
    return ", ".join(prompt + media)


def rules_table(contract: Contract = CONTRACT) -> str:
    """Return the rules of the create request, in the order in which violations are reported."""
    rows = (
        (f"`{rule.id}`", rule.requirement(), f"`{rule.code}`", rule.source)
        for rule in contract.rules.values()
    )
    return markdown_table(("rule", "requirement", "code", "source"), rows)


def v3_rules_table() -> str:
    """Return the rules of the create request of v3, in the order of their violations."""
    rows = (
        (f"`{rule.id}`", rule.requirement(), f"`{rule.code}`", rule.source) for rule in V3_RULES
    )
    return markdown_table(("rule", "requirement", "code", "source"), rows)


def errors_table() -> str:
    """Return the error catalogue."""
    rows = (
        (
            error.status,
            f"`{error.code}`",
            f"`{error.type}`",
            "yes" if error.retryable else "no",
            error.source,
        )
        for error in ERRORS
    )
    return markdown_table(("status", "code", "type", "retryable", "source"), rows)


def prices_table(contract: Contract = CONTRACT) -> str:
    """Return the prices in USD per million tokens."""
    rows = (
        (
            f"`{model.id}`",
            _code(price.resolutions),
            usd_per_million(price.without_video),
            usd_per_million(price.with_video),
            str(price.source.weight),
        )
        for model in contract.models.values()
        for price in model.prices
    )
    return markdown_table(
        ("model", "resolution", "USD per 1M tokens", "with video input", "weight"), rows
    )


def pixels_table(contract: Contract = CONTRACT) -> str:
    """Return the width and height of a video by resolution and ratio.

    A model whose sizes differ from the common ones has rows of its own.
    """
    rows = [(f"`{name}`", *_sizes(PIXELS, name)) for name in _common_resolutions(contract)]
    rows += [
        (f"`{name}` on `{model.id}`", *_sizes(model.pixels, name))
        for model in contract.models.values()
        for name in model.resolutions
        if _sizes(model.pixels, name) != _sizes(PIXELS, name)
    ]
    return markdown_table(("", *RATIOS), rows)


def _common_resolutions(contract: Contract) -> list[str]:
    sized = {resolution for resolution, _ in PIXELS}
    return [name for name in all_resolutions(contract.models) if name in sized]


def _sizes(pixels: Mapping[tuple[str, str], tuple[int, int]], resolution: str) -> list[str]:
    sizes = (pixels.get((resolution, ratio), ("–",)) for ratio in RATIOS)
    return ["×".join(map(str, size)) for size in sizes]


TABLES: Mapping[str, Callable[[], str]] = {
    "endpoints": endpoints_table,
    "models": models_table,
    "operations": operations_table,
    "rules": rules_table,
    "v3_rules": v3_rules_table,
    "errors": errors_table,
    "prices": prices_table,
    "pixels": pixels_table,
}
"""The tables by the name in a document's marker: `<!-- table: models -->`."""

# The markers are comments, which Markdown renderers hide. Everything between them is replaced.
_MARKED_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def update_tables(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """Return `text` with the current content in each marked table. Unknown tables stay."""

    def replacement(match: re.Match[str]) -> str:
        start, name, end = match.groups()
        return f"{start}{tables[name]()}\n{end}" if name in tables else match[0]

    return _MARKED_TABLE.sub(replacement, text)


def write_tables(names: Sequence[str], tables: Mapping[str, Callable[[], str]]) -> None:
    """Update the tables in the files with these names."""
    for name in names:
        path = Path(name)
        path.write_text(update_tables(path.read_text(), tables))
