"""What the status of a response tells about the cause of a failure."""

from __future__ import annotations

from seedance_contract.declared.errors import ERROR_TYPES
from seedance_contract.declared.v3.errors import V3_FORMS
from seedance_contract.server.http.exchange import ReceivedResponse, member, parse_json

# A tuple: a server may send a list for a type, which a set cannot look up.
V3_ERROR_TYPES = tuple(form.type for form in V3_FORMS.values())
"""The types of errors under /api/v3."""

UNSPECIFIC_REFUSALS = (400, 402, 403, 404, 405, 409, 413)
"""Statuses that can be mistaken for each other. A missing 401 or 429 is about something else."""

MISSING_ENDPOINT_STATUSES = (404, 405, 501)
"""Statuses with which web servers and gateways refuse paths and methods that they do not know."""


def status_cause(expected: int, response: ReceivedResponse) -> str:
    """Return the id of the cause if a server responds with another status than `expected`.

    Empty if the check knows better: what a 200 in place of a refusal means depends on the check.
    """
    if _is_missing_endpoint(response):
        return "endpoint-missing"
    if response.status >= 500:
        return "server-error"
    is_refused = response.status >= 400
    return "wrong-error" if is_refused and expected in UNSPECIFIC_REFUSALS else ""


def _is_missing_endpoint(response: ReceivedResponse) -> bool:
    # The API itself would refuse with an error of the documented form.
    error_type = member(parse_json(response.body), "error", "type")
    is_known_type = error_type in ERROR_TYPES or error_type in V3_ERROR_TYPES
    return response.status in MISSING_ENDPOINT_STATUSES and not is_known_type


SERVER_CAUSES = ("endpoint-missing", "server-error")
"""The causes that explain a response better than the subject of the request does."""


def example_cause(expected: int, response: ReceivedResponse, subject_cause: str) -> str:
    """Return the id of the cause if an example from the documents has another outcome.

    Args:
        expected: the status in the example.
        response: the response, which differs from the example in its status or otherwise.
        subject_cause: the cause by the subject of the example; empty if it has none.
    """
    is_other_status = response.status != expected
    cause = status_cause(expected, response) if is_other_status else ""
    if subject_cause and cause not in SERVER_CAUSES:
        return subject_cause
    if cause:
        return cause
    if not is_other_status:
        return "wrong-error" if expected >= 400 else "document-differs"
    if expected == 400 and response.status < 300:
        return "invalid-request-accepted"
    is_refused = expected < 300 and response.status >= 400
    return "valid-request-refused" if is_refused else "document-differs"
