"""The validation of a create request of v3, and its translation into the fields of v1."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from seedance_contract.declared.limits import JsonType
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import Body
from seedance_contract.declared.rules.rule import Breach, ValueCheck
from seedance_contract.declared.v3.content import (
    FIRST_FRAME,
    LAST_FRAME,
    REFERENCE_AUDIO,
    REFERENCE_IMAGE,
    REFERENCE_VIDEO,
    TEXT,
    ContentItem,
)
from seedance_contract.declared.v3.contract import V3_CONTRACT, V3Contract
from seedance_contract.declared.v3.fields import V3_FIELD_NAMES, V3_FIELDS
from seedance_contract.declared.v3.models import V3_MODELS
from seedance_contract.declared.v3.rules.request_rules import KnownV3FieldsRule
from seedance_contract.declared.v3.rules.rule import V3Body, V3Rule, parse_v3_body


class V3Violation(NamedTuple):
    """A rule, and how a body breaks it."""

    rule: V3Rule
    breach: Breach


class V3Rejected(NamedTuple):
    """At least one violation, in the order of the rules."""

    violations: Sequence[V3Violation]


class V3Accepted(NamedTuple):
    """The contract allows the body.

    `request` has the names and values of a normalised request of v1, so that cost and tasks need
    one form. `fields` are the fields of v3 with defaults. `ignored_fields` are fields that no
    document mentions. Only tolerant validation accepts them.
    """

    model: Model
    request: Mapping[str, object]
    fields: Mapping[str, object]
    items: Sequence[ContentItem]
    ignored_fields: Sequence[str] = ()


class _Plan(NamedTuple):
    """What must be evaluated for requests with the same model and field names.

    `tests` has the test of a value and the rules that need no evaluation if it passes; `others`
    are the rules that are evaluated for each request.
    """

    tests: Sequence[tuple[str, ValueCheck, Sequence[tuple[int, V3Rule]]]]
    others: Sequence[tuple[int, V3Rule]]


# As in `derived.compiled_rules`, which explains the bound: most clients send a handful of forms.
@lru_cache(maxsize=4096)
def _plan(contract: V3Contract, identifier: str | None, names: tuple[str, ...]) -> _Plan:
    model = None if identifier is None else contract.models[identifier]
    tests: dict[tuple[str, ValueCheck], list[tuple[int, V3Rule]]] = {}
    others: list[tuple[int, V3Rule]] = []
    for position, rule in enumerate(contract.rules):
        if rule.field is not None and rule.field not in names:
            continue
        test = rule.value_test(model)
        if rule.field is None or test is None:
            others.append((position, rule))
        else:
            tests.setdefault((rule.field, test), []).append((position, rule))
    return _Plan([(name, test, rules) for (name, test), rules in tests.items()], others)


def v3_violations(body: Body, contract: V3Contract = V3_CONTRACT) -> list[V3Violation]:
    """Return every violation of `body`, in the order of the rules."""
    return _violations(parse_v3_body(body, contract.models), contract)


def violated_v3_rules(body: Body) -> list[V3Rule]:
    """Return the rules that `body` breaks, each once, in their order."""
    return list({violation.rule.id: violation.rule for violation in v3_violations(body)}.values())


def _violations(parsed: V3Body, contract: V3Contract) -> list[V3Violation]:
    # Names that no document has come from the client: they must neither fill the cache nor be kept.
    names = tuple(parsed.body)
    if not V3_FIELD_NAMES.issuperset(names):
        names = tuple(name for name in names if name in V3_FIELD_NAMES)
    plan = _plan(contract, None if parsed.model is None else parsed.model.id, names)
    rules = [*plan.others]
    for name, passes, tested in plan.tests:
        if not passes(parsed.body[name]):
            rules += tested
    found = [
        (position, V3Violation(rule, breach))
        for position, rule in rules
        for breach in rule.breaches(parsed)
    ]
    if len(found) > 1:
        found.sort(key=itemgetter(0))
    return [violation for _, violation in found]


def validate_v3_request(
    body: Body, contract: V3Contract = V3_CONTRACT, *, tolerant: bool = False
) -> V3Accepted | V3Rejected:
    """Return the normalised request, or every violation of `body`.

    Args:
        body: the JSON object that the client sent.
        contract: the models and rules to validate against.
        tolerant: accept fields that no document mentions, and name them in `ignored_fields`.
    """
    parsed = parse_v3_body(body, contract.models)
    violations = _violations(parsed, contract)
    ignored: list[str] = []
    if tolerant and violations:
        ignored = [each.breach.field for each in violations if each.rule.id == KnownV3FieldsRule.id]
        violations = [each for each in violations if each.rule.id != KnownV3FieldsRule.id]
    if violations:
        return V3Rejected(violations)
    assert parsed.model is not None, "a known model is a rule"
    fields = {**_DEFAULTS[parsed.model.id], **parsed.body}
    for name in _INTEGERS.intersection(parsed.body):
        # In JSON Schema 5.0 is an integer, too.
        fields[name] = int(str(fields[name]).removesuffix(".0"))
    request = _v1_request(parsed.model, fields, parsed.items)
    return V3Accepted(parsed.model, request, fields, parsed.items, ignored)


_INTEGERS = frozenset(name for name, field in V3_FIELDS.items() if field.type is JsonType.INTEGER)


def _defaults(model: Model) -> dict[str, object]:
    assert model.v3 is not None
    common = {name: field.default for name, field in V3_FIELDS.items() if field.default is not None}
    refused = model.v3.unsupported_fields
    defaults = {**common, **model.v3.defaults}
    return {name: value for name, value in defaults.items() if name not in refused}


_DEFAULTS = {model.id: _defaults(model) for model in V3_MODELS.values()}

_V1_NAMES = {name: field.v1_name for name, field in V3_FIELDS.items() if field.v1_name is not None}

# The fields of v1 that take one medium, and those that take a list of references.
_FRAMES = {FIRST_FRAME: "start_image", LAST_FRAME: "end_image"}
_REFERENCES = {
    REFERENCE_IMAGE: "reference_images",
    REFERENCE_VIDEO: "video_urls",
    REFERENCE_AUDIO: "audio_urls",
}


def _v1_request(
    model: Model, fields: Mapping[str, object], items: Sequence[ContentItem]
) -> dict[str, object]:
    """Return a legal request as v1 would have normalised it."""
    request: dict[str, object] = {
        v1_name: fields[name] for name, v1_name in _V1_NAMES.items() if name in fields
    }
    request["model"] = model.id
    for item in items:
        if item.kind is TEXT:
            request["prompt"] = item.value
        elif item.role in _FRAMES:
            request[_FRAMES[str(item.role)]] = item.value
        else:
            references = request.setdefault(_REFERENCES[str(item.role)], [])
            assert isinstance(references, list)
            references.append(item.value)
    return request


def chosen_seed(request: Mapping[str, object]) -> int:
    """Return the seed of a video: the requested one, or one that depends on the request only."""
    seed = request.get("seed", -1)
    assert isinstance(seed, int)
    return seed if seed != -1 else zlib.crc32(str(request.get("prompt", "")).encode())
