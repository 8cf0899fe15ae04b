"""The record of an exchange, from its captured bytes."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from seedance_contract.client.redaction import Secret
from seedance_mock.arena import capture as captures
from seedance_mock.arena.capture import Capture, nonce_in, place_of, recorded_exchange

SECRET = Secret("sk-mock-ok--a")
TASK_ID = "ldtask_" + "0" * 32


def make_capture(response: bytes = b"", **members: Any) -> Capture:
    """Return the capture of a request."""
    defaults = {"origin": "api", "connection": 1, "turn": 1, "method": "GET", "target": b"/"}
    return Capture(**{**defaults, "response": bytearray(response), **members})


@pytest.mark.parametrize(
    ("method", "target", "place"),
    [
        ("POST", "/v1/videos/generations", "create"),
        ("GET", f"/v1/tasks/{TASK_ID}?view=full", "poll"),
        ("GET", f"/v1/videos/generations/{TASK_ID}", "poll"),
        ("DELETE", f"/v1/tasks/{TASK_ID}", "cancel"),
        ("GET", "/v1/models/seedance-2.0", "models"),
        ("GET", "/v1/models/seedance-2.0/pricing", "pricing"),
        ("GET", "/v1/pricing", "pricing"),
        ("GET", f"/assets/{TASK_ID}/video.mp4", "asset"),
        ("GET", "/v1/v1/models", None),
        ("PUT", "/v1/models", None),
    ],
)
def test_request_to_another_host_has_a_place(method: str, target: str, place: str | None) -> None:
    assert place_of(method, target) == place


def test_record_does_not_contain_the_key() -> None:
    key = SECRET.key.encode()
    basic = base64.b64encode(key + b":")
    capture = make_capture(
        b"HTTP/1.1 200 OK\r\nX-Echo: %s\r\nContent-Length: 13\r\n\r\n%s" % (key, key),
        target=b"/?key=" + key,
        headers=[(b"Authorization", b"Basic " + basic), (key, b"1")],
        body=bytearray(key),
    )

    exchange = recorded_exchange(capture, SECRET, 0.0)

    assert not SECRET.appears_in(repr(exchange).encode())
    assert exchange.target == "/?key=key#1"
    assert exchange.answer_body == "key#1"


def test_request_to_another_host_has_a_task_id() -> None:
    capture = make_capture(target=f"/v1/tasks/{TASK_ID}".encode())

    assert recorded_exchange(capture, SECRET, 0.0).task_id == TASK_ID


def test_bodies_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "MAX_CAPTURED_BYTES", 8)
    monkeypatch.setattr(captures, "MAX_RECORDED_BYTES", 4)
    capture = make_capture()

    capture.add_request_body(b"abcdef")
    capture.add_request_body(b"ghijkl")
    capture.add_response(b"0123456789")
    capture.add_response(b"0123456789")

    assert (bytes(capture.body), bytes(capture.response)) == (b"abcdefgh", b"01234567")
    assert recorded_exchange(capture, SECRET, 0.0).body == "abcd"


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n", 404),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 101),
        (b"\x00 garbage", None),
    ],
    ids=["none", "incomplete", "interim", "upgrade", "garbage"],
)
def test_status_is_that_of_the_last_complete_head(response: bytes, status: int | None) -> None:
    assert recorded_exchange(make_capture(response), SECRET, 0.0).status == status


@pytest.mark.parametrize(
    ("body", "nonce"),
    [
        (b'{"prompt": "a boat kit:DUP-01:7f3a"}', "7f3a"),
        (b'{"prompt": "a boat kit:DUP-01:7f3a.2"}', "7f3a.2"),
        (b'{"prompt": "a boat"}', None),
        (b'{"prompt": 5}', None),
        (b'{"content": [{"type": "text", "text": "a boat kit:DUP-01:7f3a"}]}', "7f3a"),
        (b'{"content": [{"type": "text", "text": 5}]}', None),
        (b"[1]", None),
        (b"{", None),
    ],
)
def test_nonce_is_read_from_the_prompt(body: bytes, nonce: str | None) -> None:
    assert nonce_in(body) == nonce
