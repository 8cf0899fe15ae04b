from __future__ import annotations

import gzip
import json
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from seedance_contract.declared.fields import KNOWN_NAMES
from seedance_mock.settings import Settings

CREATE = "/v1/videos/generations"
NOT_UTF_8 = "The body is not UTF-8: it looks like {}; send it uncompressed"
BYTE_ORDER_MARK = "The body begins with a UTF-8 byte order mark; send it without (RFC 8259, 8.1)"
VALID = b'{"model": "seedance-2.0", "prompt": "a cat"}'

# All examples of a test share the server of its fixtures: a server for each would take most of the
# time, and no example depends on what another one leaves behind.
on_one_server = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
small_limit = pytest.mark.parametrize(
    "settings", [Settings(max_body=len(VALID))], ids=["small-limit"]
)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "The body is not JSON: line 1, column 1"),
        (b" ", "The body is not JSON: line 1, column 2"),
        (b'{\n"model": x}', "The body is not JSON: line 2, column 10"),
        (VALID + b"{}", "The body is not JSON: line 1, column 45"),
        (b"\xef\xbb\xbf" + VALID, BYTE_ORDER_MARK),
        (
            VALID.decode().encode("utf-16"),
            "The body is not UTF-8: it begins with a byte order mark of UTF-16",
        ),
        (gzip.compress(VALID, mtime=0), NOT_UTF_8.format("gzip")),
        (zlib.compress(VALID), NOT_UTF_8.format("deflate")),
        (b'{"prompt": "\xff"}', "The body is not UTF-8"),
        (b'{"prompt": "\xed\xa0\x80"}', "The body is not UTF-8"),
        (b'{"prompt": "\\ud83d"}', "The body has a lone surrogate"),
        (b'{"\\udc00": 1}', "The body has a lone surrogate"),
        (b'{"a": [{"b": "\\ude00\\ud83d"}]}', "The body has a lone surrogate"),
        (b"[" * 100_000, "The body is nested too deeply"),
        (b'{"a":' * 100_000, "The body is nested too deeply"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "The body is nested too deeply"),
        (b'{"a":"' + b"[" * 999 + b'", "b":' + b"[" * 99 + b"]" * 99 + b"}", "model is required"),
        (b'{"a":[' + b"[1]," * 999 + b'1], "b":"' + b'\\"' * 99 + b'"}', "model is required"),
        (b'{"a":"' + b"[" * 999, "The body is not JSON: line 1, column 6"),
        (b'{"a":[' + b"1," * 9_998 + b"1]}", "The body has more than 10000 values"),
        (b'{"a":[' + b"{ }," * 9_997 + b"1]}", "model is required"),
        (b'"a"' * 20_001 + b"[" * 101, "The body has more than 10000 values"),
        (b'{"duration": NaN}', "The body has NaN, which is not JSON"),
        (b'{"duration": -Infinity}', "The body has -Infinity, which is not JSON"),
        (b'{"seed": 1' + b"0" * 100_000 + b"}", "The body has a number that is too long"),
        (b'{"seed": -1' + b"0" * 999 + b"}", "The body has a number that is too long"),
        (b'{"seed": 1' + b"0" * 999 + b"}", "model is required"),
        (b'{"model": 1, "model": 1}', "An object in the body has the same name twice"),
        (b'{"a": [{"b": 1, "\\u0062": 1}]}', "An object in the body has the same name twice"),
        (b"[]", "The body must be a JSON object"),
        (b'"text"', "The body must be a JSON object"),
        (b"null", "The body must be a JSON object"),
    ],
    ids=[
        "empty",
        "blank",
        "not-json",
        "two-values",
        "byte-order-mark",
        "utf-16",
        "gzip",
        "deflate",
        "not-utf-8",
        "surrogate-as-utf-8",
        "lone-surrogate",
        "lone-surrogate-in-name",
        "surrogates-reversed",
        "deep-arrays",
        "deep-objects",
        "just-too-deep",
        "just-deep-enough",
        "brackets-beside-each-other",
        "endless-string",
        "one-value-too-many",
        "just-few-enough-values",
        "strings-without-commas",
        "nan",
        "infinity",
        "long-number",
        "long-negative-number",
        "longest-number",
        "name-twice",
        "name-twice-escaped",
        "array",
        "string",
        "null",
    ],
)
def test_error_names_the_cause(raw: bytes, message: str, user: TestClient) -> None:
    response = user.post(CREATE, content=raw)

    assert response.status_code == 400
    assert response.json()["error"]["message"] == message


def test_error_never_quotes_the_body(user: TestClient) -> None:
    response = user.post(CREATE, content=b'{"prompt": "planted", planted: sk-planted}')

    assert "planted" not in response.text


@pytest.mark.parametrize(
    "prompt",
    ["\U0001f6a4 \u00fc \u4e16\u754c", "\x00", "\ufeff", "\u2028", "x" * 100_000],
    ids=["beyond-ascii", "nul", "byte-order-mark", "line-separator", "long"],
)
@pytest.mark.parametrize("ascii_only", [True, False], ids=["escaped", "plain"])
def test_any_text_is_a_prompt(prompt: str, ascii_only: bool, user: TestClient) -> None:
    body = json.dumps({"model": "seedance-2.0", "prompt": prompt}, ensure_ascii=ascii_only)

    assert user.post(CREATE, content=body.encode()).status_code == 200


@pytest.mark.parametrize(
    "number", [b"5.0", b"5e0", b"0.5e1", b"50E-1"], ids=lambda number: number.decode()
)
def test_any_notation_of_a_number_is_accepted(number: bytes, user: TestClient) -> None:
    raw = VALID[:-1] + b', "duration": ' + number + b"}"

    assert user.post(CREATE, content=raw).status_code == 200


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1e308", b"1" + b"0" * 999])
def test_number_beyond_all_limits_is_400(number: bytes, user: TestClient) -> None:
    response = user.post(CREATE, content=VALID[:-1] + b', "duration": ' + number + b"}")

    assert response.status_code == 400
    assert response.json()["error"]["param"] == "duration"


@small_limit
@pytest.mark.parametrize(
    ("extra", "status"), [(b"", 200), (b" ", 413)], ids=["at-the-limit", "over-it"]
)
def test_limit_counts_bytes(extra: bytes, status: int, user: TestClient) -> None:
    assert user.post(CREATE, content=VALID + extra).status_code == status


@small_limit
def test_413_closes_and_is_not_retryable(user: TestClient) -> None:
    response = user.post(CREATE, content=VALID * 2)

    assert response.json()["error"]["code"] == "payload_too_large"
    assert response.json()["error"]["retryable"] is False
    assert response.headers["Connection"] == "close"


@small_limit
def test_chunked_body_over_the_limit_is_413(user: TestClient) -> None:
    response = user.post(CREATE, content=iter([VALID, b" "]))

    assert response.status_code == 413


@small_limit
def test_empty_chunks_are_allowed(user: TestClient) -> None:
    response = user.post(CREATE, content=iter([VALID[:9], b"", VALID[9:], b""]))

    assert response.status_code == 200


# Values that no schema restricts: a server must refuse them without an exception.
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["seedance-2.0", "seedance-2.0-fast", "720p", "https://example.com/x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@st.composite
def mangled_bodies(draw: st.DrawFn) -> bytes:
    """A valid body of which a few bytes are replaced by others."""
    start = draw(st.integers(0, len(VALID)))
    end = draw(st.integers(start, min(start + 4, len(VALID))))
    return VALID[:start] + draw(st.binary(max_size=6)) + VALID[end:]


@given(raw=st.binary(max_size=200) | mangled_bodies())
@on_one_server
def test_no_bytes_break_the_server(raw: bytes, user: TestClient) -> None:
    response = user.post(CREATE, content=raw)

    assert response.status_code in (200, 400)


@given(fields=st.dictionaries(st.sampled_from(sorted(KNOWN_NAMES)), json_values, max_size=6))
@on_one_server
def test_no_values_break_the_server(fields: dict[str, object], user: TestClient) -> None:
    body = {"model": "seedance-2.0", "prompt": "a cat", **fields}

    response = user.post(CREATE, json=body)

    assert response.status_code in (200, 400)


@given(depth=st.integers(0, 1_100), shape=st.sampled_from(["list", "object"]))
@on_one_server
def test_no_depth_breaks_the_server(depth: int, shape: str, user: TestClient) -> None:
    opening, closing = ("[", "]") if shape == "list" else ('{"a":', "}")
    deep = opening * depth + "1" + closing * depth
    raw = f'{{"model": "seedance-2.0", "duration": {deep}, "seconds": {deep}, "user": "\\u0041"}}'

    response = user.post(CREATE, content=raw.encode())

    assert response.status_code == 400


@pytest.mark.parametrize("length", ["9" * 5_000, "0" * 5_000 + "9" * 19])
def test_content_length_of_many_digits_is_413(length: str, user: TestClient) -> None:
    # int() refuses strings of more than 4300 digits.
    response = user.post(CREATE, content=b"{}", headers={"Content-Length": length})

    assert response.status_code == 413


def test_content_length_may_have_leading_zeros(user: TestClient) -> None:
    length = f"{len(VALID):05000}"

    response = user.post(CREATE, content=VALID, headers={"Content-Length": length})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("coding", "raw"),
    [
        ("gzip", gzip.compress(VALID, mtime=0)),
        ("deflate", zlib.compress(VALID)),
        ("br", b"\x0b\x16\x80"),
        ("GZip", gzip.compress(VALID, mtime=0)),
        ("identity, gzip", gzip.compress(VALID, mtime=0)),
        ("unheard-of", VALID),
        ("gzip", VALID),
        ("gzip", b""),
    ],
    ids=["gzip", "deflate", "br", "capitals", "list", "unknown", "plain-body", "no-body"],
)
def test_an_encoded_body_is_415(coding: str, raw: bytes, user: TestClient) -> None:
    response = user.post(CREATE, content=raw, headers={"Content-Encoding": coding})

    assert response.status_code == 415
    assert response.headers["Accept-Encoding"] == "identity"
    error = response.json()["error"]
    assert (error["code"], error["retryable"]) == ("unsupported_media_type", False)
    assert "Content-Encoding" in error["message"]


@pytest.mark.parametrize("coding", ["identity", "Identity, identity", "", ","])
def test_identity_is_no_encoding(coding: str, user: TestClient) -> None:
    assert user.post(CREATE, content=VALID, headers={"Content-Encoding": coding}).is_success


def test_an_encoding_in_a_second_header_counts(user: TestClient) -> None:
    headers = [
        ("Authorization", "Bearer sk-test"),
        ("Content-Encoding", "identity"),
        ("Content-Encoding", "gzip"),
    ]

    assert user.post(CREATE, content=VALID, headers=headers).status_code == 415


def test_words_come_before_the_encoding(client: TestClient) -> None:
    headers = {"Content-Encoding": "gzip", "Authorization": "Bearer sk-mock-create-503"}

    statuses = [client.post(CREATE, content=VALID, headers=headers).status_code for _ in range(2)]

    assert statuses == [503, 415]


@small_limit
def test_a_large_encoded_body_is_413(user: TestClient) -> None:
    headers = {"Content-Encoding": "gzip"}

    assert user.post(CREATE, content=VALID + b" ", headers=headers).status_code == 413


def test_the_control_api_refuses_an_encoded_body(client: TestClient) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    response = client.post(
        "/_mock/accounts", content=gzip.compress(b"{}", mtime=0), headers=headers
    )

    assert response.status_code == 415
    assert response.json()["error"]["code"] == "unsupported_media_type"
