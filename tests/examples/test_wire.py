"""The clients to copy, before servers that say what no well-kept server says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import NODE, PYTHON, called, environment, last_line, started
from .scripted import TASK, Answer, Scripted, answer, completed, created, raw
from .test_reference_clients import needs_node

KEY = "sk-secret-of-the-user"
FILE = b"0123456789" * 50


@pytest.fixture(params=[PYTHON, pytest.param(NODE, marks=needs_node)], ids=["python", "javascript"])
def client(request: pytest.FixtureRequest) -> list[str]:
    """Give the command of a reference client."""
    command: list[str] = request.param
    return command


def told(
    client: list[str], server: Scripted, folder: Path, base: str = "", **job: object
) -> dict[str, Any]:
    """Run a client against a server, and return its last line with its exit code."""
    asked = {"kit": 1, "poll_interval_s": 0.05, "deadline_s": 10, **job}
    run = called if client == PYTHON else started
    code, out, err = run(client, environment(server.url + base, KEY, asked, folder))
    assert KEY not in out + err
    assert not [path for path in folder.rglob("*") if path.is_file() and KEY in path.read_text()]
    return {"code": code, "text": out + err, **last_line(out)}


def in_bytes(pieces: Answer) -> list[bytes]:
    """Return an answer as chunks of a byte each, every byte sent by itself."""
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    whole = b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", b""]) + chunks
    return [whole[at : at + 1] for at in range(len(whole))]


WIRE: dict[str, list[Answer]] = {
    "bytes": [in_bytes(created()), in_bytes(completed())],
    "early hints": [
        [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", *created()],
        [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n", *completed()],
    ],
    "closing": [
        answer(200, "Connection: close", id=TASK, status="pending"),
        answer(200, "CONNECTION: Close", status="completed", video_url="http://h/v"),
    ],
    "no length": [
        [b'HTTP/1.0 200 Fine\r\n\r\n{"id": "' + TASK.encode() + b'", "status": "pending"}'],
        completed(),
    ],
    "odd content type": [
        answer(200, "cOnTeNt-TyPe: application/json; charset=UTF-8", id=TASK, status="pending"),
        completed(),
    ],
    "large": [created(), completed(note="x" * 2_000_000)],
    "unknown status": [created(), answer(200, status="queued"), completed()],
    "no status": [created(), answer(200, id=TASK), completed()],
    "closed without a word": [created(), [], completed()],
    "empty": [created(), [raw(200, b"")], completed()],
    "a list": [created(), [raw(200, b"[]")], completed()],
    "nested": [created(), [raw(200, b"[" * 100_000)], completed()],
    "completed at once": [created(status="completed", video_url="http://h/v")],
    "strange url": [
        created(),
        completed(video_url="file:///etc/passwd", video={"url": "http://h/v"}),
    ],
    "data": [created(), completed(video_url=None, data=[{"url": "http://h/v"}])],
    "odd progress": [created(), answer(200, status="processing", progress="42"), completed()],
    "back again": [
        created(),
        answer(200, status="processing"),
        answer(200, status="pending"),
        completed(),
    ],
}


@pytest.mark.parametrize("case", WIRE)
def test_completes(client: list[str], case: str, tmp_path: Path) -> None:
    with Scripted(WIRE[case]) as server:
        line = told(client, server, tmp_path)

    assert (line["code"], line.get("video_urls")) == (0, ["http://h/v"]), line["text"]
    assert [one for one in server.lines if one.startswith("POST")] == [
        "POST /v1/videos/generations"
    ]


POLL_URLS = {
    "/v1/tasks/x?view=full&sig=a%2Fb&c=%20+~": "/v1/tasks/x?view=full&sig=a%2Fb&c=%20+~",
    "{url}/v1/tasks/a%2Fb/../c?x#part": "/v1/tasks/a%2Fb/../c?x",
    "{url}?only": "/?only",
    "//127.0.0.1:9/v1/tasks/x": f"/v1/tasks/{TASK}",
    "http://user:secret@127.0.0.1:{port}/v1/tasks/x": f"/v1/tasks/{TASK}",
    "http://localhost:{port}/v1/tasks/x": f"/v1/tasks/{TASK}",
    "http://127.0.0.1:1/v1/tasks/x": f"/v1/tasks/{TASK}",
    "http://127.0.0.1:port/": f"/v1/tasks/{TASK}",
    "http://[::1/": f"/v1/tasks/{TASK}",
    "https://127.0.0.1:{port}/v1/tasks/x": f"/v1/tasks/{TASK}",
    "{url}\\@elsewhere/v1": f"/v1/tasks/{TASK}",
    "file:///etc/passwd": f"/v1/tasks/{TASK}",
    "/v1/tasks/x\r\nX-Evil: 1": f"/v1/tasks/{TASK}",
    "tasks/x": f"/v1/tasks/{TASK}",
    "": f"/v1/tasks/{TASK}",
}


@pytest.mark.parametrize("poll_url", POLL_URLS, ids=ascii)
def test_polls_the_api_and_nobody_else(client: list[str], poll_url: str, tmp_path: Path) -> None:
    with Scripted([created(), completed()]) as server:
        where = poll_url.replace("{url}", server.url).replace("{port}", str(server.port))
        server.answers[0] = created(poll_url=where)
        line = told(client, server, tmp_path, base="/v1/")

    assert line["code"] == 0, line["text"]
    assert server.lines[1] == f"GET {POLL_URLS[poll_url]}"
    assert f"Host: 127.0.0.1:{server.port}".lower() in server.asked[1].decode().lower()


@pytest.mark.parametrize("first", [created(), answer(307, "Location: {there}/v1/x")])
def test_takes_the_key_to_no_other_host(
    client: list[str], first: list[bytes], tmp_path: Path
) -> None:
    away = answer(302, "Location: {there}/v1/x")
    with Scripted([answer(200)]) as other, Scripted([first, away, completed()]) as server:
        there = other.url.encode()
        server.answers[:2] = [
            [one.replace(b"{there}", there) for one in said] for said in (first, away)
        ]
        line = told(client, server, tmp_path)

    assert other.asked == []
    assert line["outcome"] == ("completed" if len(server.asked) > 1 else "error")


REFUSALS: dict[str, tuple[list[bytes], str, str]] = {
    "text": (answer(400, error="Not like this"), "http_400", "Not like this"),
    "no code": (answer(400, error={"message": "No", "type": "bad"}), "bad", "No"),
    "flat": (answer(400, message="No", type="bad"), "bad", "No"),
    "nothing": ([raw(413, b"")], "http_413", "HTTP 413"),
    "html": ([raw(502, b"<html>")], "http_502", "HTTP 502"),
    "many": (answer(402, error={"code": "c", "message": "m", "x": [{}], "y": None}), "c", "m"),
    "final": (answer(503, error={"code": "c", "message": "m", "retryable": False}), "c", "m"),
    "unsaid": (
        answer(503, error={"code": "all_channels_failed", "message": "m"}),
        "all_channels_failed",
        "m",
    ),
    "no id": (answer(200, status="pending"), "unknown", "the answer"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_surfaces_a_refusal(client: list[str], case: str, tmp_path: Path) -> None:
    said, code, message = REFUSALS[case]
    with Scripted([said]) as server:
        line = told(client, server, tmp_path)

    assert (line["code"], line["error"]["code"]) == (1, code), line["text"]
    assert line["error"]["message"].startswith(message)
    assert len(server.asked) == 1


BUSY = {"code": "rate_limit_exceeded", "message": "busy", "retryable": True}


@pytest.mark.parametrize(
    ("head", "body", "creates"),
    [
        (["Retry-After: 1"], {}, 3),
        (["Retry-After: 86400"], {}, 1),
        (["Retry-After: 1"], {"retry_after": 100}, 1),
        (["Retry-After: 100"], {"retry_after": 1}, 1),
        ([], {"retry_after": 100.5}, 1),
        (
            ["Date: Mon, 01 Jan 2024 00:00:00 GMT", "Retry-After: Mon, 01 Jan 2024 00:01:40 GMT"],
            {},
            1,
        ),
        (
            ["Date: Mon, 01 Jan 2024 00:00:09 GMT", "Retry-After: Mon, 01 Jan 2024 00:00:00 GMT"],
            {},
            2,
        ),
        (["Retry-After: soon"], {}, 2),
        (["Retry-After: -5"], {}, 2),
        (["Retry-After: " + "9" * 400], {}, 1),
    ],
)
def test_waits_as_long_as_it_is_told(
    client: list[str], head: list[str], body: dict[str, object], creates: int, tmp_path: Path
) -> None:
    with Scripted([answer(429, *head, error={**BUSY, **body})]) as server:
        line = told(client, server, tmp_path, deadline_s=5)

    assert (line["outcome"], line["error"]["code"]) == ("error", "rate_limit_exceeded")
    assert len(server.asked) == creates


def range_of(request: bytes) -> str | None:
    """Return what part a request asks for."""
    heads = [line for line in request.decode().split("\r\n") if line.lower().startswith("range:")]
    return heads[0].split(": ")[1] if heads else None


PART = raw(200, FILE)[: -len(FILE) + 200]
REST = raw(206, FILE[200:], "Content-Range: bytes 200-499/500")
DOWNLOADS: dict[str, tuple[list[Answer], list[str | None]]] = {
    "at once": ([[raw(200, FILE)]], [None]),
    "resumed": ([[PART], [REST]], [None, "bytes=200-"]),
    "range ignored": ([[PART], [raw(200, FILE)]], [None, "bytes=200-"]),
    "another range": (
        [[PART], [raw(206, FILE[100:], "Content-Range: bytes 100-499/500")], [raw(200, FILE)]],
        [None, "bytes=200-", None],
    ),
    "nothing left": (
        [[PART], [raw(416, b"", "Content-Range: bytes */500")], [raw(200, FILE)]],
        [None, "bytes=200-", None],
    ),
    "moved": ([answer(302, "Location: /b?c=d%2Fe"), [raw(200, FILE)]], [None, None]),
}


@pytest.mark.parametrize("case", DOWNLOADS)
def test_saves_the_whole_file(client: list[str], case: str, tmp_path: Path) -> None:
    answers, ranges = DOWNLOADS[case]
    path = tmp_path / "video.mp4"
    with Scripted(answers) as files, Scripted([created(), completed()]) as server:
        server.answers[1] = completed(video_url=f"{files.url}/a?sig=x%2By%3D&b")
        line = told(client, server, tmp_path / "state", action="download", download_to=str(path))

    assert line.get("sha256") == hashlib.sha256(FILE).hexdigest(), line["text"]
    assert path.read_bytes() == FILE
    assert [range_of(request) for request in files.asked] == ranges
    assert files.lines[0] == "GET /a?sig=x%2By%3D&b"
    assert not [request for request in files.asked if KEY.encode() in request]


def test_asks_the_task_for_a_fresh_link(client: list[str], tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    with Scripted([[raw(403, b"")], [raw(200, FILE)]]) as files:
        old, new = (completed(video_url=f"{files.url}/{name}") for name in ("old", "new"))
        with Scripted([created(), old, new]) as server:
            told(client, server, tmp_path / "state", action="download", download_to=str(path))

    assert files.lines == ["GET /old", "GET /new"]
    assert len([line for line in server.lines if line.startswith("POST")]) == 1
    assert path.read_bytes() == FILE


@pytest.mark.parametrize(
    ("inputs", "operation"),
    [
        ({}, "text-to-video"),
        ({"operation": "video-to-video", "video_url": "http://h/a"}, "video-to-video"),
        ({"image_url": "http://h/a"}, "image-to-video"),
        ({"image_urls": ["http://h/a", "http://h/b"]}, "reference-to-video"),
        ({"reference_images": ["http://h/a"], "video_urls": ["http://h/b"]}, "reference-to-video"),
        ({"start_image": "http://h/a", "end_image": "http://h/b"}, "start-end-to-video"),
        ({"video_url": "http://h/a"}, "video-to-video"),
        ({"task_id": TASK}, "video-extension"),
    ],
)
def test_sends_the_operation(
    client: list[str], inputs: dict[str, object], operation: str, tmp_path: Path
) -> None:
    request = {"model": "seedance-2.0", "prompt": "Grüße 🎬", "duration": 7, **inputs}
    with Scripted([created(), completed()]) as server:
        told(client, server, tmp_path, request=request)

    head, _, body = server.asked[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {"operation": operation, **request}
    assert b"content-type: application/json" in head.lower()


@pytest.mark.parametrize("base", ["/gateway", "/gateway/v1/"])
def test_a_gateway_may_have_a_path(client: list[str], base: str, tmp_path: Path) -> None:
    answers = [answer(200, id=TASK, status="pending"), completed()]
    with Scripted(list(answers)) as server:
        told(client, server, tmp_path, base=base)

    assert server.lines == ["POST /gateway/v1/videos/generations", f"GET /gateway/v1/tasks/{TASK}"]


def test_a_key_that_is_none_is_not_quoted(client: list[str], tmp_path: Path) -> None:
    code, out, err = started(client, environment("http://127.0.0.1:9", "sk-a\nb", {}, tmp_path))

    assert code not in (0, 127)
    assert "sk-a" not in out + err
