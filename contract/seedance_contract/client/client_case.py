"""A case for clients: a scripted situation, and the checks on what a client did in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from seedance_contract.case import Case, Group, Level
from seedance_contract.client.record import Record
from seedance_contract.declared.dialects import V1, Dialect
from seedance_contract.declared.sources import Source


class Need(StrEnum):
    """What a case needs to know about a client besides its traffic."""

    EXIT = "exit status"
    OUTCOME = "outcome line"
    ACTION = "action"


EXIT = frozenset({Need.EXIT})
OUTCOME = frozenset({Need.OUTCOME})
ACTION = frozenset({Need.ACTION})


class NotExercised(Exception):
    """The client never reached the point that a check is about. The message says why."""


CheckFunction = Callable[[Record], None]
"""Raises `Mismatch` if the record breaks a requirement, `NotExercised` if it cannot tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCheck:
    """A named requirement that a check function evaluates on a record.

    Args:
        id: the name of the check within its case.
        level: how binding the requirement is.
        requirement: the requirement in one sentence.
        evaluate: the check function.
        timed: whether a failure depends on a measured time. The runner confirms it by running the
            case again without other cases beside it.
        cause: the id of the cause of a failure, if it is the same in every case. A mismatch may
            name a more precise one; without any, the cause of the case counts.
    """

    id: str
    level: Level
    requirement: str
    evaluate: CheckFunction
    timed: bool = False
    cause: str = ""


class CheckFactory(Protocol):
    """Makes checks of one level."""

    def __call__(
        self,
        name: str,
        requirement: str,
        evaluate: CheckFunction,
        *,
        timed: bool = False,
        cause: str = "",
    ) -> ClientCheck:
        """Return a check. The arguments are those of `ClientCheck`."""


def _checks_of(level: Level) -> CheckFactory:
    def check(
        name: str,
        requirement: str,
        evaluate: CheckFunction,
        *,
        timed: bool = False,
        cause: str = "",
    ) -> ClientCheck:
        return ClientCheck(
            id=name,
            level=level,
            requirement=requirement,
            evaluate=evaluate,
            timed=timed,
            cause=cause,
        )

    return check


must = _checks_of(Level.MUST)
"""Makes a check whose failure fails the case."""

should = _checks_of(Level.SHOULD)
"""Makes a check whose failure makes the case NON-STRICT."""

info = _checks_of(Level.INFO)
"""Makes a check whose failure is only recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCase:
    """A case, the situation that it puts a client into, and its checks.

    Args:
        case: id, name of the group in reports, level, requirement, source.
        group: the group, which selects the case on the command line.
        script: the situation in the words of the mock; the API key of the case carries them.
        checks: the checks in the order of the report.
        cause: the id of the cause of a failure of a check that names none. It belongs to the case,
            because the same check fails for another reason in another situation.
        needs: what the checks need to know besides the traffic. A client that does not know the
            action is UNSUPPORTED; one that reports no outcome or exit status is UNEXERCISED.
        core: whether the case belongs to the core of the catalogue.
        safe: whether the case belongs to the SAFE profile: money and secrets.
        dialect: the dialect of the API in which the job is stated, and in which the client does it.
        job: members of `KIT_JOB` that differ from the default job.
        base_path: the text after the base URL that the client receives, such as "/" or "/v1".
        timeout: real seconds until the kit stops the client.
        exclusive: whether no other case may run at the same time.
        may_send_nothing: whether a client may reject the job without sending a request.
        restart_after: the kind of request whose first response is followed by a kill -9 of the
            client, as soon as it sends another request or after `driver.RESTART_DELAY`. The kit
            then starts it again with the same state directory and the action "resume".
    """

    case: Case
    group: Group
    script: str
    checks: tuple[ClientCheck, ...]
    cause: str = ""
    needs: frozenset[Need] = frozenset()
    core: bool = False
    safe: bool = False
    dialect: Dialect = V1
    job: Mapping[str, Any] = field(default_factory=dict)
    base_path: str = ""
    timeout: float = 60.0
    exclusive: bool = False
    may_send_nothing: bool = False
    restart_after: str | None = None

    @property
    def id(self) -> str:
        """The id of the case, such as "POLL-17"."""
        return self.case.id

    @property
    def levels(self) -> frozenset[Level]:
        """The levels of the checks, which decide the profiles of the case.

        No check of a case is stricter than the case.
        """
        strongest_first = list(Level)
        limit = strongest_first.index(self.case.effective_level)
        return frozenset(
            strongest_first[max(limit, strongest_first.index(check.level))] for check in self.checks
        )


CaseFactory = Callable[..., ClientCase]


def group(members: Group, dialect: Dialect = V1) -> CaseFactory:
    """Return a function that makes the cases of a group, whose clients speak a dialect.

    The function raises ValueError if an id does not begin with the prefix of the group.
    """

    def case(
        case_id: str,
        level: Level,
        requirement: str,
        source: Source,
        script: str,
        *checks: ClientCheck,
        job: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> ClientCase:
        # `--group` selects by the prefix, and the reports of users name cases by their ids.
        if not members.contains(case_id):
            raise ValueError(f"case id {case_id!r} must begin with '{members.prefix}-'")
        definition = Case(
            id=case_id,
            group=f"{members.prefix} {members.title}",
            level=level,
            requirement=requirement,
            source=source,
        )
        return ClientCase(
            case=definition,
            group=members,
            script=script,
            checks=checks,
            dialect=dialect,
            job=job or {},
            **options,
        )

    return case


def generate_job(**request: object) -> dict[str, Any]:
    """Return the job members that set fields of the create request."""
    return {"action": "generate", "request": request}
