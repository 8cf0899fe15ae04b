"""Everything the product claims about the API, each with its source: the fidelity list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedance_contract.declared.errors import ERRORS
from seedance_contract.declared.models import FAMILY, Model
from seedance_contract.declared.operations import OPERATIONS, Operation
from seedance_contract.declared.pixels import PIXELS_SOURCE as PIXELS_SOURCE
from seedance_contract.declared.prices import PRICES
from seedance_contract.declared.promises import PROMISES
from seedance_contract.declared.routes import ENDPOINTS
from seedance_contract.declared.rules import RULES
from seedance_contract.declared.sources import Source


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence about the API and where it comes from."""

    id: str
    text: str
    source: Source


def claims() -> Iterator[Claim]:
    """Yield every claim: endpoints, models, rules, errors, prices, and the rest."""
    for endpoint in ENDPOINTS:
        text = f"{endpoint.method} {endpoint.path}: {endpoint.summary}"
        yield Claim(f"endpoint.{endpoint.id}", text, endpoint.source)
    for model in FAMILY:
        yield from _of_model(model)
    for operation in OPERATIONS.values():
        yield from _of_operation(operation)
    for rule in RULES:
        yield Claim(rule.id, rule.requirement(), rule.source)
    for kind in ERRORS:
        yield Claim(f"error.{kind.id}", f"{kind.status} {kind.code}", kind.source)
    for price in PRICES:
        text = f"{', '.join(price.resolutions)}: CNY {price.without_video}, with video {price.with_video}"
        yield Claim(f"price.{price.model}.{price.resolutions[0]}", text, price.source)
    yield Claim("pixels", "The table of pixels by resolution and ratio", PIXELS_SOURCE)
    for promise in PROMISES:
        yield Claim(promise.id, promise.text, promise.source)


def _of_model(model: Model) -> Iterator[Claim]:
    renders = f"{model.id} renders {', '.join(model.resolutions)}"
    yield Claim(f"{model.id}.renders", renders, model.source)
    counts = ", ".join(f"{count} {name}" for name, count in model.references.items())
    yield Claim(f"{model.id}.references", f"at most {counts}", model.references_source)
    cancels = "can be cancelled while queued" if model.cancellable else "cannot be cancelled"
    yield Claim(f"{model.id}.cancel", f"{model.id} {cancels}", model.cancellable_source)


def _of_operation(operation: Operation) -> Iterator[Claim]:
    for need in operation.required_inputs:
        text = f"starts from {' or '.join(need.fields)}"
        yield Claim(f"{operation.name}.needs-{need.name}", text, need.source)
