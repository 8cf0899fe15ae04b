"""What a check gets to work with: the server, API keys, control over accounts, and examples."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import count
from typing import Any, Self
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from seedance_contract.case import Case, Group, Level, Mismatch
from seedance_contract.declared.operations import Body
from seedance_contract.declared.routes import CREATE, READ, Endpoint
from seedance_contract.declared.sources import Source
from seedance_contract.server.budget import NOTHING_MAY_BE_SPENT
from seedance_contract.server.control_adapter import ControlAdapter
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.http.exchange import ReceivedResponse
from seedance_contract.server.http.log import ExchangeLog, LoggedControl
from seedance_contract.server.http.target import Target
from seedance_contract.server.properties.property_run import PropertyRun
from seedance_contract.server.responses.response_checks import expect_status
from seedance_contract.server.responses.response_monitor import ResponseMonitor


class KeyPool:
    """The API keys of a run: new ones if the server accepts any key, otherwise those given.

    Args:
        key: the key to use, None if the server accepts any key.
        other_key: a key of another workspace.
        run_id: a part of every new key, so that two runs never share an account.
    """

    def __init__(self, key: str | None, other_key: str | None, *, run_id: str) -> None:
        self._key, self._other_key, self._run_id = key, other_key, run_id
        self._numbers = count(1)

    @property
    def accepts_any_key(self) -> bool:
        """Whether the server accepts any key, so that each check can have its own account."""
        return self._key is None

    @property
    def given(self) -> tuple[str, ...]:
        """The keys that were given, whose accounts several checks share."""
        return tuple(self.variables)

    def new_key(self) -> str:
        """Return the key of a new account, or the given key if there is one."""
        return self._key or f"sk-check-{self._run_id}-{next(self._numbers)}"

    def key_pair(self) -> tuple[str, str]:
        """Return the keys of two accounts. Raises UnexercisedError if only one key is known."""
        if self._key is not None and self._other_key is None:
            raise UnexercisedError("a key of another workspace is needed: --other-key")
        return self.new_key(), self._other_key or self.new_key()

    def up_to_two_keys(self) -> tuple[str, ...]:
        """Return the keys of two accounts, or of one if only one key is known."""
        if self._key is not None and self._other_key is None:
            return (self._key,)
        return tuple(dict.fromkeys(self.key_pair()))

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables that stand for the given keys in scripts, by key."""
        variables = {self._other_key: "OTHER_API_KEY", self._key: "TOKENLAB_API_KEY"}
        return {key: name for key, name in variables.items() if key is not None}


class RuleCounts(Counter[tuple[str, str]]):
    """How often each rule was tested, by its id and its side: "valid" or "invalid"."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def add(self, rule_id: str, side: str) -> None:
        """Count a test. Safe to call from several threads."""
        with self._lock:
            self[rule_id, side] += 1


DEFAULT_CONCURRENCY = 12
"""How many checks run at the same time.

A full run makes some 15,000 requests. One after the other they take ten minutes if a response takes
40 ms. With twelve at a time, the machine that runs the checks is as busy as the link.
"""


@dataclass(slots=True)
class CheckContext:
    """A server under test, and how thoroughly it is tested.

    Args:
        target: the server.
        keys: the API keys to use.
        monitor: the checks of all its responses.
        control: the control over its accounts, None if it gives none.
        max_examples: the number of examples for each property.
        seed: makes the examples repeatable.
        task_timeout: real seconds to wait for a task to end if the clock cannot be moved.
        concurrency: how many checks run at the same time.
        shrink: whether Hypothesis reduces a failing example. That takes a while.
        rule_counts: how often each rule was tested.
        shared_outcomes: what the runs that several checks share have found, by the name of the run;
            an exception if a run could not be carried out.
        exercised: how often the check has compared what the server did with what it requires. A
            check that has compared nothing does not pass.
    """

    target: Target
    keys: KeyPool
    monitor: ResponseMonitor
    control: ControlAdapter | None = None
    max_examples: int = 10
    seed: int = 0
    task_timeout: float = 60.0
    concurrency: int = DEFAULT_CONCURRENCY
    shrink: bool = True
    rule_counts: RuleCounts = field(default_factory=RuleCounts)
    shared_outcomes: dict[str, Any] = field(default_factory=dict)
    exercised: int = 0

    def for_check(self) -> Self:
        """Return the context of one check: it has a log of its own and shares everything else."""
        log = ExchangeLog()
        control = None if self.control is None else LoggedControl(self.control, log)
        return replace(self, target=self.target.with_log(log), control=control, exercised=0)

    @property
    def has_separate_accounts(self) -> bool:
        """Whether checks that run at the same time do not disturb each other.

        The accounts of given keys are closed before each check, if there is control over them.
        """
        return self.control is None or not self.keys.given

    @property
    def effective_concurrency(self) -> int:
        """How many checks run at the same time. Those that share an account follow each other."""
        return self.concurrency if self.has_separate_accounts else 1

    @property
    def has_new_accounts(self) -> bool:
        """Whether each check finds accounts without tasks, words and limits."""
        return self.control is not None or self.keys.accepts_any_key

    def close_shared_accounts(self) -> None:
        """Close the accounts of the given keys, if there is control over them.

        Otherwise a check would find the tasks, the balance or the rate limit that another one left.
        """
        if self.control is not None:
            for key in self.keys.given:
                self.control.close_account(key)

    def outcome_of(self, run: SharedRun) -> Any:
        """Return what a shared run has found. Raises the exception that ended it, if one did."""
        outcome = self.shared_outcomes[run.id]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def require_control(self) -> ControlAdapter:
        """Return the control over the accounts. Raises UnexercisedError if there is none."""
        if self.control is None:
            raise UnexercisedError("the server's clock and money cannot be moved from here")
        return self.control

    def require_spending(self) -> None:
        """Raise UnexercisedError if no request may be sent that the server would accept."""
        if not self.target.budget.allows_spending:
            raise UnexercisedError(NOTHING_MAY_BE_SPENT)

    def open_account(self) -> str:
        """Return the key of a new account. Its clock stands still if it can be controlled."""
        key = self.keys.new_key()
        if self.control is not None:
            self.control.open_account(key)
        return key

    def open_two_accounts(self) -> tuple[str, str]:
        """Return the keys of two new accounts. Raises UnexercisedError if only one key is known."""
        keys = self.keys.key_pair()
        if self.control is not None:
            for key in keys:
                self.control.open_account(key)
        return keys

    def send_create(self, body: object, key: str) -> ReceivedResponse:
        """Send a create request."""
        return self.target.send(CREATE.method, CREATE.path, key=key, body=body)

    def create_task(self, body: Body, key: str) -> str:
        """Create a task and return its id. Raises Mismatch if the server refuses."""
        response = self.send_create(body, key)
        expect_status(response, 200, cause="valid-request-refused")
        task_id = response.json_object.get("id")
        if not isinstance(task_id, str):
            raise Mismatch("an id in the response to create", response.summary)
        return task_id

    def send_about_task(self, endpoint: Endpoint, task_id: str, key: str) -> ReceivedResponse:
        """Send a request about a task."""
        # The id comes from the server, which may send any text.
        path = endpoint.path.format(id=quote(task_id, safe="", errors="replace"))
        return self.target.send(endpoint.method, path, key=key)

    def read_task(self, task_id: str, key: str) -> Mapping[str, Any]:
        """Return a task as JSON. Raises Mismatch if the server refuses, or sends no object."""
        return expect_status(self.send_about_task(READ, task_id, key), 200).require_object()

    def check_property(self, strategy: st.SearchStrategy[Any], test: Callable[[Any], None]) -> None:
        """Run a test on examples of a strategy. Raises the Mismatch of the smallest failing one."""
        run = PropertyRun()
        self.target.log.end_setup()

        def compare(example: Any) -> None:
            self.exercised += 1
            test(example)

        @self.hypothesis_settings
        @seed(self.seed)
        @given(strategy)
        def run_all(example: Any) -> None:
            self.target.log.start_example()
            run.run_example(lambda: compare(example))

        run.finish(run_all)

    @property
    def hypothesis_settings(self) -> settings:
        """Settings of Hypothesis: repeatable, silent, and without files."""
        shrinking = (Phase.shrink,) if self.shrink else ()
        return settings(
            max_examples=self.max_examples,
            # No database: a run must not depend on earlier runs, nor write where the user works.
            database=None,
            # The server sets the pace. A slow one is neither a failing example nor unhealthy.
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            # Several failures would arrive as one ExceptionGroup, which is not a Mismatch.
            report_multiple_bugs=False,
            phases=(Phase.generate, *shrinking),
        )


class Stage(IntEnum):
    """When a check runs. The stages of a run follow each other."""

    SIDE_BY_SIDE = 1
    """Together with any other check."""

    RACE = 2
    """With other races only: they need a machine that has nothing else to do."""

    REVIEW = 3
    """At the end, because the check looks at what others have done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRun:
    """A run whose outcome several checks look at, in parts that may run at the same time.

    Args:
        id: its name in `CheckContext.shared_outcomes`.
        start: returns what the parts add their findings to. It sends no request.
        part_count: the number of parts.
        run_part: carries out the part of a number, with a context of its own.
    """

    id: str
    start: Callable[[CheckContext], Any]
    part_count: int
    run_part: Callable[[CheckContext, Any, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCheck:
    """A case for servers, and the function that checks it.

    `run` returns if the server passes, and raises Mismatch if it does not. It raises
    UnexercisedError if it cannot be put to the test.

    Args:
        case: id, group, level, requirement, source.
        run: the function.
        cause: the id of the cause of a failure, unless the mismatch names a more precise one.
        safe: whether the case belongs to the SAFE profile: money, keys, workspaces, secrets.
        stage: when the check runs.
        shared: the run that the check looks at, which is carried out before it; None without one.
    """

    case: Case
    run: Callable[[CheckContext], None]
    cause: str = ""
    safe: bool = False
    stage: Stage = Stage.SIDE_BY_SIDE
    shared: SharedRun | None = None

    @property
    def id(self) -> str:
        """The id of the case, such as "races.create"."""
        return self.case.id

    @property
    def levels(self) -> tuple[Level, ...]:
        """The level of the check, which decides the profiles of the case."""
        return (self.case.effective_level,)


def server_check(
    group: Group,
    name: str,
    requirement: str,
    source: Source,
    run: Callable[[CheckContext], None],
    *,
    cause: str = "",
    safe: bool = False,
    stage: Stage = Stage.SIDE_BY_SIDE,
    shared: SharedRun | None = None,
) -> ServerCheck:
    """Return a check of a MUST. Its id is the prefix of its group and `name`."""
    case = Case(
        id=f"{group.prefix}.{name}",
        group=group.title,
        level=Level.MUST,
        requirement=requirement,
        source=source,
    )
    return ServerCheck(case=case, run=run, cause=cause, safe=safe, stage=stage, shared=shared)
