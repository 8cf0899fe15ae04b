"""The rules made ready for requests that are alike: in their names, model and operation.

Many rules look at nothing else, so they are asked once for all such requests. Of the others
most test one value, which takes a call. Where that fails the rule itself says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from operator import itemgetter
from typing import NamedTuple

from seedance_contract.declared.field_rules import Limited
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.limits import IS, Limit, Typed
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.reading import Reading
from seedance_contract.declared.rule import Breach, Rule, topics
from seedance_contract.declared.rules import RULES

Test = Callable[[object], bool]
"""Tells whether the value of a field keeps a limit."""

Found = tuple[int, Rule, Breach]
"""The place of a rule among `RULES`, the rule, and how it is broken."""

_FIELDS = frozenset(FIELDS)


class Plan(NamedTuple):
    """What is known of requests that are alike, and what each has to be asked."""

    settled: tuple[Found, ...]
    tests: tuple[tuple[str, Test, int, Rule], ...]
    rules: tuple[tuple[int, Rule], ...]


@cache
def _by_topic() -> Mapping[str, tuple[tuple[int, Rule], ...]]:
    index: dict[str, list[tuple[int, Rule]]] = {}
    for place, rule in enumerate(RULES):
        for topic in rule.wakes:
            index.setdefault(topic, []).append((place, rule))
    return {topic: tuple(rules) for topic, rules in index.items()}


def _awake(reading: Reading) -> tuple[tuple[int, Rule], ...]:
    """Return the rules that concern a request, each once."""
    index = _by_topic()
    found = {place: rule for topic in topics(reading) for place, rule in index.get(topic, ())}
    return tuple(found.items())


def broken(reading: Reading) -> list[Found]:
    """Return every breach of a rule, in the order of `RULES`."""
    plan, body = _plan_of(reading), reading.body
    found = list(plan.settled)
    for name, holds, place, rule in plan.tests:
        if not holds(body[name]):
            found += [(place, rule, breach) for breach in rule.breaches(reading)]
    for place, rule in plan.rules:
        for breach in rule.breaches(reading):
            found.append((place, rule, breach))
    found.sort(key=itemgetter(0))
    return found


def _plan_of(reading: Reading) -> Plan:
    """Return the plan of a request; only fields that are documented are worth one."""
    if reading.sent is not reading.body or not reading.body.keys() <= _FIELDS:
        return Plan((), (), _awake(reading))
    model = None if reading.model is None else reading.model.id
    operation = None if reading.operation is None else reading.operation.name
    return _plan(model, operation, tuple(reading.body))


@lru_cache(maxsize=4096)
def _plan(model: str | None, operation: str | None, names: tuple[str, ...]) -> Plan:
    body = _Names(names)
    reading = Reading(
        body,
        body,
        None if model is None else MODELS[model],
        None if operation is None else OPERATIONS[operation],
    )
    settled: list[Found] = []
    tests: list[tuple[str, Test, int, Rule]] = []
    rules: list[tuple[int, Rule]] = []
    for place, rule in _awake(reading):
        try:
            settled += [(place, rule, breach) for breach in rule.breaches(reading)]
        except _Looked:
            if isinstance(rule, Limited):
                tests.append((rule.field.name, _test(rule.limit), place, rule))
            else:
                rules.append((place, rule))
    return Plan(tuple(settled), tuple(tests), tuple(rules))


def _test(limit: Limit) -> Test:
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
