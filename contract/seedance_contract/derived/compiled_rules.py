"""The rules made ready for requests that are alike: in their names, model and operation.

Many rules look at nothing else, so they are asked once for all such requests. Of the others
most test one value, which takes a call. Where that fails the rule itself says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from operator import itemgetter
from typing import NamedTuple

from seedance_contract.declared.field_rules import FieldLimitRule
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.limits import TYPE_CHECKS, Limit, TypeLimit
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.declared.rule import Breach, Rule, request_topics
from seedance_contract.declared.rules import RULES

ValueCheck = Callable[[object], bool]
"""Tells whether the value of a field keeps a limit."""

RuleBreach = tuple[int, Rule, Breach]
"""The place of a rule among `RULES`, the rule, and how it is broken."""

_FIELD_NAMES = frozenset(FIELDS)


class ValidationPlan(NamedTuple):
    """What is known of requests that are alike, and what each has to be asked."""

    known_breaches: tuple[RuleBreach, ...]
    value_checks: tuple[tuple[str, ValueCheck, int, Rule], ...]
    other_rules: tuple[tuple[int, Rule], ...]


@cache
def _rules_by_topic() -> Mapping[str, tuple[tuple[int, Rule], ...]]:
    index: dict[str, list[tuple[int, Rule]]] = {}
    for place, rule in enumerate(RULES):
        for topic in rule.topics:
            index.setdefault(topic, []).append((place, rule))
    return {topic: tuple(rules) for topic, rules in index.items()}


def _relevant_rules(reading: ParsedBody) -> tuple[tuple[int, Rule], ...]:
    """Return the rules that concern a request, each once."""
    index = _rules_by_topic()
    found = {
        place: rule for topic in request_topics(reading) for place, rule in index.get(topic, ())
    }
    return tuple(found.items())


def find_breaches(parsed: ParsedBody) -> list[RuleBreach]:
    """Return every breach of a rule, in the order of `RULES`."""
    plan, body = _plan_for(parsed), parsed.body
    found = list(plan.known_breaches)
    for name, holds, place, rule in plan.value_checks:
        if not holds(body[name]):
            found += [(place, rule, breach) for breach in rule.breaches(parsed)]
    for place, rule in plan.other_rules:
        for breach in rule.breaches(parsed):
            found.append((place, rule, breach))
    found.sort(key=itemgetter(0))
    return found


def _plan_for(parsed: ParsedBody) -> ValidationPlan:
    """Return the plan of a request; only fields that are documented are worth one."""
    if parsed.original is not parsed.body or not parsed.body.keys() <= _FIELD_NAMES:
        return ValidationPlan((), (), _relevant_rules(parsed))
    model = None if parsed.model is None else parsed.model.id
    operation = None if parsed.operation is None else parsed.operation.name
    return _compile_plan(model, operation, tuple(parsed.body))


@lru_cache(maxsize=4096)
def _compile_plan(
    model: str | None, operation: str | None, names: tuple[str, ...]
) -> ValidationPlan:
    body = _NamesOnlyBody(names)
    reading = ParsedBody(
        body,
        body,
        None if model is None else MODELS[model],
        None if operation is None else OPERATIONS[operation],
    )
    settled: list[RuleBreach] = []
    tests: list[tuple[str, ValueCheck, int, Rule]] = []
    rules: list[tuple[int, Rule]] = []
    for place, rule in _relevant_rules(reading):
        try:
            settled += [(place, rule, breach) for breach in rule.breaches(reading)]
        except _ValueNeeded:
            if isinstance(rule, FieldLimitRule):
                tests.append((rule.field.name, _value_check(rule.limit), place, rule))
            else:
                rules.append((place, rule))
    return ValidationPlan(tuple(settled), tuple(tests), tuple(rules))


def _value_check(limit: Limit) -> ValueCheck:
    return TYPE_CHECKS[limit.type] if isinstance(limit, TypeLimit) else limit.allows


class _ValueNeeded(Exception):
    """A rule depends on the value of a field."""


class _NamesOnlyBody(Mapping[str, object]):
    """A body of which nothing is known but its names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> object:
        if name not in self._names:
            raise KeyError(name)
        raise _ValueNeeded

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
