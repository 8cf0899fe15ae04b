"""What is judged from one exchange: each judge passes, has nothing to say, and fails."""

import json
import subprocess
from typing import Any

import pytest

from seedance_contract.case import Mismatch
from seedance_contract.declared.routes import CREATE, GET_MODEL, READ
from seedance_contract.server.openapi_exchange import (
    KEY,
    Exchange,
    curl,
    error_envelope,
    fail_closed,
    key_needed,
    method_envelope,
    no_key_echo,
    parsed,
    retry_after,
    shown,
)

SECRET = "sk-secret-1"
LEGAL = {"model": "seedance-2.0", "prompt": "a boat"}
ERROR = {"message": "no", "type": "invalid_request_error", "request_id": "req_1"}


def exchange(content: object = None, **changes: Any) -> Exchange:
    whole: dict[str, Any] = {
        "endpoint": READ,
        "method": "GET",
        "url": "http://127.0.0.1:8000/v1/tasks/a",
        "sent": {"Authorization": f"Bearer {SECRET}"},
        "body": None,
        "status": 200,
        "headers": {"x-request-id": "req_1"},
        "content": content if isinstance(content, bytes) else json.dumps(content).encode(),
    }
    return Exchange(**whole | changes)


def created(body: object, **changes: Any) -> Exchange:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return exchange(endpoint=CREATE, method="POST", body=sent, **changes)


def test_a_good_error_body_passes() -> None:
    assert error_envelope(exchange({"error": ERROR}, status=404))
    assert method_envelope(exchange({"error": ERROR}, status=405, method="PUT"))


def test_a_success_has_no_error_body() -> None:
    assert not error_envelope(exchange({}))
    assert not error_envelope(exchange({}, status=405, method="PUT"))
    assert not method_envelope(exchange({}, status=405, method="HEAD"))
    assert not method_envelope(exchange({}, status=404))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, "error.message, a text"),
        ({**ERROR, "message": ""}, "error.message, a text"),
        ({**ERROR, "type": "odd"}, "error.type, one of the documented"),
        ({"message": "no"}, "error.type, one of the documented"),
        ({**ERROR, "request_id": "req_2"}, "error.request_id equal to X-Request-ID req_1"),
    ],
)
def test_a_bad_error_body_is_a_mismatch(error: object, expected: str) -> None:
    with pytest.raises(Mismatch) as mismatch:
        error_envelope(exchange({"error": error}, status=404))

    assert mismatch.value.expected == expected
    assert mismatch.value.actual.startswith("404 {")


def test_a_page_is_no_error_body() -> None:
    with pytest.raises(Mismatch) as mismatch:
        method_envelope(exchange(b"<h1>\xff No", status=405, method="PUT"))

    assert mismatch.value.actual == "405 <h1>\ufffd No"


def test_retry_after_is_said_twice() -> None:
    good = exchange({"error": {"retry_after": 2}}, status=429, headers={"retry-after": "2"})

    assert retry_after(good)
    assert not retry_after(exchange())


@pytest.mark.parametrize("header", [None, "0", "1.5", "-1", "soon", "9" * 5000, "٣"])
def test_retry_after_is_whole_seconds(header: str | None) -> None:
    headers = {} if header is None else {"retry-after": header}

    with pytest.raises(Mismatch, match="whole seconds"):
        retry_after(exchange({"error": {"retry_after": 1}}, status=429, headers=headers))


@pytest.mark.parametrize("field", [None, 3, "2", True])
def test_retry_after_is_the_same_in_the_body(field: object) -> None:
    odd = exchange({"error": {"retry_after": field}}, status=429, headers={"retry-after": "2"})

    with pytest.raises(Mismatch, match="as the header says"):
        retry_after(odd)


def test_an_echo_of_the_key_is_a_mismatch() -> None:
    assert no_key_echo(exchange(), SECRET)
    with pytest.raises(Mismatch, match="in the header x-odd"):
        no_key_echo(exchange(headers={"x-odd": f"is {SECRET}"}), SECRET)
    with pytest.raises(Mismatch, match="in the body of a 200"):
        no_key_echo(exchange({"key": SECRET}), SECRET)


def test_what_needs_a_key_refuses_without() -> None:
    assert key_needed(exchange(sent={}, status=401), SECRET)
    assert key_needed(exchange(sent={"authorization": "Bearer x"}, status=429), SECRET)
    assert not key_needed(exchange(), SECRET)
    assert not key_needed(exchange(sent={}, endpoint=GET_MODEL), SECRET)
    with pytest.raises(Mismatch, match="expected 401, got 404"):
        key_needed(exchange(sent={}, status=404), SECRET)


def test_what_breaks_a_documented_rule_is_refused() -> None:
    illegal = {**LEGAL, "duration": 99}

    assert fail_closed(created(illegal, status=400))
    with pytest.raises(Mismatch, match="because of duration"):
        fail_closed(created(illegal, status=200))


@pytest.mark.parametrize("body", [LEGAL, {**LEGAL, "cfg_scale": 1}, [], b"{", b"[" * 100_000])
def test_what_no_document_forbids_is_not_judged(body: object) -> None:
    assert not fail_closed(created(body))
    assert not fail_closed(exchange())


def test_a_body_that_is_no_json_is_nothing() -> None:
    assert parsed(b"\xff") is None
    assert parsed(None) is None
    assert parsed('{"a": 1}') == {"a": 1}


def test_a_long_answer_is_cut() -> None:
    assert shown("a\n b") == "a b"
    assert shown("a" * 301) == "a" * 299 + "…"


@pytest.mark.parametrize("body", [None, b"it's $HOME `x`\n", b'{"a": "\\ud800"}', b"\xff\x01'"])
def test_curl_repeats_the_request_without_the_key(body: bytes | None) -> None:
    sent = {"Authorization": f"Bearer {SECRET}", "Content-Length": "1", "X-Odd": "'"}
    url = f"http://127.0.0.1/v1/tasks/{SECRET}"

    line = curl(exchange(sent=sent, body=body, url=url, method="DELETE"), SECRET)

    assert SECRET not in line
    assert KEY in line
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}; TOKENLAB_API_KEY={SECRET}; {line}"
    seen = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    arguments = ["-i", "-X", "DELETE", "-H", f"Authorization: Bearer {SECRET}", "-H", "X-Odd: '"]
    data = [] if body is None else [b"--data-binary", body]
    assert seen.stdout.split(b"\0") == [*map(str.encode, arguments), *data, url.encode(), b""]
