"""The rules of the contract, prepared for requests that are alike.

Requests are alike if they have the same model, operation and field names. For all of them together
a plan is made once. It evaluates the rules that look at nothing else, keeps one function call for
each rule that only tests a value, and lists the few rules that must be evaluated every time.
"""

# Why compiled: every create request is validated. Evaluating all rules whose topic fits takes
# 15 µs for a small text-to-video request and 16 µs for a refused one; with a plan it takes 1.3 and
# 2.4 µs. For a reference-to-video request with 15 media it is 41 and 7 µs. (CPython 3.11; the
# whole of `validate_request` takes 3 µs for the small request.)
#
# What it relies on: `Rule.breaches` is a pure function of the request. A plan is made by evaluating
# each rule on a body that has names only. Reading a value there raises `_ValueNeeded`, which shows
# that the rule must be evaluated for each request. A rule that depends on something else, such as a
# setting or the time, would be evaluated once for all requests alike, and so would one that catches
# the exception. test_compiled_rules.py compares the results with those of the plain evaluation.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.declared.rules.rule import (
    Breach,
    Rule,
    ValueCheck,
    ValueRule,
    request_topics,
)

RuleBreach = tuple[int, Rule, Breach]
"""The position of a rule in the contract, the rule, and how a body breaks it."""

_FIELD_NAMES = frozenset(FIELDS)


class ValidationPlan(NamedTuple):
    """What is known about requests that are alike, and what must be tested for each.

    Args:
        known_breaches: violations that every such request has.
        value_checks: field name, check of its value, position and rule. The rule itself is only
            evaluated if the check fails, to say what is wrong.
        other_rules: rules that must be evaluated for each request, with their positions.
    """

    known_breaches: tuple[RuleBreach, ...]
    value_checks: tuple[tuple[str, ValueCheck, int, Rule], ...]
    other_rules: tuple[tuple[int, Rule], ...]


@lru_cache(maxsize=16)
def _rules_by_topic(contract: Contract) -> Mapping[str, tuple[tuple[int, Rule], ...]]:
    index: dict[str, list[tuple[int, Rule]]] = {}
    for position, rule in enumerate(contract.rules.values()):
        for topic in rule.topics:
            index.setdefault(topic, []).append((position, rule))
    return {topic: tuple(rules) for topic, rules in index.items()}


def _relevant_rules(parsed: ParsedBody, contract: Contract) -> tuple[tuple[int, Rule], ...]:
    """Return the rules with a topic of the request, each once."""
    index = _rules_by_topic(contract)
    rules = {
        position: rule
        for topic in request_topics(parsed)
        for position, rule in index.get(topic, ())
    }
    return tuple(rules.items())


def find_breaches(parsed: ParsedBody, contract: Contract = CONTRACT) -> list[RuleBreach]:
    """Return every breach of a rule, in the order of the rules."""
    plan, body = _plan_for(parsed, contract), parsed.body
    failed = [
        (position, rule)
        for name, is_valid, position, rule in plan.value_checks
        if not is_valid(body[name])
    ]
    breaches = [
        (position, rule, breach)
        for position, rule in (*failed, *plan.other_rules)
        for breach in rule.breaches(parsed)
    ]
    if not (breaches or plan.known_breaches):
        return breaches
    # By position only: rules and breaches have no order.
    return sorted((*plan.known_breaches, *breaches), key=itemgetter(0))


def _plan_for(parsed: ParsedBody, contract: Contract) -> ValidationPlan:
    """Return the plan of a request.

    A request with aliases or undocumented fields gets a plan that evaluates every relevant rule. It
    is not cached: its names come from the client, and may be secrets or too many to keep.
    """
    if parsed.original is not parsed.body or not parsed.body.keys() <= _FIELD_NAMES:
        return ValidationPlan((), (), _relevant_rules(parsed, contract))
    model = None if parsed.model is None else parsed.model.id
    operation = None if parsed.operation is None else parsed.operation.name
    # The names stay in the order of the body. A client that sends them in another order gets a
    # second plan; sorting would cost time on every request.
    return _compile_plan(contract, model, operation, tuple(parsed.body))


# A client uses a handful of plans. The bound is for one that sends every combination of fields.
@lru_cache(maxsize=4096)
def _compile_plan(
    contract: Contract, model: str | None, operation: str | None, names: tuple[str, ...]
) -> ValidationPlan:
    body = _NamesOnlyBody(names)
    parsed = ParsedBody(
        body,
        body,
        None if model is None else contract.models[model],
        None if operation is None else OPERATIONS[operation],
    )
    known: list[RuleBreach] = []
    checks: list[tuple[str, ValueCheck, int, Rule]] = []
    other_rules: list[tuple[int, Rule]] = []
    for position, rule in _relevant_rules(parsed, contract):
        try:
            known += [(position, rule, breach) for breach in rule.breaches(parsed)]
        except _ValueNeeded:
            if isinstance(rule, ValueRule):
                checks.append((*rule.value_check(parsed), position, rule))
            else:
                other_rules.append((position, rule))
    return ValidationPlan(tuple(known), tuple(checks), tuple(other_rules))


class _ValueNeeded(Exception):
    """A rule reads the value of a field."""


class _NamesOnlyBody(Mapping[str, object]):
    """A body of which only the field names are known. Reading a value raises `_ValueNeeded`."""

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
