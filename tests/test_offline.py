"""With a transport or the router, no request leaves the process and no socket is opened."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("unmeasured")

PROGRAM = """
import asyncio, json, sys

SOCKET_EVENTS = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
                 "socket.sendto", "socket.sendmsg")
events = []

def audit(event, arguments):
    if event in SOCKET_EVENTS:
        events.append(event)
        raise RuntimeError("a socket: " + event)

import {library} as library

MODELS = "https://api.tokenlab.sh/v1/models"
OTHER_URLS = ("https://example.com/", "http://127.0.0.1:8000/v1/models", "https://tokenlab.sh/")
result = {{"responses": [], "refused": []}}

def send_requests(client):
    result["responses"].append(client.get(MODELS).status_code)
    for url in OTHER_URLS:
        try:
            client.get(url)
        except AssertionError as error:
            result["refused"].append("leave this process" in str(error))

async def send_requests_async(client):
    result["responses"].append((await client.get(MODELS)).status_code)
    for url in OTHER_URLS:
        try:
            await client.get(url)
        except AssertionError as error:
            result["refused"].append("leave this process" in str(error))

{imports}
sys.addaudithook(audit)
{code}
print(json.dumps({{**result, "events": events}}))
"""

ROUTER = """
with MockRouter():
    with library.Client() as client:
        send_requests(client)
    async def main():
        async with library.AsyncClient() as client:
            await send_requests_async(client)
    asyncio.run(main())
"""

TRANSPORT = """
with InProcess() as mock:
    with library.Client(transport=Transport(mock)) as client:
        send_requests(client)
    async def main():
        async with library.AsyncClient(transport=Transport(mock)) as client:
            await send_requests_async(client)
    asyncio.run(main())
"""

WITHOUT_MOCK = """
try:
    library.get(MODELS)
except RuntimeError as error:
    result["responses"].append(str(error))
"""

TRANSPORTS = {"httpx": "MockTransport", "httpx2": "Httpx2MockTransport"}


def run(library: str, code: str) -> object:
    """Run code with an audit hook that refuses every socket. Return the result that it prints."""
    # The imports run before the hook is installed, so that it sees the requests only.
    imports = (
        f"from seedance_mock.testing import InProcess, MockRouter, {TRANSPORTS[library]}\n"
        f"Transport = {TRANSPORTS[library]}\n"
    )
    program = PROGRAM.format(library=library, imports=imports, code=code)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize(
    ("library", "code"),
    [("httpx", ROUTER), ("httpx", TRANSPORT), ("httpx2", TRANSPORT)],
    ids=["router", "httpx", "httpx2"],
)
def test_no_socket_is_opened(library: str, code: str) -> None:
    assert run(library, code) == {"responses": [200, 200], "refused": [True] * 6, "events": []}


def test_without_a_mock_the_hook_sees_a_socket() -> None:
    event = "socket.getaddrinfo"

    assert run("httpx", WITHOUT_MOCK) == {
        "responses": [f"a socket: {event}"],
        "refused": [],
        "events": [event],
    }
