"""The server under test: sends requests to it over HTTP, within the budget."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping
from typing import Self
from urllib.parse import urlsplit

import urllib3

from seedance_contract.declared.routes import CREATE
from seedance_contract.server.budget import Budget
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.exchange import Exchange, ReceivedResponse, SentRequest
from seedance_contract.server.log import ExchangeLog

TIMEOUT_SECONDS = 20.0
"""Seconds to wait for a response."""

MAX_SILENT_REQUESTS = 3
"""Requests in a row without a response, after which no more are sent."""

Observer = Callable[[Exchange, ExchangeLog], None]


class Target:
    """A server at a URL. Safe to use from several threads.

    Args:
        url: the base URL. Raises ValueError if it is not an HTTP URL.
        budget: decides which create requests may be sent.
        observe: called with every exchange and the log that ends with it, except for exchanges
            about result files.
    """

    def __init__(self, url: str, budget: Budget, observe: Observer) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no URL such as http://127.0.0.1:8000")
        self.url = url.rstrip("/")
        self.budget = budget
        self.log = ExchangeLog()
        self._observe = observe
        self._silent_requests = 0
        # No retries: a repeated create could be billed twice, and a lost response is a finding.
        self._pool = urllib3.PoolManager(maxsize=16, timeout=TIMEOUT_SECONDS, retries=False)

    def with_log(self, log: ExchangeLog) -> Self:
        """Return the same server with the same connections, which keeps its exchanges in `log`."""
        target = copy.copy(self)
        target.log = log
        return target

    def send(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> ReceivedResponse:
        """Send a request and return the response.

        Args:
            method: the HTTP method.
            path: the path and query, from /v1 on, or the whole URL of a result file.
            key: the API key to authenticate with, or None.
            body: a JSON value, or bytes to send unchanged.
            headers: additional headers.

        Raises:
            UnexercisedError: the request may be billed and the budget does not cover it.
            UnreachableError: there is no response.
            UnsafeServerError: the server has accepted a request that it must refuse.
        """
        is_create = method == CREATE.method and path == CREATE.path
        may_be_accepted = not is_create or self.budget.reserve(_lenient_json(body))
        request = SentRequest(
            method=method,
            path=path,
            url=path if is_absolute_url(path) else self.url + path,
            key=key,
            headers=_headers(key, body, headers),
            body=body if isinstance(body, bytes | None) else json.dumps(body).encode(),
        )
        started_at = time.monotonic()
        try:
            response = self._response_to(request)
        except UnreachableError:
            self._log(request, None, started_at)
            raise
        if not may_be_accepted and response.status < 300:
            self.budget.block()
        exchange = self._log(request, response, started_at)
        if not is_absolute_url(path):
            self._observe(exchange, self.log)
        return response

    def _log(
        self, request: SentRequest, response: ReceivedResponse | None, started_at: float
    ) -> Exchange:
        now = time.monotonic()
        exchange = Exchange(
            request=request,
            response=response,
            started_at=started_at,
            answered_at=now,
            ended_at=now,
        )
        self.log.append(exchange)
        return exchange

    def _response_to(self, request: SentRequest) -> ReceivedResponse:
        # A full run makes some 8,000 requests. At 20 s each, a server that hangs would keep it busy
        # for two days.
        if self._silent_requests >= MAX_SILENT_REQUESTS:
            raise UnreachableError("the server has stopped responding")
        try:
            # A redirect is a response like any other: the contract has none, and following it
            # would send the key to another place.
            response = self._pool.request(
                request.method,
                request.url,
                body=request.body,
                headers=request.headers,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            self._silent_requests += 1
            message = f"{request.method} {request.path}: {type(error).__name__}"
            raise UnreachableError(message) from None
        self._silent_requests = 0
        headers = {name.lower(): value for name, value in response.headers.items()}
        return ReceivedResponse(response.status, headers, response.data)


def is_absolute_url(path: str) -> bool:
    """Return whether a path is the whole URL of a result file, which is not part of the API."""
    return path.startswith(("http://", "https://"))


def _lenient_json(body: object) -> object:
    """Return what a lenient server may read in a body, None if nobody can read a request in it."""
    if not isinstance(body, bytes):
        return body
    try:
        # A server that replaces invalid UTF-8 may accept, and bill, what a strict one refuses.
        return json.loads(body.decode(errors="replace"))
    except ValueError:
        return None


def _headers(key: str | None, body: object, additional: Mapping[str, str] | None) -> dict[str, str]:
    headers = {"User-Agent": "seedance-mock", "Accept": "*/*"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    return headers | dict(additional or {})
