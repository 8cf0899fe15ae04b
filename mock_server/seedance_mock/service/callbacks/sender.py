"""One attempt of a callback: a POST over a connection of its own, to an allowed address only.

A callback URL comes from a client. Without the checks below the server would send requests to any
address that a client names, also inside the network of whoever runs it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import ssl
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

import h11

from seedance_contract.declared.v3.callbacks import TIMEOUT_SECONDS

READ_BYTES = 16_384
"""How much is read at a time, and the largest head of a response."""

_TARGET_CHARACTERS = "".join(map(chr, range(0x21, 0x7F)))
"""The characters that the target of a request may have."""

_PORTS = {"http": 80, "https": 443}


class SendOutcome(NamedTuple):
    """The outcome of an attempt: the status of the response, or the problem if there is none."""

    status: int | None = None
    problem: str | None = None


class CallbackSender:
    """Sends callbacks to allowed addresses.

    Args:
        mode: `loopback` allows addresses of this machine, `any` those of the public internet,
            `none` no address.
        hosts: host names that are allowed in every mode but `none`, whatever their address.
        timeout: how long an attempt may take, in seconds.
    """

    def __init__(
        self, mode: str, hosts: Collection[str] = (), timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._mode = mode
        self._hosts = frozenset(host.lower() for host in hosts)
        self._timeout = timeout

    async def send(self, url: str, body: bytes) -> SendOutcome:
        """Send a body and return the outcome. It never raises for what a receiver does."""
        if self._mode == "none":
            return SendOutcome(problem="callbacks are off")
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(urlsplit(url), body)
        except TimeoutError:
            return SendOutcome(problem=f"no response within {self._timeout:g} s")
        except OSError as error:
            return SendOutcome(problem=_connection_problem(error))
        except h11.RemoteProtocolError:
            return SendOutcome(problem="the response is not HTTP")
        except ValueError:
            # A port above 65535, or a name with a label that no name can have.
            return SendOutcome(problem="the host or the port of the URL is not valid")

    async def _send(self, target: SplitResult, body: bytes) -> SendOutcome:
        host = target.hostname or ""
        name = host.encode("idna").decode()
        port = _PORTS[target.scheme.lower()] if target.port is None else target.port
        # The address that was checked is the one that is connected to. A name that resolves
        # differently the second time would get around the check.
        address = await self._allowed_address(host, name, port)
        if address is None:
            return SendOutcome(problem=f"the address is not allowed: callbacks are {self._mode}")
        is_tls = target.scheme.lower() == "https"
        reader, writer = await asyncio.open_connection(
            address,
            port,
            ssl=ssl.create_default_context() if is_tls else None,
            server_hostname=name if is_tls else None,
        )
        try:
            writer.write(_request(target, name, body))
            return await _outcome(reader)
        finally:
            writer.close()

    async def _allowed_address(self, host: str, name: str, port: int) -> str | None:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        allowed = (address for address in addresses if self._is_allowed(host, address))
        return next(allowed, None)

    def _is_allowed(self, host: str, address: str) -> bool:
        if host.lower() in self._hosts:
            return True
        ip = ipaddress.ip_address(address.partition("%")[0])
        return ip.is_loopback if self._mode == "loopback" else ip.is_global


def _connection_problem(error: OSError) -> str:
    # Not the text of the error, which may contain the address: no list has the URL of a receiver.
    if isinstance(error, socket.gaierror):
        return "the name of the host cannot be resolved"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection: {type(error).__name__}"
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return f"no connection: {reason}"


def _request(target: SplitResult, name: str, body: bytes) -> bytes:
    """Return a whole request. Only the content header beside what HTTP needs, as documented."""
    connection = h11.Connection(h11.CLIENT)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    authority = (f"[{name}]" if ":" in name else name) + (f":{target.port}" if target.port else "")
    head = h11.Request(
        method="POST",
        # Other characters are percent-encoded as UTF-8, as every HTTP client does.
        target=quote(path, safe=_TARGET_CHARACTERS),
        headers=[
            ("Host", authority),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ],
    )
    parts = [connection.send(event) for event in (head, h11.Data(data=body), h11.EndOfMessage())]
    return b"".join(part for part in parts if part is not None)


async def _outcome(reader: asyncio.StreamReader) -> SendOutcome:
    """Return what the final response says. Its body is not read; redirects are not followed."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=READ_BYTES)
    # h11 expects a response only after a request.
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            return SendOutcome(int(event.status_code))
        if event is h11.NEED_DATA:
            data = await reader.read(READ_BYTES)
            if not data:
                return SendOutcome(problem="the connection was closed without a response")
            connection.receive_data(data)
