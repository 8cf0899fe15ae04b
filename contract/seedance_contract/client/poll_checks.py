"""Judges of polls: where they go, how often they come, and what is made of them."""

from __future__ import annotations

from seedance_contract.case import Mismatch
from seedance_contract.client.record import Exchange, Record
from seedance_contract.client.scene import Judge, Unexercised, wait
from seedance_contract.client.traffic import (
    API,
    accepted,
    created,
    outcome,
    poll_url,
    task_id,
    task_status,
)
from seedance_contract.declared.routes import READ

SOON = 1.0
"""Seconds under which a poll after a poll is too soon."""

USUAL = 5.0
"""Seconds that the documents recommend at least."""

LONG = 30.0


def polled(record: Record) -> list[Exchange]:
    """Return the polls. Raises Unexercised where there is no task to poll."""
    accepted(record)
    return record.polls


def _target(record: Record) -> str:
    """Return the request target that the client was told to poll."""
    url = poll_url(accepted(record)[0])
    return "/" + url.partition("://")[2].partition("/")[2] if "://" in url else url


def _plain(record: Record) -> str:
    return READ.path.format(id=task_id(accepted(record)[0]))


def known_path(record: Record) -> None:
    """Judge that polls go where they may, and that there are some."""
    allowed = {_target(record), _plain(record)}
    targets = [one.target for one in record.polls]
    if not targets or not allowed.issuperset(targets):
        strange = next((one for one in targets if one not in allowed), "no poll")
        raise Mismatch(expected=" or ".join(sorted(allowed)), actual=strange)


def exact(record: Record) -> None:
    """Judge that polls go to poll_url byte for byte."""
    for one in polled(record):
        if one.target != _target(record):
            raise Mismatch(expected=_target(record), actual=one.target)


def no_doubled_path(record: Record) -> None:
    """Judge that no path begins with what the base URL has already."""
    for one in record.exchanges:
        if one.target.startswith(("//", "/v1/v1/")):
            raise Mismatch(expected="a path without repetition", actual=one.target)
    created(record)


def reached(record: Record) -> None:
    """Judge that a poll arrives where poll_url leads."""
    wanted = _target(record)
    if not any(one.target == wanted and one.origin == API for one in record.polls):
        targets = [one.target for one in record.exchanges[1:]]
        raise Mismatch(expected=f"a poll of {wanted}", actual=", ".join(targets) or "no poll")


def found(record: Record) -> None:
    """Judge that the task that was created is polled."""
    wanted = task_id(accepted(record)[0])
    if not any(one.task_id == wanted for one in record.polls):
        raise Mismatch(expected="polls of the task", actual="none")


def gaps(record: Record) -> list[float]:
    """Return the gaps between polls that followed no failure. Raises Unexercised for none."""
    between = [gap for before, _, gap in record.gaps(record.polls) if before.status == 200]
    if not between:
        raise Unexercised("the client did not poll twice")
    return between


def apart(seconds: float) -> Judge:
    """Return a judge of the shortest gap between two polls."""

    def judge(record: Record) -> None:
        if (least := min(gaps(record))) < wait(seconds):
            raise Mismatch(expected=f"at least {seconds:g} s", actual=f"{least:.2f} s")

    return judge


def not_rare(record: Record) -> None:
    """Judge the longest gap between two polls."""
    if (most := max(gaps(record))) > LONG:
        raise Mismatch(expected=f"at most {LONG:g} s", actual=f"{most:.2f} s")


def grows(record: Record) -> None:
    """Judge that the gaps grow."""
    between = gaps(record)
    first, last = between[0], between[-1]
    if last < 1.2 * first:
        told = f"{first:.1f} to {last:.1f} s"
        raise Mismatch(expected="a growing interval", actual=told)


def deadline_kept(record: Record) -> None:
    """Judge that a task which never ended is not called failed."""
    if not polled(record):
        raise Unexercised("the client did not poll")
    if record.outcome is not None and record.outcome.get("outcome") == "failed":
        raise Mismatch(expected="a timeout", actual="a failed generation")


def keeps_id(record: Record) -> None:
    """Judge that the user is told the id of the task."""
    if outcome(record).get("task_id") != task_id(accepted(record)[0]):
        raise Mismatch(expected="the id of the task", actual=str(record.outcome))


def few_polls(record: Record) -> None:
    """Judge that a task which was completed at once is not polled on."""
    created(record)
    if not any(task_status(one) == "completed" for one in record.creates):
        raise Unexercised("the create was not answered with a completed task")
    if len(record.polls) > 1:
        raise Mismatch(expected="at most 1 poll", actual=str(len(record.polls)))


def each_its_own(record: Record) -> None:
    """Judge that of several tasks each is polled by its own URL."""
    tasks = accepted(record)
    if len(tasks) < 3:
        raise Unexercised("the client created fewer than 3 tasks")
    for one in tasks:
        if not any(poll.target == poll_url(one) for poll in record.polls):
            raise Mismatch(expected=f"polls of {poll_url(one)}", actual="none")


def not_crossed(record: Record) -> None:
    """Judge that the outcome of each of several jobs names files of its own task."""
    jobs = outcome(record).get("jobs") or ()
    told = [(str(one.get("task_id")), url) for one in jobs for url in one.get("video_urls") or ()]
    if not told:
        raise Unexercised("the client did not tell the results of its jobs")
    if crossed := [task for task, url in told if task not in url]:
        raise Mismatch(expected=f"the file of {crossed[0]}", actual="that of another task")
