"""The list of all claims about the API, each with its source: `seedance-mock fidelity`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.errors import ERRORS
from seedance_contract.declared.materials.facts import MATERIAL_FACTS
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import OPERATIONS, Operation
from seedance_contract.declared.pixels import PIXELS_SOURCE
from seedance_contract.declared.promises import PROMISES
from seedance_contract.declared.routes import ENDPOINTS
from seedance_contract.declared.sources import Source
from seedance_contract.declared.v3.errors import V3_FORMS
from seedance_contract.declared.v3.facts import V3_FACTS
from seedance_contract.declared.v3.routes import V3_ENDPOINTS
from seedance_contract.declared.v3.rules.v3_rules import V3_RULES


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about the API and its source."""

    id: str
    text: str
    source: Source


# The order of the documentation: what the API has first, then what it requires and costs.
def claims(contract: Contract = CONTRACT) -> Iterator[Claim]:
    """Yield every claim: what the API has, requires, costs and promises."""
    for endpoint in (*ENDPOINTS, *MATERIAL_ENDPOINTS, *V3_ENDPOINTS):
        text = f"{endpoint.method} {endpoint.path}: {endpoint.summary}"
        yield Claim(f"endpoint.{endpoint.id}", text, endpoint.source)
    for model in contract.models.values():
        yield from _model_claims(model)
    for operation in OPERATIONS.values():
        yield from _operation_claims(operation)
    for rule in contract.rules.values():
        yield Claim(rule.id, rule.requirement(), rule.source)
    for kind in ERRORS:
        yield Claim(f"error.{kind.id}", f"{kind.status} {kind.code}", kind.source)
    for model in contract.models.values():
        yield from _price_claims(model)
    # One claim for the whole table: all sizes have one source.
    yield Claim("pixels", "The table of pixels by resolution and ratio", PIXELS_SOURCE)
    for promise in PROMISES:
        yield Claim(promise.id, promise.text, promise.source)
    yield from (Claim(*fact) for fact in MATERIAL_FACTS)
    yield from _v3_claims()


def _v3_claims() -> Iterator[Claim]:
    for rule in V3_RULES:
        yield Claim(rule.id, rule.requirement(), rule.source)
    for kind, form in V3_FORMS.items():
        yield Claim(f"v3.error.{kind.id}", f"{form.status} {form.code} under /api/v3", form.source)
    yield from (Claim(*fact) for fact in V3_FACTS)


def _model_claims(model: Model) -> Iterator[Claim]:
    renders = f"{model.id} renders {', '.join(model.resolutions)}"
    yield Claim(f"{model.id}.renders", renders, model.source)
    counts = ", ".join(f"{count} {name}" for name, count in model.references.items())
    yield Claim(f"{model.id}.references", f"at most {counts}", model.references_source)
    cancels = "can be cancelled while queued" if model.cancellable else "cannot be cancelled"
    yield Claim(f"{model.id}.cancel", f"{model.id} {cancels}", model.cancellable_source)


def _operation_claims(operation: Operation) -> Iterator[Claim]:
    for required in operation.required_inputs:
        text = f"starts from {' or '.join(required.fields)}"
        yield Claim(f"{operation.name}.needs-{required.name}", text, required.source)


def _price_claims(model: Model) -> Iterator[Claim]:
    for price in model.prices:
        cny = f"CNY {price.without_video}, with video {price.with_video}"
        text = f"{', '.join(price.resolutions)}: {cny}"
        yield Claim(f"price.{model.id}.{price.resolutions[0]}", text, price.source)
