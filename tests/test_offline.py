"""With a transport or the router, nothing leaves the process, and no socket is opened."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

WATCH = """
import asyncio, json, sys

OPENING = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
           "socket.sendto", "socket.sendmsg")
seen = []

def watch(event, arguments):
    if event in OPENING:
        seen.append(event)
        raise RuntimeError("a socket: " + event)

import {library} as library

MODELS = "https://api.tokenlab.sh/v1/models"
OTHERS = ("https://example.com/", "http://127.0.0.1:8000/v1/models", "https://tokenlab.sh/")
told = {{"answers": [], "refused": []}}

def visit(client):
    told["answers"].append(client.get(MODELS).status_code)
    for url in OTHERS:
        try:
            client.get(url)
        except AssertionError as error:
            told["refused"].append("leave this process" in str(error))

async def avisit(client):
    told["answers"].append((await client.get(MODELS)).status_code)
    for url in OTHERS:
        try:
            await client.get(url)
        except AssertionError as error:
            told["refused"].append("leave this process" in str(error))

{setup}
sys.addaudithook(watch)
{story}
print(json.dumps({{**told, "seen": seen}}))
"""

ROUTER = """
with MockRouter():
    with library.Client() as client:
        visit(client)
    async def story():
        async with library.AsyncClient() as client:
            await avisit(client)
    asyncio.run(story())
"""

TRANSPORT = """
with InProcess() as mock:
    with library.Client(transport=MockTransport(mock)) as client:
        visit(client)
    async def story():
        async with library.AsyncClient(transport=MockTransport(mock)) as client:
            await avisit(client)
    asyncio.run(story())
"""

NOTHING = """
try:
    library.get(MODELS)
except RuntimeError as error:
    told["answers"].append(str(error))
"""


def told(library: str, story: str) -> object:
    """Return what a program tells that may not open a socket."""
    setup = (
        "from seedance_mock.testing.in_process import InProcess\n"
        f"from seedance_mock.testing.{library}_transport import MockTransport\n"
        "from seedance_mock.testing.respx_router import MockRouter\n"
    )
    program = WATCH.format(library=library, setup=setup, story=story)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("library", "story"),
    [("httpx", ROUTER), ("httpx", TRANSPORT), ("httpx2", TRANSPORT)],
    ids=["router", "httpx", "httpx2"],
)
def test_no_socket_is_opened(library: str, story: str) -> None:
    assert told(library, story) == {"answers": [200, 200], "refused": [True] * 6, "seen": []}


def test_a_socket_would_be_noticed() -> None:
    event = "socket.getaddrinfo"

    assert told("httpx", NOTHING) == {
        "answers": [f"a socket: {event}"],
        "refused": [],
        "seen": [event],
    }
