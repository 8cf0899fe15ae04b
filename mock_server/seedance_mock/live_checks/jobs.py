"""The jobs of an account: which requests belong together.

A client of the kit has a nonce in its prompt, and the kit knows where each of its runs begins. In
live traffic a job is what can be recognised from outside: creates with the same body, and all
requests for the task that one of them made. Where somebody may have started the client again,
requests are parted: a second run is no mistake of the first one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from seedance_contract.client.traffic import FINAL_STATUSES
from seedance_mock.live_checks.recording import v1_status
from seedance_mock.service.journal.entries import JournalEntry

RETRY_SECONDS = 5.0
"""Seconds after which an equal create on another connection may be a new run of the client."""

RETURN_SECONDS = 60.0
"""Seconds after which a person may have sent an equal create again, or looked at an ended task."""

LOOKUP_PLACES = ("models", "pricing")
"""The kinds of requests that concern no task."""


@dataclass(slots=True)
class Job:
    """The requests of a job, in their order.

    Args:
        name: tells the job from the others of the account.
        entries: the requests.
        is_concluded: whether a create was answered with a task.
        has_ended: whether a response showed that the task has ended.
        is_unclear: whether other requests may belong to the job as well. Then it can fail a check,
            but not pass one.
    """

    name: str
    entries: list[JournalEntry] = field(default_factory=list)
    is_concluded: bool = False
    has_ended: bool = False
    is_unclear: bool = False


def jobs_of(entries: Iterable[JournalEntry]) -> list[Job]:
    """Return the jobs in the requests of an account."""
    grouping = _Grouping()
    # The numbers of entries follow the responses, and the checks look at the requests.
    for entry in sorted(entries, key=lambda entry: (entry.received, entry.number)):
        grouping.add(entry)
    grouping.place_lookups()
    return grouping.jobs


class _Grouping:
    """Assigns requests to jobs, one after the other."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self._by_body: dict[str, Job] = {}
        self._by_subject: dict[str, Job] = {}
        self._lookups: list[JournalEntry] = []

    def add(self, entry: JournalEntry) -> None:
        """Assign a request, which is later than those before."""
        if entry.place in LOOKUP_PLACES:
            self._lookups.append(entry)
            return
        job = self._creating_job(entry) if entry.place == "create" else self._subject_job(entry)
        job.entries.append(entry)
        job.has_ended = job.has_ended or v1_status(entry.task_status or "") in FINAL_STATUSES

    def _new_job(self, unclear_from: Job | None = None) -> Job:
        job = Job(f"job-{len(self.jobs) + 1}")
        if unclear_from is not None:
            unclear_from.is_unclear = job.is_unclear = True
        self.jobs.append(job)
        return job

    def _creating_job(self, entry: JournalEntry) -> Job:
        # A body that cannot be read has no digest, nor has a create that may be sent again: it has
        # an idempotency key. Each is a job of its own.
        body = entry.job or entry.request_id
        job = self._by_body.get(body)
        # After a create with a task, the next one with this body orders another video.
        if job is None or job.is_concluded:
            job = self._new_job()
        elif _may_be_another_run(job.entries[-1], entry, RETRY_SECONDS):
            job = self._new_job(unclear_from=job)
        self._by_body[body] = job
        job.is_concluded = entry.complete and entry.status is not None and entry.status < 300
        if entry.task_id is not None:
            self._by_subject[entry.task_id] = job
        return job

    def _subject_job(self, entry: JournalEntry) -> Job:
        subject = entry.task_id or f"{entry.method} {entry.target}"
        job = self._by_subject.get(subject)
        if job is None:
            job = self._new_job()
        elif job.has_ended and _may_be_another_run(job.entries[-1], entry, RETURN_SECONDS):
            job = self._new_job(unclear_from=job)
        self._by_subject[subject] = job
        return job

    def place_lookups(self) -> None:
        """Assign requests for models and prices to the only job that was running, if there is one.

        The others are a job of their own.
        """
        windows = [(job, _window(job)) for job in self.jobs]
        apart = Job("lookups")
        for entry in self._lookups:
            running = [job for job, (start, end) in windows if start < entry.received < end]
            job = running[0] if len(running) == 1 else apart
            job.entries.append(entry)
        for job in self.jobs:
            job.entries.sort(key=lambda entry: (entry.received, entry.number))
        if apart.entries:
            self.jobs.append(apart)


def _window(job: Job) -> tuple[float, float]:
    times = [entry.received for entry in job.entries]
    return times[0], times[-1]


def _may_be_another_run(before: JournalEntry, after: JournalEntry, seconds: float) -> bool:
    """Return whether two requests may come from different runs of the client, or from two jobs.

    The connections of a process in this process have no numbers: all of them are one.
    """
    end = before.received if before.answered is None else before.answered
    gap = after.received - end
    is_parallel = gap < 0
    is_elsewhere = after.connection != before.connection
    # After a minute a person may have decided, also in the same process.
    return is_parallel or gap > RETURN_SECONDS or (is_elsewhere and gap > seconds)
