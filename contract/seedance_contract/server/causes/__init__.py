"""The causes for which servers fail: what went wrong, what it costs, and how to fix it.

A check names its cause by id, or the mismatch that it finds names a more precise one. A report
groups failures by cause: a gateway that drops a header fails many checks for one reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.cause import Cause, causes_by_id
from seedance_contract.server.causes import money, requests, responses, tasks

CAUSES: Mapping[str, Cause] = MappingProxyType(
    causes_by_id((*money.CAUSES, *tasks.CAUSES, *requests.CAUSES, *responses.CAUSES))
)
"""The causes by their ids."""


UNSPECIFIC_REFUSALS = (400, 402, 403, 404, 405, 409, 413)
"""Statuses that can be mistaken for each other. A missing 401 or 429 is about something else."""


def status_cause(expected: int, actual: int) -> str:
    """Return the id of the cause if a server responds with another status.

    Empty if the check knows better: what a 200 in place of a refusal means depends on the check.

    Args:
        expected: the status that the contract requires.
        actual: the status of the response.
    """
    if actual >= 500:
        return "server-error"
    return "wrong-error" if expected in UNSPECIFIC_REFUSALS and actual >= 400 else ""


def example_cause(expected: int, actual: int) -> str:
    """Return the id of the cause if an example from the documents has another outcome."""
    if actual < 300:
        return "invalid-request-accepted" if expected == 400 else "document-differs"
    if expected < 300 and actual < 500:
        return "valid-request-refused"
    return status_cause(expected, actual) or "document-differs"
