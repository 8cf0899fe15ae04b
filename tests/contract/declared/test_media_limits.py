"""URLs, data URLs and asset URIs: the functions and the JSON Schema agree."""

from base64 import b64encode
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from backtracking import backtracking_quantifiers
from seedance_contract.declared import media_limits
from seedance_contract.declared.media_limits import (
    MediaUrl,
    Medium,
    is_asset,
    is_data_url,
    is_url,
)


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        ("https://example.com", True),
        ("HTTP://EXAMPLE.COM:8080/a?b#c", True),
        ("https://user:word@example.com/a", True),
        ("http://[2001:db8::1]:8000/a", True),
        ("https://127.0.0.1?x", True),
        ("https://bücher.example/ä", True),
        ("https://", False),
        ("https:///path", False),
        ("https://user@/path", False),
        ("https://:80/path", False),
        ("https://example.com:port/", False),
        ("https://exam ple.com/", False),
        ("https://example.com/a b", False),
        ("https://example.com/\n", False),
        (" https://example.com/", False),
        ("https:example.com", False),
        ("xhttps://example.com", False),
    ],
)
def test_what_counts_as_a_url(value: str, is_valid: bool) -> None:
    assert (is_url(value) is not None) == is_valid


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        ("asset://asset-20260101000000-abcde", True),
        ("asset://asset-20260101000000-0a1b2", True),
        ("asset://asset-2026010100000-abcde", False),
        ("asset://asset-20260101000000-ABCDE", False),
        ("asset://asset-20260101000000-abcdef", False),
        ("asset-20260101000000-abcde", False),
    ],
)
def test_what_counts_as_a_material(value: str, is_valid: bool) -> None:
    assert (is_asset(value) is not None) == is_valid


DATA_URLS = [
    ("data:image/png;base64,iVBORw0KGgo=", True),
    ("data:image/svg+xml;base64,AA==", True),
    ("data:image/vnd.x-icon;base64,AAAA", True),
    ("data:image/x_raw!#$&^;base64,AAAA", True),
    ("DATA:Image/PNG;Base64,AAAA", True),
    ("data:image/png;name=a.png;base64,AAAA", True),
    ("data:image/png;Charset=UTF-8;name=a%20b.png;base64,AAAA", True),
    ("data:image/png" + ";a=b" * 10 + ";base64,AAAA", True),
    ("data:image/png" + ";a=b" * 11 + ";base64,AAAA", False),
    ("data:image/png;name;base64,AAAA", False),
    ("data:image/png;name=;base64,AAAA", False),
    ("data:image/png;=a;base64,AAAA", False),
    ("data:image/png;;base64,AAAA", False),
    ("data:image/png; name=a;base64,AAAA", False),
    ("data:image/png;name=a,b;base64,AAAA", False),
    ("data:image/png;base64;name=a,AAAA", False),
    ("data:image/png/x;base64,AAAA", False),
    ("data:image/png;base64,AAA", False),
    ("data:image/png;base64,AA=A", False),
    ("data:image/png;base64,AAAA=", False),
    ("data:image/png;base64,AAAA====", False),
    ("data:image/png;base64,====", False),
    ("data:image/png;base64,AAAA\n", False),
    ("data:image/png;base64,AA-_", False),
    ("data:image/png;base64,é===", False),
    ("data:image/png;base64,", False),
    ("data:image/png,AAAA", False),
    ("data:image/;base64,AAAA", False),
    ("data:video/mp4;base64,AAAA", False),
    ("https://example.com/", False),
]


@pytest.mark.parametrize(("value", "is_valid"), DATA_URLS)
def test_what_counts_as_a_data_url(value: str, is_valid: bool) -> None:
    assert is_data_url(value, Medium.IMAGE) == is_valid


def pattern_of(limit: MediaUrl) -> Draft202012Validator:
    """Compile the pattern that the JSON schema of `limit` has."""
    schema: Any = limit.schema()
    return Draft202012Validator({"pattern": schema["pattern"]})


data_heads = st.sampled_from(
    [
        f"data:{medium}/{kind};base64,"
        for medium in Medium
        for kind in ("png", "x.a-b+c", "", "WebM;codecs=opus", "x;a", "x;a=b;C=%22d%22", "x;a=b,c")
    ]
    + ["data:image/png,", "data:text/plain;base64,", "DATA:image/png;BASE64,", ""]
)
payloads = st.lists(
    st.sampled_from(["AAAA", "+/z9", "AAA=", "AA==", "=", "A", "-", " ", "\n", "é"]), max_size=4
).map("".join)
url_ends = st.text(alphabet="aB1é.:@[]/?#\\% \t\x7f\x00-", max_size=12)
schemes = st.sampled_from(["https://", "HTTP://", "http:/", "ftp://", "http://a@", "https://a:1"])


@given(medium=st.sampled_from(Medium), head=data_heads, tail=payloads)
def test_data_urls_agree_with_the_schema(medium: Medium, head: str, tail: str) -> None:
    schema = pattern_of(MediaUrl(medium, inline_only=True))

    assert is_data_url(head + tail, medium) == schema.is_valid(head + tail)


@given(medium=st.sampled_from(Medium), scheme=schemes, rest=url_ends)
def test_urls_agree_with_the_schema(medium: Medium, scheme: str, rest: str) -> None:
    schema = pattern_of(MediaUrl(medium))

    assert MediaUrl(medium).allows(scheme + rest) == schema.is_valid(scheme + rest)


@given(medium=st.sampled_from(Medium), urls=st.lists(st.builds(add, schemes, url_ends), max_size=3))
def test_a_list_is_valid_if_each_url_is(medium: Medium, urls: list[str]) -> None:
    allows = MediaUrl(medium).allows

    assert MediaUrl(medium, is_list=True).allows(urls) == all(map(allows, urls))


@given(payload=st.binary(min_size=1, max_size=60))
def test_encoded_bytes_are_a_data_url(payload: bytes) -> None:
    value = "data:video/mp4;base64," + b64encode(payload).decode()

    assert is_data_url(value, Medium.VIDEO)


def test_no_check_of_a_long_string_goes_back() -> None:
    checks: list[Any] = [
        is_url,
        is_asset,
        media_limits._base64_digits,
        media_limits._are_plain_urls,
    ]
    patterns = [check.__self__ for check in checks] + list(media_limits._data_heads.values())

    assert [backtracking_quantifiers(pattern.pattern) for pattern in patterns] == [[]] * 7
