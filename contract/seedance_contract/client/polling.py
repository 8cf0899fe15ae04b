"""POLL: how a client asks for the state of a task."""

from __future__ import annotations

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.client.record import Record
from seedance_contract.client.scene import Check, Scene, Unexercised, wait
from seedance_contract.declared.sources import page

GROUP = "POLL Polling discipline"


def _waits_out_retry_after(record: Record) -> None:
    refused = [(one, gap) for one, _, gap in record.gaps(record.polls) if one.status == 429]
    if not refused:
        raise Unexercised("the client did not poll again after the 429")
    for _, gap in refused:
        if gap < wait(3.0):
            raise Mismatch(expected="at least 3 s before the next poll", actual=f"{gap:.2f} s")


SCENES = (
    Scene(
        case=Case(
            id="POLL-17",
            group=GROUP,
            level=Level.MUST,
            requirement="After a 429 with Retry-After the next poll waits at least so long.",
            source=page("error-handling, rate-limits"),
        ),
        core=True,
        script="clock-polls after-2polls poll-429 retry-3s",
        checks=(
            Check(
                id="waits-out-retry-after",
                level=Level.MUST,
                says="The poll after a 429 comes no earlier than Retry-After says.",
                judge=_waits_out_retry_after,
                timed=True,
            ),
        ),
    ),
)
