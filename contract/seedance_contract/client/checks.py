"""Checks that several cases share."""

from __future__ import annotations

from seedance_contract.client import judging
from seedance_contract.client.writing import must, should

ONE_CREATE = must("one-create", "A logical job is created once.", judging.one_create)
STOPS = must("stops", "A task is not polled again once it has ended.", judging.stops)
FAILS = must(
    "ends-as-failure", "The client does not call this a success.", judging.fails, timed=True
)
FAILS_AS_TOLD = must(
    "ends-as-failure",
    "The client does not call the failed task a success.",
    judging.fails_as_told,
    timed=True,
)
SUCCEEDS = must(
    "ends-as-success", "The client calls the completed job a success.", judging.succeeds, timed=True
)
COMPLETES = must(
    "reaches-the-end",
    "The client goes on until it sees the task completed.",
    judging.completes,
    timed=True,
)
ENDS = should(
    "ends-by-itself", "The client gives up by itself.", judging.ends_by_itself, timed=True
)
POLLS_AGAIN = must(
    "repeats-poll", "A failed poll is repeated.", judging.asks_again("poll"), timed=True
)
TRIES_AGAIN = should(
    "tries-again",
    "A create that may be repeated is repeated.",
    judging.asks_again("create"),
    timed=True,
)
KEEPS_MODEL = must("keeps-model", "No other model is tried.", judging.keeps_model)
