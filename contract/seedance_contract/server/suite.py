"""The server suite: every check in order, and how a run of them becomes results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache

from seedance_contract.case import Case, Finding, Level, Mismatch, Result, Verdict, failed
from seedance_contract.declared.rules import RULES
from seedance_contract.declared.sources import Weight, page
from seedance_contract.server.budget import UnexercisedError, UnsafeServerError
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
from seedance_contract.server.checks.state_machine import Breach
from seedance_contract.server.target import UnreachableError

Progress = Callable[[Result], None]


def _covered(subject: CheckContext) -> None:
    missing = [
        f"{rule} ({', '.join(sides)})" for rule, sides in untested_rules(subject).items() if sides
    ]
    if missing:
        raise UnexercisedError(f"not put to the test: {'; '.join(missing)}")


COVERED = ServerCheck(
    case=Case(
        id="requests.covered",
        group=answers.GROUP,
        level=Level.MUST,
        requirement="Every documented rule was tried on its legal and on its illegal side.",
        source=page("create-video"),
    ),
    run=_covered,
)

BEFORE = (
    *refusals.CHECKS,
    *catalogue.CHECKS,
    *requests.CHECKS,
    *tasks.CHECKS,
    *races.CHECKS,
    *examples.CHECKS,
    *openapi.CHECKS,
)
AFTER = (*answers.CHECKS, COVERED)
"""Checks of what all the others saw: they come last."""

CHECKS: tuple[ServerCheck, ...] = (*BEFORE, *AFTER)


@cache
def checks_by_id() -> Mapping[str, ServerCheck]:
    """Return the checks by their ids."""
    return {check.case.id: check for check in CHECKS}


def select_checks(ids: Sequence[str] = (), groups: Sequence[str] = ()) -> list[ServerCheck]:
    """Return the checks whose id matches one of the patterns, of the groups named.

    Raises ValueError for a pattern or a group that names none.
    """
    for pattern in ids:
        if not any(fnmatchcase(name, pattern) for name in checks_by_id()):
            raise ValueError(f"no check is called {pattern}")
    known = {check.case.group for check in CHECKS}
    if unknown := sorted(set(groups) - known):
        raise ValueError(f"no group is called {unknown[0]}; there are {', '.join(sorted(known))}")
    found = [
        check
        for check in CHECKS
        if (not ids or any(fnmatchcase(check.case.id, pattern) for pattern in ids))
        and (not groups or check.case.group in groups)
    ]
    if not found:
        raise ValueError("no check of that name is in that group")
    return found


def run_checks(subject: CheckContext, checks: Iterable[ServerCheck]) -> Iterator[Result]:
    """Yield the result of each check, in order."""
    for check in checks:
        began = time.monotonic()
        subject.target.clear_log()
        found = _found(subject, check)
        if isinstance(found, Result):
            yield found
            continue
        yield Result(
            case=check.case,
            findings=(found,),
            seconds=time.monotonic() - began,
            reproduce=_reproduction(subject, found),
        )


QUIET = (Verdict.PASS, Verdict.UNEXERCISED)


def _found(subject: CheckContext, check: ServerCheck) -> Finding | Result:
    level, name = check.case.weight, check.case.id
    passed = Finding(check=name, level=level, verdict=Verdict.PASS)
    try:
        return check.run(subject) or passed
    except Breach as breach:
        subject.target.log = breach.log
        return failed(name, level, breach.expected, breach.actual)
    except Mismatch as mismatch:
        return failed(name, level, mismatch.expected, mismatch.actual)
    except UnsafeServerError as reason:
        return failed(name, Level.MUST, "nothing that is billed without leave", str(reason))
    except UnexercisedError as reason:
        return _idle(name, level, str(reason))
    except UnreachableError as reason:
        return Finding(check=name, level=level, verdict=Verdict.BROKEN, actual=str(reason))


def _idle(name: str, level: Level, reason: str) -> Finding:
    verdict = Verdict.INFO if level is Level.INFO else Verdict.UNEXERCISED
    return Finding(check=name, level=level, verdict=verdict, actual=reason)


SHOWN = 6
"""The most command lines that reproduce a failure."""


def _reproduction(subject: CheckContext, finding: Finding) -> str:
    """Return the command lines that lead to a failure, the last of them showing it."""
    if finding.verdict in QUIET or not subject.target.log:
        return ""
    return "\n".join(subject.target.curl(sent) for sent, _ in subject.target.log[-SHOWN:])


SIDES = ("valid", "invalid")


def untested_rules(subject: CheckContext) -> dict[str, list[str]]:
    """Return the documented rules, each with the sides on which it was not put to the test."""
    documented = [rule.id for rule in RULES if rule.source.weight is Weight.DOCUMENTED]
    return {
        rule: [side for side in SIDES if not subject.rule_counts[rule, side]] for rule in documented
    }


def rule_coverage(subject: CheckContext) -> dict[str, dict[str, int]]:
    """Return how often each rule was tried on each side."""
    return {rule.id: {side: subject.rule_counts[rule.id, side] for side in SIDES} for rule in RULES}
