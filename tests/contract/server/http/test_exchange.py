"""Requests and responses as values: JSON bodies, members of them, and summaries."""

import pytest

from seedance_contract.case import Mismatch
from seedance_contract.server.http.exchange import ReceivedResponse, member, parse_json, shortened


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000], ids=["a page", "too deep"])
def test_body_without_json_is_a_mismatch(body: bytes) -> None:
    with pytest.raises(Mismatch, match="a JSON body"):
        _ = ReceivedResponse(200, {}, body).json


def test_array_has_no_members() -> None:
    assert ReceivedResponse(200, {}, b"[1]").json_object == {}
    assert ReceivedResponse(200, {}, b'{"a": 1}').json_object == {"a": 1}


def test_summary_has_status_and_body() -> None:
    assert ReceivedResponse(405, {}, b"<h1>\xff\n No").summary == "405 <h1>\ufffd No"
    assert ReceivedResponse(204, {}, b"").summary == "204"


def test_text_without_json_parses_to_none() -> None:
    assert parse_json(b"\xff") is None
    assert parse_json(b"[" * 100_000) is None
    assert parse_json(None) is None
    assert parse_json('{"a": 1}') == {"a": 1}


def test_missing_member_is_none() -> None:
    assert member({"a": {"b": 1}}, "a", "b") == 1
    assert member({"a": [1]}, "a", "b") is None
    assert member(None, "a") is None


def test_long_text_is_cut() -> None:
    assert shortened("a\n b") == "a b"
    assert shortened("a" * 301) == "a" * 299 + "…"
