"""The server suite: all groups of checks, the choice of some of them, and how they are run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache

from seedance_contract.case import (
    Finding,
    Group,
    Level,
    Mismatch,
    Result,
    Verdict,
    failed_finding,
    with_default_cause,
)
from seedance_contract.server.check_context import CheckContext, ServerCheck
from seedance_contract.server.checks import (
    answers,
    catalogue,
    examples,
    openapi,
    races,
    refusals,
    requests,
    tasks,
)
from seedance_contract.server.curl import curl_command
from seedance_contract.server.errors import UnexercisedError, UnreachableError, UnsafeServerError
from seedance_contract.server.state_machine import PromiseMismatch

# `answers` comes last, because it looks at the responses that all other groups have received.
GROUPS: Mapping[Group, Sequence[ServerCheck]] = {
    refusals.GROUP: refusals.CHECKS,
    catalogue.GROUP: catalogue.CHECKS,
    requests.GROUP: requests.CHECKS,
    tasks.GROUP: tasks.CHECKS,
    races.GROUP: races.CHECKS,
    examples.GROUP: examples.CHECKS,
    openapi.GROUP: openapi.CHECKS,
    answers.GROUP: answers.CHECKS,
}
"""The checks of each group, in the order of a run."""

CHECKS: tuple[ServerCheck, ...] = tuple(check for checks in GROUPS.values() for check in checks)


@cache
def checks_by_id() -> Mapping[str, ServerCheck]:
    """Return the checks by their ids."""
    return {check.case.id: check for check in CHECKS}


def select_checks(ids: Sequence[str] = (), groups: Sequence[str] = ()) -> list[ServerCheck]:
    """Return the checks whose id matches one of the patterns and that belong to one of the groups.

    Args:
        ids: patterns such as "races.*". Empty for all ids.
        groups: names or prefixes of groups, in any case. Empty for all groups.

    Raises ValueError for a pattern or a group without a check.
    """
    for pattern in ids:
        if not any(_matches(id, pattern) for id in checks_by_id()):
            raise ValueError(f"no check matches {pattern}{_suggestion(pattern, checks_by_id())}")
    selected_groups = [_group_named(name) for name in groups] or list(GROUPS)
    selected = [
        check
        for group, checks in GROUPS.items()
        if group in selected_groups
        for check in checks
        if not ids or any(_matches(check.case.id, pattern) for pattern in ids)
    ]
    if not selected:
        raise ValueError("no check of that name is in that group")
    return selected


def _matches(id: str, pattern: str) -> bool:
    return fnmatchcase(id.casefold(), pattern.casefold())


def _group_named(text: str) -> Group:
    for group in GROUPS:
        if group.matches(text):
            return group
    names = sorted(name for group in GROUPS for name in group.names)
    suggestion = _suggestion(text, names) or f"; the groups are {', '.join(names)}"
    raise ValueError(f"no group is named {text}{suggestion}")


def _suggestion(text: str, names: Iterable[str]) -> str:
    near = get_close_matches(text.casefold(), list(names), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def run_checks(context: CheckContext, checks: Iterable[ServerCheck]) -> Iterator[Result]:
    """Yield the result of each check, in order."""
    for check in checks:
        started = time.monotonic()
        check_context = context.for_check()
        outcome = _outcome(check_context, check)
        if isinstance(outcome, Result):
            yield with_default_cause(outcome, check.cause)
            continue
        result = Result(
            case=check.case,
            findings=(outcome,),
            seconds=time.monotonic() - started,
            reproduce=_reproduction(check_context, outcome),
        )
        yield with_default_cause(result, check.cause)


def _outcome(context: CheckContext, check: ServerCheck) -> Finding | Result:
    level, id = check.case.effective_level, check.case.id
    try:
        result = check.run(context)
    except PromiseMismatch as mismatch:
        # It was found by an earlier run of the state machine, whose log it carries.
        context.target.log.replace(mismatch.log)
        return failed_finding(id, level, mismatch.expected, mismatch.actual, mismatch.cause)
    except Mismatch as mismatch:
        return failed_finding(id, level, mismatch.expected, mismatch.actual, mismatch.cause)
    except UnsafeServerError as error:
        # Whatever the level of the check: this server bills what it must refuse.
        expected = "no accepted request that must be refused and may be billed"
        return failed_finding(id, Level.MUST, expected, str(error), "unsafe-server")
    except UnexercisedError as error:
        verdict = Verdict.INFO if level is Level.INFO else Verdict.UNEXERCISED
        return Finding(check=id, level=level, verdict=verdict, actual=str(error))
    except UnreachableError as error:
        return Finding(check=id, level=level, verdict=Verdict.BROKEN, actual=str(error))
    return result or Finding(check=id, level=level, verdict=Verdict.PASS)


MAX_REPRODUCTION_LINES = 6
"""The number of command lines that reproduce a failure."""

QUIET_VERDICTS = (Verdict.PASS, Verdict.UNEXERCISED)
"""Verdicts that need no reproduction."""


def _reproduction(context: CheckContext, finding: Finding) -> str:
    """Return the command lines that lead to a failure. The last one shows it."""
    if finding.verdict in QUIET_VERDICTS:
        return ""
    exchanges = context.target.log.exchanges[-MAX_REPRODUCTION_LINES:]
    return "\n".join(curl_command(exchange.request) for exchange in exchanges)
