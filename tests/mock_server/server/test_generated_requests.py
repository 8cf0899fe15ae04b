"""Thousands of generated inputs over TCP: no 500, no traceback, no hang, one answer to one input.

The inputs are requests of every kind, mutated in every place: methods, targets, headers, framing,
bodies, trailers and bytes between requests. Each is sent whole, and again in pieces.
"""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")

CREATE = "/v1/videos/generations"
TASK = "/v1/tasks/ldtask_" + "0" * 32
BODY = json.dumps({"model": "seedance-2.0", "prompt": "a paper boat"}).encode()

COUNT = 4_000
WORKERS = 8

QUIET_SECONDS = 0.3, 5.0
"""How long nothing comes before a response counts as withheld, as the input was not complete.

The second time is for inputs that seem to have two answers: the machine may have been busy.
"""

METHODS = ("GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "PATCH", "BREW", "get", "G ET", "")
TARGETS = (
    CREATE, TASK, "/v1/models", "/v1/models/seedance-2.0", "/v1/pricing", "/healthz", "/nothing",
    "/v1/models?view=compact", "/v1/models?%ff=%00", "/_mock/words", "/_mock/journal?status=x",
    "//x", "//", "/%", "/%zz", "/v1/models/%E2%82%AC", "/v1/tasks/%0d%0aX: y", "/v1/tasks/%00", "*",
    "", "http://localhost/v1/models", "http://[::1", "/" + "a" * 5_000, "/v1/models#part",
    "/\xff", "localhost:80", "/v1/models HTTP/1.1", "/..//../v1/models", "?",
    "/v1/videos/generations/",
)  # fmt: skip
ORDINARY = (
    ("POST", CREATE), ("POST", CREATE), ("GET", TASK), ("DELETE", TASK), ("GET", "/v1/models"),
    ("GET", "/v1/pricing"), ("GET", "/healthz"), ("POST", "/nothing"), ("PUT", "/v1/models"),
)  # fmt: skip
HEADERS = (
    "Authorization: Bearer sk-a", "Authorization: Bearer sk-a \t", "Authorization: Basic x",
    "Authorization: Bearer sk-mock-any-delayx0.delay-0s", "Authorization: Bearer sk-mock-bad",
    "Authorization:", "authorization: bearer  sk-b", "Content-Type: application/json",
    "Content-Encoding: gzip", "Content-Encoding: identity", "Expect: 100-continue", "Expect: x",
    "Connection: close", "Connection: keep-alive", "Connection: Upgrade\r\nUpgrade: h2c",
    "Connection: upgrade\r\nUpgrade: websocket", "Origin: http://localhost", "Origin: null",
    "Host: other", "Host:", "Host: a b", "Host: [::1]:x", "X: " + "y" * 3_000, "X : y", "X\t: y",
    ": y", "X: y\r\n z", "X: \x00", "X: \x7f\xff", "No colon", "Range: bytes=0-", "Cookie: a=b",
    "Content-Length: 5", "Content-Length: -1", "Content-Length: 1e3", "Content-Length: 5, 5",
    "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: x, chunked",
    "X-TokenLab-Delivery-Policy: nothing", "X-Request-ID: mine", "\r\n", "X: y\nZ: w",
)  # fmt: skip
BODIES = (
    BODY, b"", b"{}", b"[]", b"{", b"\xff\xfe", b"\xef\xbb\xbf" + BODY, b'{"a": NaN}', b"[" * 500,
    b"x" * 25_000, BODY + b" " * 9_000, b'{"prompt": "\\ud800"}', b'{"a": ' + b"1" * 5_000 + b"}",
    BODY.replace(b"boat", b"[mock: create-x]"), b"\r\n" * 20, b"GET / HTTP/1.1\r\n\r\n",
)  # fmt: skip
CHUNK_ENDS = (b"\r\n", b"\r\n", b"\r\n", b";a=b\r\n", b'; a="b"\r\n', b"\n", b" \r\n", b";\r\n")
BETWEEN = (
    b"",
    b"",
    b"",
    b"",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\x00",
    b"text\r\n\r\n",
    b"\x16\x03\x01",
)

# The last request of every input: its response is the end, and then the connection closes.
LAST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def rarely(choose: random.Random, *, percent: int) -> bool:
    return choose.randrange(100) < percent


def chunked(choose: random.Random, body: bytes) -> bytes:
    """Return a body in chunks, perhaps with extensions, trailers and mistakes."""
    chunks = []
    while body:
        size = choose.randrange(1, len(body) + 1)
        wrong = size + 1 if rarely(choose, percent=2) else size
        chunks.append(b"%x%b%b\r\n" % (wrong, choose.choice(CHUNK_ENDS), body[:size]))
        body = body[size:]
    trailers = choose.sample(HEADERS, choose.randrange(3)) if rarely(choose, percent=40) else []
    lines = "".join(f"{line}\r\n" for line in trailers).encode("latin-1")
    return b"".join(chunks) + b"0\r\n" + lines + b"\r\n"


def message(choose: random.Random) -> bytes:
    """Return a request with a few unusual parts."""
    method, target = choose.choice(ORDINARY)
    if rarely(choose, percent=15):
        method = choose.choice(METHODS)
    if rarely(choose, percent=25):
        target = choose.choice(TARGETS)
    version = (
        choose.choice(("1.0", "1.1", "1.2", "2.0", "x")) if rarely(choose, percent=8) else "1.1"
    )
    headers = [] if rarely(choose, percent=5) else ["Host: localhost"]
    headers += choose.sample(HEADERS[:7], 1) if rarely(choose, percent=80) else []
    headers += choose.sample(HEADERS, choose.randrange(3)) if rarely(choose, percent=40) else []
    body = choose.choice(BODIES) if method == "POST" or rarely(choose, percent=20) else b""
    if body and rarely(choose, percent=50):
        headers.append("Transfer-Encoding: chunked")
        body = chunked(choose, body)
    elif body or method == "POST":
        headers.append(f"Content-Length: {len(body) + rarely(choose, percent=2)}")
    choose.shuffle(headers)
    head = f"{method} {target} HTTP/{version}\r\n" + "".join(f"{line}\r\n" for line in headers)
    return head.encode("latin-1") + b"\r\n" + body


def mutated(choose: random.Random, raw: bytes) -> bytes:
    """Return the bytes with one of them replaced, removed or repeated."""
    at = choose.randrange(len(raw))
    middle = choose.choice((b"", raw[at : at + 1] * 2, bytes([choose.randrange(256)])))
    return raw[:at] + middle + raw[at + 1 :]


def generated(seed: int) -> bytes:
    choose = random.Random(seed)
    raw = b"".join(message(choose) + choose.choice(BETWEEN) for _ in range(choose.randrange(1, 4)))
    return (mutated(choose, raw) if rarely(choose, percent=25) else raw) + LAST


def pieces(seed: int, raw: bytes) -> list[bytes]:
    choose = random.Random(seed)
    cuts = sorted(choose.randrange(len(raw)) for _ in range(choose.randrange(1, 12)))
    return [raw[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]


def exchange(port: int, parts: list[bytes], quiet: float) -> tuple[bytes, str]:
    """Send the parts, and return what comes back and how it ends."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for part in parts:
                client.sendall(part)
            client.settimeout(quiet)
            while data := client.recv(65_536):
                received += data
        except TimeoutError:
            return received, "open"
        except ConnectionError:
            return received, "reset"
    return received, "closed"


def comparable(received: bytes) -> bytes:
    """Return responses without what differs between two requests: ids, dates and times."""
    received = re.sub(rb"(req|ldtask|btx)_[0-9a-f]{24,32}", rb"\1_", received)
    received = re.sub(rb"\r\ndate: [^\r]*|\r\ncontent-length: \d+", b"", received)
    received = re.sub(rb"signature=[A-Za-z0-9%]+", b"signature=", received)
    return re.sub(rb'"(created\w*|updated\w*|time|received|answered)":[\d.]+', b"", received)


def is_right(whole: tuple[bytes, str], in_pieces: tuple[bytes, str]) -> bool:
    """Return whether both answers are the same, and neither is an error of the server."""
    statuses = {int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", whole[0])}
    if max(statuses, default=0) >= 500 or whole[1] == "reset":
        return False
    return (comparable(whole[0]), whole[1]) == (comparable(in_pieces[0]), in_pieces[1])


@pytest.mark.slow("soak")
def test_generated_requests_have_one_clean_answer(tmp_path: Path) -> None:
    # A file, as a pipe that nobody reads is full at some time, and the server waits for its log.
    log = tmp_path / "stderr"
    command = [str(PROGRAM), "serve", "--port", "0", "--log-format", "none", "--max-body", "20000"]
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    port = int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])

    def try_input(seed: int, quiet: float) -> list[tuple[bytes, str]] | None:
        """Return the answers to an input if they are not right."""
        raw = generated(seed)
        answers = [exchange(port, parts, quiet) for parts in ([raw], pieces(seed, raw))]
        return None if is_right(*answers) else answers

    def try_again(seed: int) -> list[tuple[bytes, str]] | None:
        first, second = QUIET_SECONDS
        return try_input(seed, first) and try_input(seed, second)

    with ThreadPoolExecutor(WORKERS) as pool:
        results = dict(enumerate(pool.map(try_again, range(COUNT))))

    received, end = exchange(port, [LAST], QUIET_SECONDS[1])
    process.terminate()
    output = process.communicate(timeout=10)[0]
    assert {seed: answers for seed, answers in results.items() if answers} == {}
    assert (received.startswith(b"HTTP/1.1 200 OK\r\n"), end) == (True, "closed")
    assert output == ""
    assert set(log.read_text().splitlines()) <= {"Invalid HTTP request received."}
