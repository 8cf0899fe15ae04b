"""The interfaces of a run: an arena that serves cases, and a driver that runs a client.

The kit imports no server. The mock server implements `Arena` and `CaseServer`. Two drivers exist:
one starts a process for each case, the other waits for clients that fetch their cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Protocol

from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.record import Output, RecordedExchange
from seedance_contract.client.redaction import Secret


class CaseServer(Protocol):
    """The server of one case. It has its own ports, API key and recording."""

    @property
    def base_url(self) -> str:
        """The URL of the API, without the base path of the case."""

    @property
    def secret(self) -> Secret:
        """The API key of the case."""

    def start_clock(self) -> None:
        """Start to count the time of the case. A driver calls it when it starts the client."""

    def elapsed_seconds(self) -> float:
        """Return the real seconds since the case began."""

    def request_count(self) -> int:
        """Return the number of requests that have begun to arrive."""

    def exchanges(self) -> tuple[RecordedExchange, ...]:
        """Return the exchanges so far, with the API key redacted."""

    def facts(self) -> Mapping[str, Any]:
        """Return values that only the server knows, for `Record.facts`."""

    def close(self) -> None:
        """Stop listening."""


class Arena(Protocol):
    """A place that opens a server for each case."""

    def open(self, client_case: ClientCase, nonce: str, rate: float = 1.0) -> CaseServer:
        """Return a new server for a case. Its clock runs at `rate`. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The input of a client in one case.

    Args:
        client_case: the case.
        base_url: the URL of the API.
        secret: the API key.
        job: the members of `KIT_JOB`.
        timeout: real seconds until the driver stops the client.
        rate: how many seconds pass for the client in each real second.
    """

    client_case: ClientCase
    base_url: str
    secret: Secret
    job: Mapping[str, Any]
    timeout: float
    rate: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverResult:
    """The part of a `Record` that the driver observes. `Record` documents the members."""

    exit: int | None = None
    killed: bool = False
    outcome: Mapping[str, Any] | None = None
    output: Output = ()
    leaks: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    passed_fields: tuple[str, ...] | None = None


class Driver(Protocol):
    """Runs a client in one case."""

    def drive(self, assignment: Assignment, case_server: CaseServer, stop: Event) -> DriverResult:
        """Return the result of the client. End early if another thread sets `stop`."""
