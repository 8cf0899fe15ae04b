"""The reference clients with servers that send videos in pieces, elsewhere or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .reference_clients import ReferenceClient, each_client, each_client_and
from .scripted_server import (
    RawResponse,
    ScriptedServer,
    completed,
    created,
    raw_response,
    response,
)
from .test_wire import KEY, run_job

FILE = b"0123456789" * 50
FIRST_PART = raw_response(200, FILE)[: -len(FILE) + 200]
REST = raw_response(206, FILE[200:], "Content-Range: bytes 200-499/500")
OTHER_RANGE = raw_response(206, FILE[100:], "Content-Range: bytes 100-499/500")
DOWNLOADS: dict[str, tuple[list[RawResponse], list[str | None]]] = {
    "complete": ([[raw_response(200, FILE)]], [None]),
    "resumed": ([[FIRST_PART], [REST]], [None, "bytes=200-"]),
    "range ignored": ([[FIRST_PART], [raw_response(200, FILE)]], [None, "bytes=200-"]),
    "another range": (
        [[FIRST_PART], [OTHER_RANGE], [raw_response(200, FILE)]],
        [None, "bytes=200-", None],
    ),
    "range not satisfiable": (
        [
            [FIRST_PART],
            [raw_response(416, b"", "Content-Range: bytes */500")],
            [raw_response(200, FILE)],
        ],
        [None, "bytes=200-", None],
    ),
    "redirected": (
        [response(302, "Location: /b?c=d%2Fe"), [raw_response(200, FILE)]],
        [None, None],
    ),
}
"""Responses of the file server, and the Range header of each request."""


def range_header(request: bytes) -> str | None:
    """Return the value of the Range header of a request."""
    lines = request.decode().split("\r\n")
    values = [line.split(": ")[1] for line in lines if line.lower().startswith("range:")]
    return values[0] if values else None


@each_client_and("form", DOWNLOADS)
def test_saves_the_complete_file(client: ReferenceClient, form: str, tmp_path: Path) -> None:
    responses, ranges = DOWNLOADS[form]
    path = tmp_path / "video.mp4"
    job = {"action": "download", "download_to": str(path)}
    with (
        ScriptedServer(responses) as file_server,
        ScriptedServer([created(), completed()]) as server,
    ):
        server.responses[1] = completed(video_url=f"{file_server.url}/a?sig=x%2By%3D&b")
        output = run_job(client, server, tmp_path / "state", **job)

    assert output.line.get("sha256") == hashlib.sha256(FILE).hexdigest(), output.text
    assert path.read_bytes() == FILE
    assert [range_header(request) for request in file_server.requests] == ranges
    assert file_server.request_lines[0] == "GET /a?sig=x%2By%3D&b"
    assert not [request for request in file_server.requests if KEY.encode() in request]


@each_client
def test_polls_for_a_fresh_url(client: ReferenceClient, tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    job = {"action": "download", "download_to": str(path)}
    with (
        ScriptedServer([[raw_response(403, b"")], [raw_response(200, FILE)]]) as file_server,
        ScriptedServer([created()]) as server,
    ):
        urls = (f"{file_server.url}/{name}" for name in ("expired", "fresh"))
        server.responses += [completed(video_url=url) for url in urls]
        run_job(client, server, tmp_path / "state", **job)

    assert file_server.request_lines == ["GET /expired", "GET /fresh"]
    assert len([line for line in server.request_lines if line.startswith("POST")]) == 1
    assert path.read_bytes() == FILE
