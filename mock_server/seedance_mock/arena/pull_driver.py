"""Clients that cannot be started from here: they, or a person, fetch one case after the other."""

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

from seedance_contract.client.arena import Assignment, Run, Stage
from seedance_contract.client.scene import UNSUPPORTED_STATUS

QUIET = 30.0
"""Seconds without a request after which a client counts as done."""

LOOK = 0.05
"""Seconds between two looks."""

LONGEST = 25.0
"""Seconds that a client waits for its next case before it is told to ask again."""


@dataclass(slots=True)
class Offer:
    """A case on offer, until somebody takes it and it ends."""

    assignment: Assignment
    taken: float | None = None
    agent: str = ""
    outcome: Mapping[str, Any] | None = None
    ended: Event = field(default_factory=Event)

    def shown(self) -> dict[str, object]:
        """Return what a client is told."""
        return {
            "case": self.assignment.scene.case.id,
            "base_url": self.assignment.base_url,
            "api_key": self.assignment.secret.key,
            "job": dict(self.assignment.job),
        }


class Pulled:
    """The driver of clients that fetch their cases. One case at a time."""

    def __init__(self, quiet: float = QUIET) -> None:
        self._quiet = quiet
        self._offer: Offer | None = None
        self._over = False

    def drive(self, assignment: Assignment, stage: Stage, stop: Event) -> Run:
        """Offer a case, and wait until it was taken and has ended."""
        offer = self._offer = Offer(assignment)
        stage.begin()
        late = False
        while not (stop.is_set() or offer.ended.wait(LOOK) or late or self._silent(offer, stage)):
            late = _since(offer.taken) > assignment.patience + self._quiet
        self._offer = None
        return Run(exit=_status(offer.outcome), killed=late, outcome=offer.outcome)

    def _silent(self, offer: Offer, stage: Stage) -> bool:
        """Tell whether the client has stopped sending, by the pauses that it made before."""
        if _since(offer.taken) <= self._quiet:
            return False
        seen = [0.0, *(one.seen for one in stage.exchanges())]
        pauses = [after - before for before, after in pairwise(seen[1:])]
        return stage.seconds() - seen[-1] > max([self._quiet, *(3 * each for each in pauses)])

    def finish(self) -> None:
        """Tell whoever asks from now on that there are no more cases."""
        self._over = True

    def app(self) -> Starlette:
        """Return the ASGI application that gives cases out."""
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/_kit/next", self._next),
                Route("/_kit/outcome", self._outcome, methods=["POST"]),
            ]
        )

    async def _next(self, request: Request) -> Response:
        """`GET /_kit/next?agent=NAME`: the next case, or 204 where there is none."""
        agent = request.query_params.get("agent", "")
        if self._offer is not None and self._offer.taken is not None:
            self._offer.ended.set()
        deadline = time.monotonic() + LONGEST
        while not self._over and time.monotonic() < deadline:
            offer = self._offer
            if offer is not None and offer.taken is None:
                offer.taken, offer.agent = time.monotonic(), agent
                return JSONResponse(offer.shown())
            await asyncio.sleep(LOOK)
        return Response(status_code=204)

    async def _outcome(self, request: Request) -> Response:
        """`POST /_kit/outcome`: the outcome of the case that was taken last."""
        offer, told = self._offer, await _object(request)
        if offer is None or offer.taken is None or told is None:
            return Response(status_code=409 if told else 400)
        offer.outcome = told
        offer.ended.set()
        return Response(status_code=204)

    async def _page(self, request: Request) -> Response:
        """`GET /`: what a person has to enter into a client now."""
        offer = self._offer
        if offer is None:
            return PlainTextResponse("There is no case now. Load this page again.\n")
        offer.taken = offer.taken or time.monotonic()
        return PlainTextResponse(
            f"case      {offer.assignment.scene.case.id}\n"
            f"base URL  {offer.assignment.base_url}\n"
            f"API key   {offer.assignment.secret.key}\n"
            f"prompt    {offer.assignment.job['request']['prompt']}\n"
        )


async def _object(request: Request) -> dict[str, Any] | None:
    try:
        told = await request.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _since(moment: float | None) -> float:
    return 0.0 if moment is None else time.monotonic() - moment


def _status(outcome: Mapping[str, Any] | None) -> int | None:
    """Return the exit status that stands for an outcome."""
    if outcome is None:
        return None
    name = outcome.get("outcome")
    return {"completed": 0, "unsupported": UNSUPPORTED_STATUS}.get(str(name), 1)
