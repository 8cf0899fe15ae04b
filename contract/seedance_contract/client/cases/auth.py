"""AUTH: how a client shows its key, and what it does when the key is refused."""

from __future__ import annotations

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import (
    FAILS,
    KEEPS_MODEL,
    ONE_CREATE,
    at_most_after,
    no_create_after,
    no_poll,
)
from seedance_contract.client.record import KEY, Exchange, Record
from seedance_contract.client.scene import EXIT, Unexercised, group, info, must
from seedance_contract.client.traffic import API, shows_key, struck
from seedance_contract.declared.sources import openapi, page

GROUP = "AUTH Authentication"

PLACES = ("create", "poll", "cancel")
"""What needs a key; models and prices do not."""


def _bearer(record: Record) -> None:
    asked = [one for one in record.at(*PLACES) if one.origin == API]
    if not asked:
        raise Unexercised("the client sent no request that needs a key")
    for one in asked:
        sent = [_scheme_lowered(value) for value in one.header("authorization")]
        if sent != [f"bearer {KEY}"] or one.header("x-api-key"):
            raise Mismatch(
                expected="exactly one Authorization: Bearer with the key", actual=_of(one)
            )


def _scheme_lowered(value: str) -> str:
    scheme, _, rest = value.partition(" ")
    return f"{scheme.lower()} {rest}"


def _of(one: Exchange) -> str:
    names = [name for name, _ in one.headers if name.lower() in ("authorization", "x-api-key")]
    return f"{one.method} with {', '.join(names) or 'no key'}"


def _nowhere_else(record: Record) -> None:
    if not any(True for one in record.exchanges for _ in shows_key(one)):
        raise Unexercised("the client never showed its key")
    for one in record.exchanges:
        others = [value for name, value in one.headers if name.lower() != "authorization"]
        if any(KEY in text for text in (one.target, one.body, *others)):
            raise Mismatch(
                expected="the key in Authorization only", actual=f"elsewhere in a {one.method}"
            )


def _not_called_a_failure(record: Record) -> None:
    struck(record, "poll")
    if record.outcome is not None and record.outcome.get("outcome") == "failed":
        raise Mismatch(expected="an error of the lookup", actual="a failed generation")


def _without_key(record: Record) -> None:
    asked = record.at("models", "pricing")
    if not asked:
        raise Unexercised("the client did not ask for models or prices")
    if any(one.header("authorization") for one in asked):
        raise Mismatch(expected="no key, or one: both are allowed", actual="a key")


scene = group(GROUP)

SCENES = (
    scene(
        "AUTH-01",
        Level.MUST,
        "Every request that needs a key shows it once, as Authorization: Bearer.",
        page("authentication"),
        "clock-polls after-1polls",
        must("bearer-once", "One bearer token, and no other scheme.", _bearer),
        core=True,
    ),
    scene(
        "AUTH-02",
        Level.MUST,
        "The key appears nowhere but in Authorization.",
        page("authentication"),
        "clock-polls after-1polls",
        must("key-in-its-place", "No target, body, cookie or other header has it.", _nowhere_else),
        core=True,
        safe=True,
    ),
    scene(
        "AUTH-03",
        Level.MUST,
        "A refused key ends the run: nothing is created again or polled.",
        page("error-handling"),
        "create-401x0",
        ONE_CREATE,
        must("no-poll", "Nothing is polled, as there is no task.", no_poll),
        FAILS,
        needs=EXIT,
        core=True,
        safe=True,
    ),
    scene(
        "AUTH-04",
        Level.MUST,
        "A key that expires meanwhile ends the polling, not the generation.",
        page("error-handling, best-practices"),
        "clock-polls after-9polls poll-expired-keyx0~2",
        must("stops-polling", "At most one poll more is tried.", at_most_after("poll", 401, 1)),
        must("no-new-create", "Nothing is created anew.", no_create_after("poll", 401)),
        must(
            "not-called-a-failure",
            "The generation is not reported as failed.",
            _not_called_a_failure,
        ),
        core=True,
    ),
    scene(
        "AUTH-05",
        Level.MUST,
        "A model that the key may not use is neither asked for again nor swapped.",
        page("error-handling, best-practices"),
        "create-model-not-allowedx0",
        ONE_CREATE,
        KEEPS_MODEL,
        core=True,
    ),
    scene(
        "AUTH-06",
        Level.INFO,
        "Models and prices may be asked for with a key or without one.",
        openapi("GET /v1/models"),
        "clock-polls after-1polls",
        info("asks-without-key", "Models and prices are asked for without a key.", _without_key),
    ),
)
