"""Requests that the OpenAPI run makes on its own: whether a new or cancelled task can be read."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from seedance_contract.case import Mismatch
from seedance_contract.declared.routes import CANCEL, CREATE, READ, Endpoint
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.http.exchange import (
    CheckedExchange,
    Exchange,
    SentRequest,
    member,
    parse_json,
    shortened,
    untimed_exchange,
)
from seedance_contract.server.http.transport import Transport

MAX_READS = 25
"""The number of tasks of each kind that a run reads again. More would show nothing new."""

MAX_CANCELLATIONS = 5
"""The number of tasks that a run cancels on its own."""


class Followup:
    """Reads created and cancelled tasks again, each time on a new connection."""

    def __init__(self, base_url: str, key: str, transport: Transport) -> None:
        self._base_url = base_url
        self._key = key
        self._transport = transport
        self._created_reads = 0
        self._cancelled_reads = 0
        self._cancellations = 0
        self.exchanges: list[Exchange] = []
        """The exchanges of the current check. The caller clears the list before each."""

    def check_poll_url(self, exchange: CheckedExchange) -> bool:
        """Check that the poll_url of a new task leads to that task on the same origin."""
        response = exchange.response
        if not _succeeded(exchange, CREATE) or self._created_reads >= MAX_READS:
            return False
        self._created_reads += 1
        task = parse_json(response.body)
        path, task_id = member(task, "poll_url"), member(task, "id") or member(task, "task_id")
        if not isinstance(path, str):
            raise Mismatch("poll_url, a path", response.summary)
        url = _joined_url(self._base_url, path)
        # The key must not be sent to the place that the server names.
        if url is None:
            raise Mismatch("poll_url on the same origin", f"poll_url {shortened(path)}")
        status, body = self._send("GET", url)
        if status != 200 or task_id not in (member(body, "id"), member(body, "task_id")):
            actual = f"{status} {shortened(str(body))}"
            raise Mismatch(f"200 and task {task_id} at {shortened(path)}", actual)
        return True

    def check_cancelled_task(self, exchange: CheckedExchange) -> bool:
        """Check that a task that was just cancelled can still be read."""
        if not _succeeded(exchange, CANCEL) or self._cancelled_reads >= MAX_READS:
            return False
        self._cancelled_reads += 1
        return self._is_readable(urlsplit(exchange.request.url).path.rpartition("/")[2])

    def check_cancellation(self, exchange: CheckedExchange) -> bool:
        """Cancel a new task, and check that it can still be read.

        The random sequences of a run may contain no cancellation at all.
        """
        task_id = member(parse_json(exchange.response.body), "id")
        if not _succeeded(exchange, CREATE) or not isinstance(task_id, str):
            return False
        if self._cancellations >= MAX_CANCELLATIONS:
            return False
        self._cancellations += 1
        status, _ = self._send("DELETE", self._base_url + _task_path(CANCEL, task_id))
        return status == 200 and self._is_readable(task_id)

    def _is_readable(self, task_id: str) -> bool:
        status, task = self._send("GET", self._base_url + _task_path(READ, task_id))
        state = (status, member(task, "status"), member(task, "cancelled"))
        if state != (200, "failed", True):
            actual = f"{status} {shortened(str(task))}"
            raise Mismatch("200 with status failed, cancelled true", actual)
        return True

    def _send(self, method: str, url: str) -> tuple[int, object]:
        # Seconds may pass between two follow-ups. A server that closes the idle connection just as
        # the next request goes out would be reported as not responding.
        headers = {"Authorization": f"Bearer {self._key}", "Connection": "close"}
        path = url.removeprefix(self._base_url)
        request = SentRequest(method=method, path=path, url=url, key=self._key, headers=headers)
        try:
            response, _ = self._transport.send(request)
        except UnreachableError as error:
            self.exchanges.append(untimed_exchange(request, None))
            raise Mismatch("a response", str(error)) from None
        self.exchanges.append(untimed_exchange(request, response))
        return response.status, parse_json(response.body)


def _task_path(endpoint: Endpoint, task_id: str) -> str:
    # The id comes from the server, which may send any text.
    return endpoint.path.replace("{id}", quote(task_id, safe="", errors="replace"))


def _joined_url(base_url: str, path: str) -> str | None:
    """Return the URL of a path from the server, None if it is on another origin or no URL."""
    try:
        url = urljoin(base_url + "/", path)
        return url if urlsplit(url)[:2] == urlsplit(base_url)[:2] else None
    except ValueError:
        return None


def _succeeded(exchange: CheckedExchange, endpoint: Endpoint) -> bool:
    return (
        exchange.endpoint is endpoint
        and exchange.has_documented_method
        and exchange.response.status == 200
    )
