"""The reference clients with servers that send unusual but possible responses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .reference_clients import (
    Output,
    ReferenceClient,
    client_environment,
    each_client,
    each_client_and,
)
from .scripted_server import (
    TASK_ID,
    RawResponse,
    ScriptedServer,
    completed,
    created,
    raw_response,
    response,
)

KEY = "sk-secret-of-the-user"


def run_job(
    client: ReferenceClient, server: ScriptedServer, folder: Path, base: str = "", **job: object
) -> Output:
    """Run a client against a server. The key must not appear in its output or its files."""
    kit_job = {"kit": 1, "poll_interval_s": 0.05, "deadline_s": 10, **job}
    output = client.run(client_environment(server.url + base, KEY, kit_job, folder))
    assert KEY not in output.text
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY in path.read_text()]
    return output


def in_single_bytes(pieces: RawResponse) -> list[bytes]:
    """Return a response with a chunk for each byte of the body, and each byte sent on its own."""
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    message = b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", b""]) + chunks
    return [message[index : index + 1] for index in range(len(message))]


FORMS: dict[str, list[RawResponse]] = {
    "single bytes": [in_single_bytes(created()), in_single_bytes(completed())],
    "early hints": [
        [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", *created()],
        [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n", *completed()],
    ],
    "connection close": [
        response(200, "Connection: close", id=TASK_ID, status="pending"),
        response(200, "CONNECTION: Close", status="completed", video_url="http://h/v"),
    ],
    "no length": [
        [b'HTTP/1.0 200 Fine\r\n\r\n{"id": "' + TASK_ID.encode() + b'", "status": "pending"}'],
        completed(),
    ],
    "unusual content type": [
        response(
            200, "cOnTeNt-TyPe: application/json; charset=UTF-8", id=TASK_ID, status="pending"
        ),
        completed(),
    ],
    "large": [created(), completed(note="x" * 2_000_000)],
    "unknown status": [created(), response(200, status="queued"), completed()],
    "no status": [created(), response(200, id=TASK_ID), completed()],
    "closed without a response": [created(), [], completed()],
    "empty": [created(), [raw_response(200, b"")], completed()],
    "list": [created(), [raw_response(200, b"[]")], completed()],
    "deeply nested": [created(), [raw_response(200, b"[" * 100_000)], completed()],
    "completed at once": [created(status="completed", video_url="http://h/v")],
    "file url": [
        created(),
        completed(video_url="file:///etc/passwd", video={"url": "http://h/v"}),
    ],
    "result in data": [created(), completed(video_url=None, data=[{"url": "http://h/v"}])],
    "progress is text": [created(), response(200, status="processing", progress="42"), completed()],
    "pending again": [
        created(),
        response(200, status="processing"),
        response(200, status="pending"),
        completed(),
    ],
}


@each_client_and("form", FORMS, fast=["early hints", "no length"])
def test_completes(client: ReferenceClient, form: str, tmp_path: Path) -> None:
    with ScriptedServer(FORMS[form]) as server:
        output = run_job(client, server, tmp_path)

    assert output.exit_status == 0, output.text
    assert output.line["video_urls"] == ["http://h/v"]
    creates = [line for line in server.request_lines if line.startswith("POST")]
    assert creates == ["POST /v1/videos/generations"]


DEFAULT_PATH = f"/v1/tasks/{TASK_ID}"
POLL_URLS = {
    "/v1/tasks/x?view=full&sig=a%2Fb&c=%20+~": "/v1/tasks/x?view=full&sig=a%2Fb&c=%20+~",
    "{url}/v1/tasks/a%2Fb/../c?x#part": "/v1/tasks/a%2Fb/../c?x",
    "{url}?only": "/?only",
    "//127.0.0.1:9/v1/tasks/x": DEFAULT_PATH,
    "http://user:secret@127.0.0.1:{port}/v1/tasks/x": DEFAULT_PATH,
    "http://localhost:{port}/v1/tasks/x": DEFAULT_PATH,
    "http://127.0.0.1:1/v1/tasks/x": DEFAULT_PATH,
    "http://127.0.0.1:port/": DEFAULT_PATH,
    "http://[::1/": DEFAULT_PATH,
    "https://127.0.0.1:{port}/v1/tasks/x": DEFAULT_PATH,
    "{url}\\@elsewhere/v1": DEFAULT_PATH,
    "file:///etc/passwd": DEFAULT_PATH,
    "/v1/tasks/x\r\nX-Evil: 1": DEFAULT_PATH,
    "tasks/x": DEFAULT_PATH,
    "": DEFAULT_PATH,
}


@each_client_and("poll_url", POLL_URLS, fast=["{url}/v1/tasks/a%2Fb/../c?x#part"])
def test_polls_only_the_api(client: ReferenceClient, poll_url: str, tmp_path: Path) -> None:
    with ScriptedServer([created(), completed()]) as server:
        url = poll_url.replace("{url}", server.url).replace("{port}", str(server.port))
        server.responses[0] = created(poll_url=url)
        output = run_job(client, server, tmp_path, base="/v1/")

    assert output.exit_status == 0, output.text
    assert server.request_lines[1] == f"GET {POLL_URLS[poll_url]}"
    assert f"Host: 127.0.0.1:{server.port}".lower() in server.requests[1].decode().lower()


@each_client
@pytest.mark.parametrize("create_status", [200, 307])
def test_never_sends_the_key_to_another_host(
    client: ReferenceClient, create_status: int, tmp_path: Path
) -> None:
    with (
        ScriptedServer([response(200)]) as other_server,
        ScriptedServer([]) as server,
    ):
        location = f"Location: {other_server.url}/v1/x"
        first = created() if create_status == 200 else response(307, location)
        server.responses[:] = [first, response(302, location), completed()]
        output = run_job(client, server, tmp_path)

    assert other_server.requests == []
    assert output.outcome == ("completed" if create_status == 200 else "error")


ERRORS: dict[str, tuple[RawResponse, str, str]] = {
    "text": (response(400, error="Not like this"), "http_400", "Not like this"),
    "no code": (response(400, error={"message": "No", "type": "bad"}), "bad", "No"),
    "flat": (response(400, message="No", type="bad"), "bad", "No"),
    "empty": ([raw_response(413, b"")], "http_413", "HTTP 413"),
    "html": ([raw_response(502, b"<html>")], "http_502", "HTTP 502"),
    "more members": (
        response(402, error={"code": "c", "message": "m", "x": [{}], "y": None}),
        "c",
        "m",
    ),
    "not retryable": (
        response(503, error={"code": "c", "message": "m", "retryable": False}),
        "c",
        "m",
    ),
    "retryable missing": (
        response(503, error={"code": "all_channels_failed", "message": "m"}),
        "all_channels_failed",
        "m",
    ),
    "no id": (response(200, status="pending"), "unknown", "the response names no task"),
}


@each_client_and("form", ERRORS, fast=["text"])
def test_reports_the_error_of_a_create(client: ReferenceClient, form: str, tmp_path: Path) -> None:
    create_response, code, message = ERRORS[form]
    with ScriptedServer([create_response]) as server:
        output = run_job(client, server, tmp_path)

    assert (output.exit_status, output.line["error"]["code"]) == (1, code), output.text
    assert output.line["error"]["message"].startswith(message)
    assert len(server.requests) == 1


BUSY = {"code": "rate_limit_exceeded", "message": "busy", "retryable": True}
RETRY_AFTERS: dict[str, tuple[list[str], dict[str, object], int]] = {
    "short": (["Retry-After: 1"], {}, 3),
    "a day": (["Retry-After: 86400"], {}, 1),
    "longer in body": (["Retry-After: 1"], {"retry_after": 100}, 1),
    "shorter in body": (["Retry-After: 100"], {"retry_after": 1}, 1),
    "only in body": ([], {"retry_after": 100.5}, 1),
    "date": (
        ["Date: Mon, 01 Jan 2024 00:00:00 GMT", "Retry-After: Mon, 01 Jan 2024 00:01:40 GMT"],
        {},
        1,
    ),
    "past date": (
        ["Date: Mon, 01 Jan 2024 00:00:09 GMT", "Retry-After: Mon, 01 Jan 2024 00:00:00 GMT"],
        {},
        2,
    ),
    "word": (["Retry-After: soon"], {}, 2),
    "negative": (["Retry-After: -5"], {}, 2),
    "huge": (["Retry-After: " + "9" * 400], {}, 1),
}
"""Header lines, members of the error, and how many creates the client sends within 5 s."""


@each_client_and("form", RETRY_AFTERS)
def test_waits_as_long_as_retry_after_says(
    client: ReferenceClient, form: str, tmp_path: Path
) -> None:
    head, members, create_count = RETRY_AFTERS[form]
    with ScriptedServer([response(429, *head, error={**BUSY, **members})]) as server:
        output = run_job(client, server, tmp_path, deadline_s=5)

    assert (output.outcome, output.line["error"]["code"]) == ("error", "rate_limit_exceeded")
    assert len(server.requests) == create_count


OPERATIONS: dict[str, tuple[dict[str, object], str]] = {
    "none": ({}, "text-to-video"),
    "own": ({"operation": "video-to-video", "video_url": "http://h/a"}, "video-to-video"),
    "image": ({"image_url": "http://h/a"}, "image-to-video"),
    "images": ({"image_urls": ["http://h/a", "http://h/b"]}, "reference-to-video"),
    "references": (
        {"reference_images": ["http://h/a"], "video_urls": ["http://h/b"]},
        "reference-to-video",
    ),
    "start and end": (
        {"start_image": "http://h/a", "end_image": "http://h/b"},
        "start-end-to-video",
    ),
    "video": ({"video_url": "http://h/a"}, "video-to-video"),
    "task": ({"task_id": TASK_ID}, "video-extension"),
}


@each_client_and("inputs", OPERATIONS)
def test_sends_the_operation(client: ReferenceClient, inputs: str, tmp_path: Path) -> None:
    fields, operation = OPERATIONS[inputs]
    request = {"model": "seedance-2.0", "prompt": "Grüße 🎬", "duration": 7, **fields}
    with ScriptedServer([created(), completed()]) as server:
        run_job(client, server, tmp_path, request=request)

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {"operation": operation, **request}
    assert b"content-type: application/json" in head.lower()


@each_client
@pytest.mark.parametrize("base", ["/gateway", "/gateway/v1/"])
def test_base_url_may_have_a_path(client: ReferenceClient, base: str, tmp_path: Path) -> None:
    with ScriptedServer([response(200, id=TASK_ID, status="pending"), completed()]) as server:
        run_job(client, server, tmp_path, base=base)

    assert server.request_lines == [
        "POST /gateway/v1/videos/generations",
        f"GET /gateway/v1/tasks/{TASK_ID}",
    ]
