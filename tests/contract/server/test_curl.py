"""Command lines: they repeat the request in a shell, and never show the key."""

import shlex
import subprocess

import pytest

from seedance_contract.server.curl import KEY_PLACEHOLDER, MAX_BODY_SHOWN, curl_command
from seedance_contract.server.exchange import SentRequest
from seedance_mock.testing.live import LiveServer

KEY = "sk-secret-1"


def sent(**changes: object) -> SentRequest:
    members: dict[str, object] = {
        "method": "DELETE",
        "path": f"/v1/tasks/{KEY}",
        "url": f"http://127.0.0.1/v1/tasks/{KEY}",
        "key": KEY,
        "headers": {"Authorization": f"Bearer {KEY}", "Content-Length": "1", "X-Odd": "'"},
    }
    return SentRequest(**members | changes)  # type: ignore[arg-type] # the tests pass valid ones


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"it's $HOME `x`\n",
        b'{"a": "\\ud800"}',
        b"\xff\x01'",
        f"{KEY}\xff".encode("latin1"),
    ],
)
def test_shell_repeats_the_request(body: bytes | None) -> None:
    line = curl_command(sent(body=body))

    assert KEY not in line
    assert KEY_PLACEHOLDER in line
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}; TOKENLAB_API_KEY={KEY}; {line}"
    result = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    arguments = ["-sS", "-i", "-X", "DELETE", f"http://127.0.0.1/v1/tasks/{KEY}"]
    headers = ["-H", f"Authorization: Bearer {KEY}", "-H", "X-Odd: '"]
    data = [] if body is None else [b"--data-binary", body]
    assert result.stdout.split(b"\0") == [*map(str.encode, arguments + headers), *data, b""]


def test_authorization_is_readable() -> None:
    assert '-H "Authorization: Bearer $TOKENLAB_API_KEY"' in curl_command(sent())


def test_curl_gets_the_same_response(seedance_server: LiveServer) -> None:
    key, url = seedance_server.key(), f"{seedance_server.url}/v1/videos/generations"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = sent(method="POST", url=url, key=key, headers=headers, body=b'{"prompt": "it\'s"}')

    result = subprocess.run(
        ["sh", "-c", curl_command(request)],
        capture_output=True,
        text=True,
        env={"TOKENLAB_API_KEY": key, "PATH": "/usr/bin:/bin"},
    )

    assert result.stdout.startswith("HTTP/1.1 400")


def test_header_without_a_key_is_shown() -> None:
    line = curl_command(sent(key=None, headers={"Authorization": "Basic x"}))

    assert shlex.split(line)[-2:] == ["-H", "Authorization: Basic x"]


@pytest.mark.parametrize("body", [b"x" * 20_000, b"\xff" * 20_000], ids=["text", "bytes"])
def test_long_body_is_cut(body: bytes) -> None:
    assert len(curl_command(sent(key=None, body=body))) < 5 * MAX_BODY_SHOWN
