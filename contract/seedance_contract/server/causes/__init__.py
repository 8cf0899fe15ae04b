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


def status_cause(expected: int, actual: int) -> str:
    """Return the id of the cause if a server responds with another status; empty if unknown.

    Args:
        expected: the status that the contract requires.
        actual: the status of the response.
    """
    if actual >= 500:
        return "server-error"
    was_accepted, is_accepted = actual < 300, expected < 300
    if is_accepted and actual >= 400:
        return "valid-request-refused"
    if was_accepted and expected == 400:
        return "invalid-request-accepted"
    return "wrong-error" if expected >= 400 and actual >= 400 else ""
