"""The server under test: sends requests to it over HTTP, within the budget."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping
from typing import Self
from urllib.parse import urlsplit

from seedance_contract.declared.routes import CREATE
from seedance_contract.declared.v3.routes import V3_CREATE, V3_PREFIX
from seedance_contract.server.budget import Budget
from seedance_contract.server.http.exchange import Exchange, ReceivedResponse, SentRequest
from seedance_contract.server.http.log import ExchangeLog
from seedance_contract.server.http.transport import Transport

API_PREFIXES = ("/v1", V3_PREFIX.rstrip("/"))
"""How the paths of the two dialects begin."""

Observer = Callable[[Exchange, ExchangeLog], None]


class Target:
    """A server at a URL. Safe to use from several threads.

    Args:
        url: the URL of the server, without the prefix of the API. Raises ValueError if it is
            anything else.
        budget: decides which create requests may be sent.
        observe: called with every exchange and the log that ends with it, except for exchanges
            about result files.
    """

    def __init__(
        self, url: str, budget: Budget, observe: Observer, transport: Transport | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no URL such as http://127.0.0.1:8000")
        self.url = url.rstrip("/")
        for prefix in API_PREFIXES:
            # A common mistake, as many clients take such a base URL. Every check would fail, with
            # a 404 for /v1/v1/….
            if self.url.endswith(prefix):
                base = self.url.removesuffix(prefix)
                raise ValueError(f"give the URL without {prefix}, which the checks add: {base}")
        self.budget = budget
        self.log = ExchangeLog()
        self._observe = observe
        self._transport = transport or Transport()

    def with_log(self, log: ExchangeLog) -> Self:
        """Return the same server with the same connections, which keeps its exchanges in `log`."""
        target = copy.copy(self)
        target.log = log
        return target

    @property
    def transport(self) -> Transport:
        """The connections, for requests that the log and the observer need not see."""
        return self._transport

    @property
    def is_stopped(self) -> bool:
        """Whether no more requests are sent because the run was interrupted."""
        return self._transport.is_stopped

    def stop(self) -> None:
        """Send no more requests, and end those that are being carried out."""
        self._transport.stop()

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
            Mismatch: there is no complete response.
            UnsafeServerError: the server has accepted a request that it must refuse.
        """
        if (method, path) == (V3_CREATE.method, V3_CREATE.path):
            self.budget.require_unlimited()
        is_create = (method, path) == (CREATE.method, CREATE.path)
        may_be_accepted = not is_create or self.budget.reserve(_lenient_json(body))
        request = SentRequest(
            method=method,
            path=path,
            url=path if is_absolute_url(path) else self.url + path,
            key=key,
            headers=_headers(key, body, headers),
            body=body if isinstance(body, bytes | None) else json.dumps(body).encode(),
        )
        if may_be_accepted:
            return self._exchange(request)
        with self.budget.one_refusal():
            response = self._exchange(request)
            if response.status < 300:
                self.budget.block()
        return response

    def _exchange(self, request: SentRequest) -> ReceivedResponse:
        """Send a request, log the exchange, and let the observer see it."""
        started_at = time.monotonic()
        response, answered_at = None, None
        try:
            response, answered_at = self._transport.send(request)
        finally:
            # A request without a response is a part of the log, too.
            ended_at = time.monotonic()
            exchange = Exchange(
                request=request,
                response=response,
                started_at=started_at,
                answered_at=answered_at or ended_at,
                ended_at=ended_at,
            )
            self.log.append(exchange)
        if not is_absolute_url(request.path):
            self._observe(exchange, self.log)
        return response


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
