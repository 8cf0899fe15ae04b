"""The attempts of callbacks in the journal: requests that the server sent to a client."""

from __future__ import annotations

from seedance_mock.domain.clock import monotonic, wall_time
from seedance_mock.domain.v3.callbacks import Attempt, Delivery
from seedance_mock.service.journal.entries import CALLBACK_PLACE, CallbackAttempt, JournalEntry

_ATTEMPT_BYTES = 1_024
"""About what an attempt takes while it is kept. It has no text that a client chooses."""


class AttemptRecord:
    """An attempt that has ended, from which its journal entry is made.

    It has no URL: that of a client may have a secret in any part. `delivery` is the delivery
    before the attempt.
    """

    place: str | None = CALLBACK_PLACE
    number = 0

    def __init__(self, account: str, task_id: str, delivery: Delivery, attempt: Attempt) -> None:
        self.account: str | None = account
        self.task_id: str | None = task_id
        self.status = attempt.status
        self._delivery, self._attempt = delivery, attempt
        self._count = len(delivery.attempts) + 1
        # A delivery has one attempt after the other, so the two together are unique.
        self.request_id = f"{delivery.id}-{self._count}"
        seconds = attempt.milliseconds / 1000
        self._sent, self._started = monotonic() - seconds, wall_time() - seconds

    def memory_size(self) -> int:
        """Return about how many bytes of memory the attempt takes while it is kept."""
        return _ATTEMPT_BYTES

    def journal_entry(self) -> JournalEntry:
        """Return the entry of the attempt."""
        attempt = self._attempt
        seconds = attempt.milliseconds / 1000
        return JournalEntry(
            number=self.number,
            request_id=self.request_id,
            account=self.account,
            time=attempt.at,
            received=self._sent,
            answered=None if attempt.status is None else self._sent + seconds,
            connection=0,
            turn=0,
            method="POST",
            target="/*",
            place=self.place,
            authorized=False,
            task_id=self.task_id,
            status=attempt.status,
            code=None,
            task_status=self._delivery.status,
            fault=None,
            applied=None,
            rules=(),
            warnings=(),
            request=None,
            started=round(self._started, 3),
            complete=attempt.status is not None,
            callback=CallbackAttempt(
                delivery=self._delivery.id, attempt=self._count, problem=attempt.problem
            ),
        )
