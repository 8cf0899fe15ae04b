"""The endpoints of the control API for single requests, and for the journal as an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from seedance_mock.service.explanations import explain_entry
from seedance_mock.service.journal.entries import MAX_PAGE_ENTRIES
from seedance_mock.service.pauses import with_pauses
from seedance_mock.web.control.endpoints.journal import journal_filter, requested_entry
from seedance_mock.web.control.har import har_document, har_entry
from seedance_mock.web.control.requests import journal_of
from seedance_mock.web.responses import json_response

if TYPE_CHECKING:
    from seedance_mock.service.journal.content_log import Content, ContentLog


def content_of(request: Request, request_id: str) -> Content | None:
    """Return what was sent in a request; None if it is not kept."""
    content_log: ContentLog | None = request.app.state.content_log
    return None if content_log is None else content_log.find(request_id)


async def read_request(request: Request) -> Response:
    """`GET /_mock/requests/{request_id}`: all that is known of a request."""
    entry = await requested_entry(request)
    content = content_of(request, entry.request_id)
    return json_response(
        {
            "request_id": entry.request_id,
            "why": explain_entry(entry),
            "entry": entry.as_json(),
            "content": None if content is None else content.as_json(),
        }
    )


async def export_journal(request: Request) -> Response:
    """`GET /_mock/export`: the journal as an HTTP Archive, with the filters of the journal."""
    journal, criteria = journal_of(request), journal_filter(request)
    entries, after = [], 0
    while True:
        page = await journal.page(after, MAX_PAGE_ENTRIES, criteria)
        async for entry in with_pauses(page.entries):
            entries.append(har_entry(entry, content_of(request, entry.request_id)))
        if page.next is None:
            break
        after = page.next
    headers = {"Content-Disposition": 'attachment; filename="seedance.har"'}
    return json_response(har_document(entries), headers=headers)
