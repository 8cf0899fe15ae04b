"""What is told of bytes."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from seedance_contract.client.redaction import Secret
from seedance_mock.arena import capture
from seedance_mock.arena.capture import Tape, exchange, nonce_in, place_of

SECRET = Secret("sk-mock-ok--a")
ID = "ldtask_" + "0" * 32


def taped(answer: bytes = b"", **members: Any) -> Tape:
    """Return the tape of a request."""
    usual = {"origin": "api", "connection": 1, "turn": 1, "method": "GET", "target": b"/"}
    return Tape(**{**usual, "answer": bytearray(answer), **members})


@pytest.mark.parametrize(
    ("method", "target", "place"),
    [
        ("POST", "/v1/videos/generations", "create"),
        ("GET", f"/v1/tasks/{ID}?view=full", "poll"),
        ("GET", f"/v1/videos/generations/{ID}", "poll"),
        ("DELETE", f"/v1/tasks/{ID}", "cancel"),
        ("GET", "/v1/models/seedance-2.0", "models"),
        ("GET", "/v1/models/seedance-2.0/pricing", "pricing"),
        ("GET", "/v1/pricing", "pricing"),
        ("GET", f"/assets/{ID}/video.mp4", "asset"),
        ("GET", "/v1/v1/models", None),
        ("PUT", "/v1/models", None),
    ],
)
def test_a_request_elsewhere_has_a_place(method: str, target: str, place: str | None) -> None:
    assert place_of(method, target) == place


def test_the_key_is_nowhere() -> None:
    secret = SECRET.key.encode()
    basic = base64.b64encode(secret + b":")
    one = exchange(
        taped(
            b"HTTP/1.1 200 OK\r\nX-Echo: %s\r\nContent-Length: 13\r\n\r\n%s" % (secret, secret),
            target=b"/?key=" + secret,
            headers=[(b"Authorization", b"Basic " + basic), (secret, b"1")],
            body=bytearray(secret),
        ),
        SECRET,
        0.0,
    )

    assert not SECRET.shown_in(repr(one).encode())
    assert one.target == "/?key=key#1"
    assert one.answer_body == "key#1"


def test_a_task_elsewhere_is_known_by_its_id() -> None:
    assert exchange(taped(target=f"/v1/tasks/{ID}".encode()), SECRET, 0.0).task_id == ID


def test_bodies_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "MOST_RAW", 8)
    monkeypatch.setattr(capture, "MOST_TOLD", 4)
    tape = taped()

    tape.reading(b"abcdef")
    tape.reading(b"ghijkl")
    tape.writing(b"0123456789")
    tape.writing(b"0123456789")

    assert (bytes(tape.body), bytes(tape.answer)) == (b"abcdefgh", b"01234567")
    assert exchange(tape, SECRET, 0.0).body == "abcd"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n", 404),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 101),
        (b"\x00 garbage", None),
    ],
)
def test_the_status_is_of_the_last_whole_head(answer: bytes, status: int | None) -> None:
    assert exchange(taped(answer), SECRET, 0.0).status == status


@pytest.mark.parametrize(
    ("body", "nonce"),
    [
        (b'{"prompt": "a boat kit:DUP-01:7f3a"}', "7f3a"),
        (b'{"prompt": "a boat kit:DUP-01:7f3a.2"}', "7f3a.2"),
        (b'{"prompt": "a boat"}', None),
        (b'{"prompt": 5}', None),
        (b"[1]", None),
        (b"{", None),
    ],
)
def test_a_job_is_known_by_its_nonce(body: bytes, nonce: str | None) -> None:
    assert nonce_in(body) == nonce
