"""The endpoints of the control API for the journal."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.errors import UNKNOWN_PATH
from seedance_mock.domain.errors import ApiError
from seedance_mock.service.explanations import explain_entry
from seedance_mock.service.journal.entries import (
    JOURNAL_PLACES,
    MAX_PAGE_ENTRIES,
    JournalEntry,
)
from seedance_mock.stores.journal_log import JournalFilter
from seedance_mock.web.control.requests import (
    MAX_ENTRY_NUMBER,
    choice_parameter,
    forget_requests,
    integer_parameter,
    journal_of,
)
from seedance_mock.web.responses import json_response


async def read_journal(request: Request) -> Response:
    """`GET /_mock/journal`: a page, filtered by `account`, `task_id`, `place` and `status`.

    `next` in the response is the value of `after` for the next page; null on the last one. With
    `last` it is the last entries instead.
    """
    journal, criteria = journal_of(request), journal_filter(request)
    last = integer_parameter(request, "last", 1, MAX_PAGE_ENTRIES)
    if last is not None:
        entries, next_after = await journal.latest(last, criteria), None
    else:
        entries, next_after = await journal.page(
            integer_parameter(request, "after", 0, MAX_ENTRY_NUMBER) or 0,
            integer_parameter(request, "limit", 1, MAX_PAGE_ENTRIES) or MAX_PAGE_ENTRIES,
            criteria,
        )
    return json_response(
        {
            "entries": [entry.as_json() for entry in entries],
            "next": next_after,
            "latest": await journal.last_number(),
        }
    )


def journal_filter(request: Request) -> JournalFilter:
    """Return the filter in the query. Raises ApiError: 400 for a place or status that is none."""
    query = request.query_params
    return JournalFilter(
        account=query.get("account"),
        task_id=query.get("task_id"),
        place=choice_parameter(request, "place", JOURNAL_PLACES),
        status=integer_parameter(request, "status", 100, 999),
    )


async def clear_journal(request: Request) -> Response:
    """`DELETE /_mock/journal`, of one `account` or all."""
    await forget_requests(request, request.query_params.get("account"))
    latest = await journal_of(request).last_number()
    return json_response({"entries": [], "next": None, "latest": latest})


async def explain_request(request: Request) -> Response:
    """`GET /_mock/why/{request_id}`: explain the response to a request in sentences."""
    entry = await requested_entry(request)
    return json_response(
        {"request_id": entry.request_id, "why": explain_entry(entry), "entry": entry.as_json()}
    )


async def requested_entry(request: Request) -> JournalEntry:
    """Return the entry of the request that the path names. Raises ApiError: 404."""
    entry = await journal_of(request).find(request.path_params["request_id"])
    if entry is None:
        raise ApiError(UNKNOWN_PATH, "No request of this id in the journal")
    return entry
