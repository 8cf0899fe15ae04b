"""The driver of clients that cannot be started from here: they fetch one case after the other.

An app on a phone fetches its cases over HTTP. A person reads on a page what to enter.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from seedance_contract.client.arena import Assignment, CaseServer, DriverResult
from seedance_contract.client.grading import UNSUPPORTED_EXIT_STATUS
from seedance_contract.client.job_fields import WHOLE_JOB, field_values

IDLE_SECONDS = 30.0
"""Seconds without a request after which a case has ended."""

WATCH_INTERVAL = 0.05
"""Seconds between two looks at the state of a case."""

MAX_POLL_SECONDS = 25.0
"""Seconds that a client waits for its next case before it receives a 204 and asks again."""


@dataclass(slots=True)
class OfferedCase:
    """A case that waits for a client, or that a client has taken."""

    assignment: Assignment
    taken_at: float | None = None
    agent: str = ""
    outcome: Mapping[str, Any] | None = None
    ended: Event = field(default_factory=Event)

    def description(self) -> dict[str, object]:
        """Return the JSON object that a client receives."""
        return {
            "case": self.assignment.client_case.id,
            "base_url": self.assignment.base_url,
            "api_key": self.assignment.secret.key,
            "job": dict(self.assignment.job),
        }


LATE = "No case is running: fetch one, or this one has ended already (--idle).\n"
NO_OUTCOME = "The body must be the outcome of a case, a JSON object.\n"
"""Why an outcome is refused."""


class PullDriver:
    """Offers one case at a time to clients that fetch their cases."""

    # `drive` runs in a thread of the runner, the endpoints run on the event loop of the arena. They
    # share the offered case: each attribute is written by one side only, and `ended` is an Event.

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._offered: OfferedCase | None = None
        self._finished = False

    def drive(self, assignment: Assignment, case_server: CaseServer, stop: Event) -> DriverResult:
        """Offer a case and wait until a client has taken it and it has ended."""
        offered = self._offered = OfferedCase(assignment)
        case_server.start_clock()
        timed_out = False
        while not (
            stop.is_set()
            or offered.ended.wait(WATCH_INTERVAL)
            or timed_out
            or self._is_idle(offered, case_server)
        ):
            time_limit = assignment.timeout + self._idle_seconds
            timed_out = _seconds_since(offered.taken_at) > time_limit
        self._offered = None
        return DriverResult(
            exit=_exit_status(offered.outcome), killed=timed_out, outcome=offered.outcome
        )

    def _is_idle(self, offered: OfferedCase, case_server: CaseServer) -> bool:
        """Return whether the client has stopped sending requests."""
        if _seconds_since(offered.taken_at) <= self._idle_seconds:
            return False
        # A client with long polling intervals is not idle between two polls: it has ended only
        # after three times its longest pause.
        request_times = [exchange.seen for exchange in case_server.exchanges()]
        pauses = [after - before for before, after in pairwise(request_times)]
        limit = max([self._idle_seconds, *(3 * pause for pause in pauses)])
        return case_server.elapsed_seconds() - max([0.0, *request_times]) > limit

    def finish(self) -> None:
        """Answer from now on that there are no more cases."""
        self._finished = True

    def app(self) -> Starlette:
        """Return the ASGI application that hands out the cases."""
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/_kit/next", self._next),
                Route("/_kit/outcome", self._outcome, methods=["POST"]),
            ]
        )

    async def _next(self, request: Request) -> Response:
        """`GET /_kit/next?agent=NAME`: the next case, or 204 if there is none."""
        agent = request.query_params.get("agent", "")
        # A client that asks for its next case has ended the one before.
        if self._offered is not None and self._offered.taken_at is not None:
            self._offered.ended.set()
        deadline = time.monotonic() + MAX_POLL_SECONDS
        while not self._finished and time.monotonic() < deadline:
            offered = self._offered
            if offered is not None and offered.taken_at is None:
                offered.taken_at, offered.agent = time.monotonic(), agent
                return JSONResponse(offered.description())
            await asyncio.sleep(WATCH_INTERVAL)
        return Response(status_code=204)

    async def _outcome(self, request: Request) -> Response:
        """`POST /_kit/outcome`: the outcome of the case that was taken last."""
        offered, outcome = self._offered, await _json_object(request)
        if outcome is None:
            return PlainTextResponse(NO_OUTCOME, 400)
        if offered is None or offered.taken_at is None:
            return PlainTextResponse(LATE, 409)
        offered.outcome = outcome
        offered.ended.set()
        return Response(status_code=204)

    async def _page(self, request: Request) -> Response:
        """`GET /`: what a person has to enter into a client now."""
        offered = self._offered
        if offered is None:
            return PlainTextResponse("There is no case now. Load this page again.\n")
        offered.taken_at = offered.taken_at or time.monotonic()
        values = field_values(offered.assignment)
        return PlainTextResponse(
            "".join(f"{name:<16} {value}\n" for name, value in values.items() if name != WHOLE_JOB)
        )


async def _json_object(request: Request) -> dict[str, Any] | None:
    try:
        value = await request.json()
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _seconds_since(moment: float | None) -> float:
    return 0.0 if moment is None else time.monotonic() - moment


# A pulled client has no exit status. Checks that need one would leave it unexercised.
def _exit_status(outcome: Mapping[str, Any] | None) -> int | None:
    """Return the exit status of a process that would report this outcome."""
    if outcome is None:
        return None
    name = outcome.get("outcome")
    return {"completed": 0, "unsupported": UNSUPPORTED_EXIT_STATUS}.get(str(name), 1)
