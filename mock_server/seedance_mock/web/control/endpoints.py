"""The endpoints of the control API for the journal."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from seedance_contract.declared.errors import INVALID_REQUEST, UNKNOWN_PATH
from seedance_mock.domain.errors import ApiError
from seedance_mock.service.journal import MAX_PAGE_ENTRIES, explain_entry
from seedance_mock.stores.journal_log import JournalFilter
from seedance_mock.web.connection import connection_of, response_held
from seedance_mock.web.control.requests import journal_of
from seedance_mock.web.responses import encode_json, json_response

MAX_ENTRY_NUMBER = 10**15
"""The highest value of `after`. No server lives to see so many requests."""


async def read_journal(request: Request) -> Response:
    """`GET /_mock/journal`: a page, filtered by `account`, `task_id`, `place` and `status`.

    `next` in the response is the value of `after` for the next page; null on the last one.
    """
    query = request.query_params
    page = await journal_of(request).page(
        _integer_parameter(request, "after", 0, MAX_ENTRY_NUMBER) or 0,
        _integer_parameter(request, "limit", 1, MAX_PAGE_ENTRIES) or MAX_PAGE_ENTRIES,
        JournalFilter(
            account=query.get("account"),
            task_id=query.get("task_id"),
            place=query.get("place"),
            status=_integer_parameter(request, "status", 100, 999),
        ),
    )
    return json_response(
        {"entries": [entry.as_json() for entry in page.entries], "next": page.next}
    )


def _integer_parameter(request: Request, name: str, low: int, high: int) -> int | None:
    """Return the value of a query parameter, None if it is missing. Raises ApiError: 400."""
    text = request.query_params.get(name)
    if text is None:
        return None
    # The length is checked before int(), which raises ValueError for more than 4300 digits.
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(high))
    if not is_number or not low <= int(text) <= high:
        message = f"{name} is a whole number, {low} to {high}"
        raise ApiError(INVALID_REQUEST, message, details={"param": name})
    return int(text)


async def clear_journal(request: Request) -> Response:
    """`DELETE /_mock/journal`, of one `account` or all."""
    await journal_of(request).clear(request.query_params.get("account"))
    return json_response({"entries": []})


async def explain_request(request: Request) -> Response:
    """`GET /_mock/why/{request_id}`: explain the response to a request in sentences."""
    entry = await journal_of(request).find(request.path_params["request_id"])
    if entry is None:
        raise ApiError(UNKNOWN_PATH, "No request of this id in the journal")
    return json_response(
        {"request_id": entry.request_id, "why": explain_entry(entry), "entry": entry.as_json()}
    )


async def stream_events(request: Request) -> Response:
    """`GET /_mock/events`: each new journal entry as a server-sent event."""

    async def stream() -> AsyncIterator[bytes]:
        # A comment of the event stream format: a client sees at once that the stream works.
        yield b": listening\n\n"
        # The stream has no end. A shutdown of the server must not wait for it.
        with response_held(connection_of(request.scope)):
            async for entry in journal_of(request).listen():
                head = f"id: {entry.number}\nevent: exchange\ndata: ".encode()
                yield head + encode_json(entry.as_json()) + b"\n\n"

    # A HEAD request would wait for the end of the stream.
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    return StreamingResponse(stream(), media_type="text/event-stream")
