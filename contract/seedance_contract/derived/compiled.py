"""The rules made ready for the ordinary request, which breaks none of them.

Many rules look at nothing but the names in a request, its model and its operation: those are
asked once for all requests that are alike in this. What is left are a few tests of values.
Only where one fails has the interpreter in `check` to find out what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from seedance_contract.declared.field_rules import Limited
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.limits import IS, Limit, Typed
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.reading import Reading
from seedance_contract.declared.rule import Rule, topics
from seedance_contract.declared.rules import RULES

_FIELDS = frozenset(FIELDS)


@cache
def _by_topic() -> Mapping[str, tuple[tuple[int, Rule], ...]]:
    index: dict[str, list[tuple[int, Rule]]] = {}
    for place, rule in enumerate(RULES):
        for topic in rule.wakes:
            index.setdefault(topic, []).append((place, rule))
    return {topic: tuple(rules) for topic, rules in index.items()}


def awake(reading: Reading) -> list[Rule]:
    """Return the rules that concern a request, in the order of `RULES`."""
    index = _by_topic()
    found = {place: rule for topic in topics(reading) for place, rule in index.get(topic, ())}
    return [found[place] for place in sorted(found)]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to ask of requests that are alike: tests of values, and rules beyond those."""

    tests: tuple[tuple[str, Callable[[object], bool]], ...]
    rules: tuple[Rule, ...]


def legal(reading: Reading) -> bool:
    """Tell whether a request certainly breaks no rule; False asks for a closer look."""
    body, model, operation = reading.body, reading.model, reading.operation
    if reading.sent is not body or model is None or operation is None or not body.keys() <= _FIELDS:
        return False
    plan = _plan(model.id, operation.name, tuple(body))
    if plan is None:
        return False
    for name, holds in plan.tests:
        if not holds(body[name]):
            return False
    return not any(True for rule in plan.rules for _ in rule.breaches(reading))


@lru_cache(maxsize=4096)
def _plan(model: str, operation: str, names: tuple[str, ...]) -> Plan | None:
    """Return what to ask of such requests, None where their names alone break a rule."""
    body = _Names(names)
    reading = Reading(body, body, MODELS[model], OPERATIONS[operation])
    tests, rules = [], []
    for rule in awake(reading):
        try:
            if any(True for _ in rule.breaches(reading)):
                return None
        except _Looked:
            if isinstance(rule, Limited):
                tests.append((rule.field.name, _test(rule.limit)))
            else:
                rules.append(rule)
    return Plan(tuple(tests), tuple(rules))


def _test(limit: Limit) -> Callable[[object], bool]:
    return IS[limit.type] if isinstance(limit, Typed) else limit.holds


class _Looked(Exception):
    """A rule depends on the value of a field."""


class _Names(Mapping[str, object]):
    """A body of which nothing is known but its names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> object:
        if name not in self._names:
            raise KeyError(name)
        raise _Looked

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
