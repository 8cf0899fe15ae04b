"""Requests that the OpenAPI run makes on its own: whether a new or cancelled task can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import quote, urljoin, urlsplit

from seedance_contract.case import Mismatch
from seedance_contract.declared.dialects import Dialect
from seedance_contract.declared.routes import Endpoint
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.http.exchange import (
    CheckedExchange,
    Exchange,
    ReceivedResponse,
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

    def __init__(self, dialect: Dialect, base_url: str, key: str, transport: Transport) -> None:
        self.dialect = dialect
        self._base_url = base_url
        self._key = key
        self._transport = transport
        self._counts: Counter[str] = Counter()
        self.exchanges: list[Exchange] = []
        """The exchanges of the current check. The caller clears the list before each."""

    def check_poll_url(self, exchange: CheckedExchange) -> bool:
        """Check that the poll_url of a new task leads to that task on the same origin."""
        response = exchange.response
        if not self.is_due("poll_url", MAX_READS, exchange, self.dialect.create):
            return False
        task = parse_json(response.body)
        path, task_id = member(task, "poll_url"), member(task, "id") or member(task, "task_id")
        if not isinstance(path, str):
            raise Mismatch("poll_url, a path", response.summary)
        url = _joined_url(self._base_url, path)
        # The key must not be sent to the place that the server names.
        if url is None:
            raise Mismatch("poll_url on the same origin", f"poll_url {shortened(path)}")
        status, body = _content(self.send("GET", url))
        if status != 200 or task_id not in (member(body, "id"), member(body, "task_id")):
            actual = f"{status} {shortened(str(body))}"
            raise Mismatch(f"200 and task {task_id} at {shortened(path)}", actual)
        return True

    def check_cancelled_task(self, exchange: CheckedExchange) -> bool:
        """Check that a task that was just cancelled can still be read."""
        if not self.is_due("cancelled", MAX_READS, exchange, self.dialect.cancel):
            return False
        return self._is_readable(urlsplit(exchange.request.url).path.rpartition("/")[2])

    def check_cancellation(self, exchange: CheckedExchange) -> bool:
        """Cancel a new task, and check that it can still be read.

        The random sequences of a run may contain no cancellation at all.
        """
        task_id = member(parse_json(exchange.response.body), "id")
        create = self.dialect.create
        if not self.is_due("cancellation", MAX_CANCELLATIONS, exchange, create):
            return False
        if not isinstance(task_id, str):
            return False
        response = self.send_about_task(self.dialect.cancel, task_id)
        return response.status == 200 and self._is_readable(task_id)

    def _is_readable(self, task_id: str) -> bool:
        status, task = _content(self.send_about_task(self.dialect.read, task_id))
        expected = self.dialect.cancelled
        if status != 200 or any(member(task, name) != expected[name] for name in expected):
            members = ", ".join(f"{name} {value}".lower() for name, value in expected.items())
            raise Mismatch(f"200 with {members}", f"{status} {shortened(str(task))}")
        return True

    def is_due(self, name: str, limit: int, exchange: CheckedExchange, endpoint: Endpoint) -> bool:
        """Return whether a check is to look at this exchange, and count it if so.

        It is if the exchange is a success of `endpoint`, and the check `name` has not yet looked
        at `limit` others. More would show nothing new.
        """
        is_due = _succeeded(exchange, endpoint) and self._counts[name] < limit
        self._counts[name] += is_due
        return is_due

    def send_about_task(self, endpoint: Endpoint, task_id: str) -> ReceivedResponse:
        """Send a request about a task."""
        # The id comes from the server, which may send any text.
        path = endpoint.path.replace("{id}", quote(task_id, safe="", errors="replace"))
        return self.send(endpoint.method, self._base_url + path)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> ReceivedResponse:
        """Send a request. Raises Mismatch if there is no response."""
        # Seconds may pass between two follow-ups. A server that closes the idle connection just as
        # the next request goes out would be reported as not responding.
        own_headers = {"Authorization": f"Bearer {self._key}", "Connection": "close"}
        request = SentRequest(
            method=method,
            path=url.removeprefix(self._base_url),
            url=url,
            key=self._key,
            headers={**own_headers, **(headers or {})},
            body=body,
        )
        try:
            response, _ = self._transport.send(request)
        except UnreachableError as error:
            self.exchanges.append(untimed_exchange(request, None))
            raise Mismatch("a response", str(error)) from None
        self.exchanges.append(untimed_exchange(request, response))
        return response


FollowupCheck = Callable[[Followup, CheckedExchange], bool]
"""Returns True if the exchange passes, False if it has nothing to check. Raises Mismatch."""


def _content(response: ReceivedResponse) -> tuple[int, object]:
    return response.status, parse_json(response.body)


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
