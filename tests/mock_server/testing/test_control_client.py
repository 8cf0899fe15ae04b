"""The Python client of the control API against a real server."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from inspect import getdoc, signature
from threading import Thread
from urllib.request import urlopen

import anyio
import httpx
import pytest

from seedance_mock.testing import AsyncControl, Control, ControlError, live_server
from seedance_mock.web.control.endpoints import journal

Serve = Callable[..., tuple[subprocess.Popen[str], int]]

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
KEY = "sk-client"


@pytest.fixture(scope="module")
def url(serve: Serve) -> str:
    _, port = serve("--log-format", "none")
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def control(url: str) -> Control:
    """Give the control client of a server without accounts."""
    control = Control(url)
    control.reset_all()
    return control


def create(url: str) -> httpx.Response:
    return httpx.post(url + CREATE, json=BODY, headers={"Authorization": f"Bearer {KEY}"})


def create_material(url: str) -> str:
    body, headers = {"asset_url": "https://example.com/a.png"}, {"Authorization": f"Bearer {KEY}"}
    material = httpx.post(f"{url}/v1/videos/assets", json=body, headers=headers).json()
    return str(material["id"])


def test_an_account_is_controlled(url: str, control: Control) -> None:
    account = control.open(KEY, words="models-503", balance="2.00", mode="frozen")
    task_id = create(url).json()["id"]

    start = account.now
    assert control.advance(account.name, 2.5) == start + 2.5
    assert control.force(task_id, "completed") == "completed"
    assert control.end_material(create_material(url), "failed") == "FAILED"
    state = control.account(account.name)
    assert (state.mode, state.words) == ("frozen", "models-503")
    assert (state.granted, state.charged) == (Decimal("2.00"), Decimal("0.73667647"))
    assert (state.balance, state.reserved) == (Decimal("1.26332353"), Decimal(0))
    assert control.top_up(account.name, "1.00").granted == Decimal("3.00")
    assert control.set_mode(account.name, "real") >= start + 2.5
    assert control.script(account.name, "down").words == "down"
    assert control.reset(account.name).words == ""


def test_the_journal_is_read_as_entries(url: str, control: Control) -> None:
    account = control.open(KEY)
    response = create(url)
    create(url)

    first, second = control.journal(account=account.name, place="create", status=200)

    assert (first.request_id, first.turn) == (response.headers["X-Request-ID"], 1)
    assert second.connection > first.connection
    assert control.why(first.request_id)[0].startswith("POST /v1/videos/generations came from")
    assert control.journal(task_id="ldtask_none") == []


def test_keys_share_a_workspace(url: str, control: Control) -> None:
    accounts = [control.open(key, workspace="team") for key in (KEY, "sk-colleague")]
    poll_url = create(url).json()["poll_url"]

    response = httpx.get(url + poll_url, headers={"Authorization": "Bearer sk-colleague"})

    assert [account.name for account in accounts] == ["team", "team"]
    assert response.status_code == 200


def test_a_rejected_call_raises_its_message(control: Control) -> None:
    with pytest.raises(ControlError, match="404: No account of this name") as caught:
        control.account("key-77")

    assert caught.value.status == 404


def test_a_token_is_sent(serve: Serve) -> None:
    _, port = serve("--host", "0.0.0.0", "--log-format", "none", "--control-token", "open")
    # 127.0.0.2 is a loopback address, but not one of the local host names of the guard.
    url = f"http://127.0.0.2:{port}"

    assert Control(url, token="open").open(KEY).name == "key-1"
    with pytest.raises(ControlError, match="401"):
        Control(url).open(KEY)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"<html>"),
        (200, b""),
        (404, b"<html>"),
        (404, b"[]"),
        (404, b'{"error": "unknown path"}'),
        (502, b""),
    ],
)
def test_another_server_is_no_control_api(status: int, content: bytes) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            self.end_headers()
            self.wfile.write(content)

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request).start()
        control = Control(f"http://127.0.0.1:{server.server_port}")

        with pytest.raises(ControlError, match=f"{status}: the response is not one of the control"):
            control.journal()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_control_returns_the_same(url: str, control: Control, backend: str) -> None:
    async def call_each_method() -> list[object]:
        async_control = AsyncControl(url)
        await async_control.reset_all()
        account = await async_control.open(KEY, words="ok", balance="1", mode="frozen")
        task = create(url)
        return [
            (await async_control.account(account.name)).mode,
            await async_control.advance(account.name, 1) - account.now,
            await async_control.force(task.json()["id"], "failed"),
            await async_control.end_material(create_material(url)),
            (await async_control.top_up(account.name, "1")).granted,
            await async_control.set_mode(account.name, "polls") - account.now,
            (await async_control.script(account.name, "busy")).words,
            [entry.place for entry in await async_control.journal(account=account.name)],
            len(await async_control.why(task.headers["X-Request-ID"])) > 1,
            (await async_control.reset(account.name)).granted,
        ]

    assert anyio.run(call_each_method, backend=backend) == [
        "frozen",
        1.0,
        "failed",
        "ACTIVE",
        Decimal(2),
        1.0,
        "busy",
        ["create", "materials"],
        True,
        None,
    ]


def test_async_control_has_every_method_of_control() -> None:
    methods = {name for name in vars(Control) if not name.startswith("_")}

    assert {name for name in vars(AsyncControl) if not name.startswith("_")} == methods


def test_an_async_method_keeps_its_documentation() -> None:
    assert signature(AsyncControl.open) == signature(Control.open)
    assert getdoc(AsyncControl.open) == getdoc(Control.open)


def test_events_are_sent_for_each_request(url: str, control: Control) -> None:
    with urlopen(f"{url}/_mock/events", timeout=5) as stream:
        assert stream.readline() == b": listening\n"
        create(url)
        lines = [stream.readline().decode() for _ in range(4)]

    assert lines[2] == "event: exchange\n"
    entry = json.loads(lines[3].removeprefix("data: "))
    assert (entry["place"], entry["status"]) == ("create", 200)
    assert control.journal()


def test_events_are_those_after_an_entry_of_an_account(url: str, control: Control) -> None:
    create(url)
    entry = control.journal()[-1]
    query = f"account={entry.account}&after={entry.number - 1}&place=create&status=200"

    with urlopen(f"{url}/_mock/events?{query}", timeout=5) as stream:
        lines = [stream.readline().decode() for _ in range(5)]

    assert json.loads(lines[4].removeprefix("data: "))["request_id"] == entry.request_id


def test_open_event_streams_do_not_delay_a_stop(serve: Serve) -> None:
    process, port = serve("--log-format", "none")
    with urlopen(f"http://127.0.0.1:{port}/_mock/events", timeout=5) as stream:
        stream.readline()

        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)

    assert (process.returncode, stderr) == (0, "")


def test_the_journal_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_PAGE_ENTRIES", 2)

    with live_server() as server:
        for _ in range(5):
            httpx.get(server.url + "/v1/models")
        control, async_control = Control(server.url), AsyncControl(server.url)

        assert [entry.number for entry in control.journal(place="models")] == [1, 2, 3, 4, 5]
        assert control.journal(place="poll") == []
        assert asyncio.run(async_control.journal()) == control.journal()
