"""The responses of injected faults, as Starlette responses."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from seedance_mock.web.connection import connection_of, disconnected_within
from seedance_mock.web.faults.altered_responses import (
    ALTERED_RESPONSES,
    COMPLETE_RESPONSES,
    Channel,
    buffered_response,
)
from seedance_mock.web.faults.lost_responses import LOST_RESPONSES

HTML_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class FaultyResponse(Response):
    """A response on which a transport fault acts.

    `response` is what would be sent without the fault, None if the request was not applied.
    `delay` is how late the fault `delay` sends it, in seconds.
    """

    def __init__(self, fault_name: str, response: Response | None, delay: float) -> None:
        super().__init__()
        self._fault_name = fault_name
        self._response = response
        self._delay = delay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what the fault leaves of the response."""
        connection = connection_of(scope)
        if self._fault_name in LOST_RESPONSES:
            await LOST_RESPONSES[self._fault_name](connection, receive)
            return
        assert self._response is not None, "these faults act on an applied request"
        # A delayed response is not buffered: it runs only if the client is still there.
        if self._fault_name == "delay":
            if not await disconnected_within(connection, receive, self._delay):
                await self._response(scope, receive, send)
            return
        buffered = await buffered_response(self._response, scope, receive)
        send_altered = ALTERED_RESPONSES[self._fault_name]
        await send_altered(buffered, Channel(connection, receive, send))


def delivers_response(fault_name: str) -> bool:
    """Return whether the client receives the complete response in spite of the fault."""
    return fault_name == "delay" or fault_name in COMPLETE_RESPONSES


def is_cut_off(fault_name: str) -> bool:
    """Return whether the client receives less than the announced response, or none."""
    is_altered = fault_name in ALTERED_RESPONSES and fault_name not in COMPLETE_RESPONSES
    return is_altered or fault_name in LOST_RESPONSES


def html_page() -> Response:
    """Return the error page of a reverse proxy in front of the API."""
    return Response(HTML_PAGE, 502, media_type="text/html")


def redirect(status: int, origin: str, target: str) -> Response:
    """Return a redirect to the same target on another origin."""
    return Response(status_code=status, headers={"Location": origin + target})
