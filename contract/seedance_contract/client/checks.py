"""Checks that several cases share, and the functions that judge them."""

from __future__ import annotations

from collections import Counter

from seedance_contract.case import Mismatch
from seedance_contract.client.record import Exchange, Record
from seedance_contract.client.scene import Judge, Unexercised, must, should, wait
from seedance_contract.client.traffic import (
    abroad,
    accepted,
    completion,
    created,
    end_shown,
    following,
    sent_body,
    shows_key,
    struck,
    success,
    task_status,
)


def one_create(record: Record) -> None:
    """Judge that no logical job was created twice."""
    [(_, most)] = Counter(one.job for one in created(record)).most_common(1)
    if most > 1:
        raise Mismatch(expected="1 create request for the job", actual=str(most))


def no_poll(record: Record) -> None:
    """Judge that nothing is polled where nothing was created."""
    created(record)
    if record.polls:
        raise Mismatch(expected="no poll", actual=str(len(record.polls)))


def at_most(places: str, most: int) -> Judge:
    """Return a judge of how many requests of a kind there are, one of them at least."""

    def judge(record: Record) -> None:
        if not (found := record.at(places)):
            raise Unexercised(f"the client sent no {places} request")
        if len(found) > most:
            raise Mismatch(expected=f"at most {most} {places} requests", actual=str(len(found)))

    return judge


def at_most_after(place: str, status: int, most: int) -> Judge:
    """Return a judge of how many requests of a kind follow the first with an answer."""

    def judge(record: Record) -> None:
        later = _later(record, place, status)
        count = sum(one.place == place for one in later)
        if count > most:
            raise Mismatch(
                expected=f"at most {most} more {place} requests after {status}", actual=str(count)
            )

    return judge


def no_create_after(place: str, status: int) -> Judge:
    """Return a judge that nothing is created after the first request with an answer."""

    def judge(record: Record) -> None:
        if any(one.place == "create" for one in _later(record, place, status)):
            raise Mismatch(expected=f"no create after {status}", actual="another create")

    return judge


def _later(record: Record, place: str, status: int) -> list[Exchange]:
    for one in record.at(place):
        if one.status == status:
            return following(record, one)
    raise Unexercised(f"no {place} request was answered with {status}")


def stops(record: Record) -> None:
    """Judge that a task is not polled again once it was seen to have ended."""
    last = end_shown(record)
    again = [one for one in following(record, last) if one.place == "poll"]
    again = [one for one in again if one.task_id == last.task_id]
    if again:
        raise Mismatch(expected="no poll after the end", actual=str(len(again)))


def ends_by_itself(record: Record) -> None:
    """Judge that the client did not have to be stopped."""
    created(record)
    if record.killed:
        raise Mismatch(expected="an end by itself", actual=f"running after {record.seconds:.0f} s")


def succeeds(record: Record) -> None:
    """Judge that a client which was shown the completed task is done."""
    completion(record)
    ends_by_itself(record)
    if not success(record):
        raise Mismatch(expected="a success", actual="a failure")


def fails(record: Record) -> None:
    """Judge that the client does not take what happened for a success."""
    created(record)
    if record.killed:
        raise Mismatch(expected="a failure", actual=f"running after {record.seconds:.0f} s")
    if success(record):
        raise Mismatch(expected="a failure", actual="a success")


def fails_as_told(record: Record) -> None:
    """Judge that a client which was shown the failed task does not call it a success."""
    end_shown(record)
    fails(record)


def completes(record: Record) -> None:
    """Judge that the client goes on until it sees the task completed."""
    accepted(record)
    if not any(task_status(one) == "completed" for one in record.polls):
        raise Mismatch(expected="polls until the task is completed", actual=_seen(record))


def _seen(record: Record) -> str:
    statuses = [str(task_status(one) or one.status or one.fault) for one in record.polls]
    return ", ".join(statuses) or "no poll"


def asks_again(place: str) -> Judge:
    """Return a judge that a struck request of a kind is followed by another."""

    def judge(record: Record) -> None:
        first = struck(record, place)[0]
        if not any(one.place == place for one in following(record, first)):
            raise Mismatch(expected=f"another {place} request", actual="none")

    return judge


def waits(place: str, seconds: float, *, giving_up: bool = False) -> Judge:
    """Return a judge of the gap after every struck request of a kind.

    `giving_up`: to send no other is as good; else it leaves the check unexercised.
    """

    def judge(record: Record) -> None:
        struck(record, place)
        gaps = [gap for one, _, gap in record.gaps(record.at(place)) if one.fault is not None]
        if not gaps and not giving_up:
            raise Unexercised(f"the client sent no other {place} request")
        if gaps and min(gaps) < wait(seconds):
            raise Mismatch(expected=f"at least {seconds:g} s", actual=f"{min(gaps):.2f} s")

    return judge


def keeps_model(record: Record) -> None:
    """Judge that no create names another model than the first."""
    named = [sent_body(one).get("model") for one in created(record)]
    wanted = named[0]
    if record.creates[0].job is not None:
        wanted = record.job.get("request", {}).get("model", wanted)
    if strange := [name for name in named if name != wanted]:
        raise Mismatch(expected=f"model {wanted}", actual=str(strange[0]))


def key_stays(record: Record) -> None:
    """Judge that no request to another origin shows a key; to send none is as good."""
    created(record)
    for one in abroad(record):
        for place in shows_key(one):
            raise Mismatch(expected=f"no key at the origin {one.origin!r}", actual=f"in {place}")


def key_stays_at(origin: str) -> Judge:
    """Return a judge like `key_stays`, for clients that did go to another origin."""

    def judge(record: Record) -> None:
        if not any(one.origin == origin for one in record.exchanges):
            raise Unexercised(f"the client did not go to the origin {origin!r}")
        key_stays(record)

    return judge


ONE_CREATE = must("one-create", "A logical job is created once.", one_create)
STOPS = must("stops", "A task is not polled again once it has ended.", stops)
FAILS = must("ends-as-failure", "The client does not call this a success.", fails, timed=True)
FAILS_AS_TOLD = must(
    "ends-as-failure",
    "The client does not call the failed task a success.",
    fails_as_told,
    timed=True,
)
SUCCEEDS = must(
    "ends-as-success", "The client calls the completed job a success.", succeeds, timed=True
)
COMPLETES = must(
    "reaches-the-end",
    "The client goes on until it sees the task completed.",
    completes,
    timed=True,
)
ENDS = should("ends-by-itself", "The client gives up by itself.", ends_by_itself, timed=True)
POLLS_AGAIN = must("repeats-poll", "A failed poll is repeated.", asks_again("poll"), timed=True)
TRIES_AGAIN = should(
    "tries-again",
    "A create that may be repeated is repeated.",
    asks_again("create"),
    timed=True,
)
KEEPS_MODEL = must("keeps-model", "No other model is tried.", keeps_model)
