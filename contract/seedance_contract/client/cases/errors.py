"""ERR: what is tried again after an error, how soon, and how often."""

from __future__ import annotations

import re

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import (
    ENDS,
    FAILS,
    KEEPS_MODEL,
    ONE_CREATE,
    POLLS_AGAIN,
    TRIES_AGAIN,
    at_most,
    waits,
)
from seedance_contract.client.record import Record
from seedance_contract.client.scene import (
    EXIT,
    Check,
    Scene,
    Unexercised,
    group,
    info,
    must,
    should,
)
from seedance_contract.client.traffic import said, struck
from seedance_contract.declared.sources import page, standard

GROUP = "ERR Errors and retries"

TRACE = re.compile(r"JSONDecodeError|SyntaxError: Unexpected token|invalid character '<'")
"""How programs break that take a page of a proxy for JSON."""


def _at_first(most: int, seconds: float) -> Check:
    says = f"At most {most} creates come in the first {seconds:g} s."

    def judge(record: Record) -> None:
        found = struck(record, "create")
        since = found[0].sent or found[0].seen
        early = [one for one in found if (one.seen - since) * record.rate < seconds]
        if len(early) > most:
            raise Mismatch(expected=f"at most {most} creates", actual=str(len(early)))

    return must("slow", says, judge, timed=True)


def _few_polls(record: Record) -> None:
    found = struck(record, "poll")
    since = found[0].sent or found[0].seen
    early = [one for one in found if (one.seen - since) * record.rate < 60]
    if len(early) > 13:
        raise Mismatch(expected="at most 13 polls in 60 s", actual=str(len(early)))


def _grows(record: Record) -> None:
    gaps = [gap for _, _, gap in record.gaps(struck(record, "poll"))]
    if len(gaps) < 2:
        raise Unexercised("the client did not try three times")
    if gaps[-1] < 1.2 * gaps[0]:
        raise Mismatch(expected="growing gaps", actual=f"{gaps[0]:.1f} to {gaps[-1]:.1f} s")


def _one_applied(record: Record) -> None:
    done = [one for one in record.creates if one.fault is None and one.status == 200]
    if not done:
        raise Unexercised("the client gave up")
    if len(done) > 1:
        raise Mismatch(expected="1 create that takes effect", actual=str(len(done)))


def _no_trace(record: Record) -> None:
    struck(record, "create")
    if found := TRACE.search(said(record)):
        raise Mismatch(expected="an error of the API", actual=found[0])


scene = group(GROUP)

CODES = page("error-handling")
LIMITS = page("rate-limits")
THEN = "clock-polls after-1polls"


def _final(name: str, script: str, requirement: str, **choices: bool) -> Scene:
    checks = (ONE_CREATE, KEEPS_MODEL) if name == "ERR-02" else (ONE_CREATE,)
    return scene(name, Level.MUST, requirement, CODES, script, *checks, **choices)


def _unreadable(name: str, value: str, requirement: str) -> Scene:
    return scene(
        name,
        Level.MUST,
        requirement,
        standard("RFC 9110, 10.2.3"),
        f"create-429 retry-{value} {THEN}",
        must(
            "no-rush",
            "Nothing is created again within 0.5 s.",
            waits("create", 0.5, giving_up=True),
            timed=True,
        ),
        TRIES_AGAIN,
    )


def _waits(seconds: float, level: Level = Level.MUST) -> Check:
    says = f"The next create waits {seconds:g} s at least, or does not come."
    judge = waits("create", seconds, giving_up=True)
    return Check(id="waits", level=level, says=says, judge=judge, timed=True)


SCENES = (
    _final("ERR-01", "create-400x0", "An invalid request is not sent again.", core=True, safe=True),
    _final(
        "ERR-02",
        "create-402x0",
        "Without credit nothing is sent again, nor anything cheaper.",
        core=True,
        safe=True,
    ),
    _final("ERR-03", "create-quota-exceededx0", "A spent quota is no reason to try again."),
    scene(
        "ERR-04",
        Level.MUST,
        "A 429 is waited out, then the create is repeated a few times at most.",
        page("error-handling, rate-limits"),
        f"create-429 retry-2s {THEN}",
        _waits(2.0),
        must("few-creates", "At most 4 creates are sent.", at_most("create", 4)),
        must("one-applied", "One of them takes effect.", _one_applied),
        TRIES_AGAIN,
        core=True,
    ),
    scene(
        "ERR-05",
        Level.MUST,
        "Retry-After may be a date.",
        standard("RFC 9110, 10.2.3"),
        f"create-429 retry-date {THEN}",
        _waits(2.0),
        TRIES_AGAIN,
        core=True,
    ),
    scene(
        "ERR-06",
        Level.SHOULD,
        "Without Retry-After the retry_after of the error counts.",
        page("rate-limits, agent-first-api"),
        f"create-429 retry-body {THEN}",
        _waits(2.0, Level.SHOULD),
        TRIES_AGAIN,
        core=True,
    ),
    scene(
        "ERR-07",
        Level.MUST,
        "An endless 429 is answered with ever fewer requests, and then none.",
        LIMITS,
        "create-429x0 retry-none",
        _at_first(6, 10.0),
        must("few-creates", "At most 12 creates are sent.", at_most("create", 12)),
        ENDS,
        job={"deadline_s": 30},
        core=True,
    ),
    scene(
        "ERR-08",
        Level.MUST,
        "A status that cannot be read for long is asked for seldom, and not for ever.",
        page("error-handling, async-jobs-polling"),
        "poll-503x0 retry-none",
        must("slow", "At most 13 polls come within 60 s.", _few_polls, timed=True),
        ENDS,
        info("grows", "The gaps grow.", _grows),
        job={"deadline_s": 30},
        core=True,
    ),
    scene(
        "ERR-09",
        Level.SHOULD,
        "A wait that is too long to wait is an error, not a loop.",
        LIMITS,
        "create-429x0 retry-86400s",
        should("no-loop", "Nothing is created again.", at_most("create", 1)),
        ENDS,
        job={"deadline_s": 15},
        patience=45.0,
    ),
    _unreadable("ERR-10", "soon", "A Retry-After that is no number does no harm."),
    _unreadable("ERR-10-minus", "minus", "A negative Retry-After does no harm."),
    scene(
        "ERR-11",
        Level.SHOULD,
        "Where header and error disagree the longer wait counts.",
        LIMITS,
        f"create-429 retry-mixed {THEN}",
        _waits(3.0, Level.SHOULD),
        TRIES_AGAIN,
    ),
    scene(
        "ERR-12",
        Level.SHOULD,
        "Status and code decide, not the language of a message.",
        CODES,
        "clock-polls after-2polls poll-503 retry-1s refusal-foreign",
        POLLS_AGAIN,
    ),
    scene(
        "ERR-13",
        Level.SHOULD,
        "A page of a proxy is an error like any other.",
        CODES,
        "create-htmlx0",
        ONE_CREATE,
        FAILS,
        should("no-trace", "The client does not break while it reads the page.", _no_trace),
        needs=EXIT,
        core=True,
    ),
)
