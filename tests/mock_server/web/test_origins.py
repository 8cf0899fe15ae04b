"""URLs that are made from a request: origins, and targets for `Location`."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from seedance_mock.settings import Settings
from seedance_mock.web.context import RequestContext
from seedance_mock.web.logs.access_log import new_log_entry
from seedance_mock.web.origins import OriginResolver, other_origin, request_target


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://127.0.0.1:8000", "http://localhost:8000"),
        ("http://localhost:8000", "http://127.0.0.1:8000"),
        ("http://localhost", "http://127.0.0.1"),
        ("http://[::1]:8000", "http://localhost:8000"),
        ("http://[::1]", "http://localhost"),
        ("https://mock.example.com/base", "https://localhost/base"),
    ],
)
def test_the_other_origin_keeps_the_port(base: str, expected: str) -> None:
    assert other_origin(base) == expected


@pytest.mark.parametrize(
    ("server", "expected"),
    [(("127.0.0.1", 80), "http://127.0.0.1:80"), (("::1", 8000), "http://[::1]:8000")],
)
def test_without_a_host_header_the_origin_is_the_address(
    server: tuple[str, int], expected: str
) -> None:
    scope = {
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": "http",
        "server": server,
        "headers": Headers().raw,
    }
    context = RequestContext(scope, b"", new_log_entry(scope))
    resolver = OriginResolver(Settings().public_url, {})

    assert resolver.origins(context).api == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"path": "/a b", "raw_path": b"/a%20b"}, "/a%20b"),
        ({"path": "/a/b", "raw_path": b"/a%2Fb"}, "/a%2Fb"),
        ({"path": "/\u20ac", "raw_path": b"/%E2%82%AC"}, "/%E2%82%AC"),
        ({"path": "/\r\nX: y\0", "raw_path": b"/%0d%0aX:%20y%00"}, "/%0d%0aX:%20y%00"),
        ({"path": "/|{}", "raw_path": b"/|{}"}, "/|{}"),
        ({"path": "/\xff", "raw_path": b"/\xff"}, "/%FF"),
        ({"path": "/\u20ac\r\n"}, "/%E2%82%AC%0D%0A"),
        ({"path": "/%41"}, "/%2541"),
        ({"path": "/v1", "query_string": b"a=%20&b=\xe9"}, "/v1?a=%20&b=%E9"),
    ],
)
def test_a_target_is_as_the_client_sent_it(scope: dict[str, object], expected: str) -> None:
    assert request_target({"query_string": b"", **scope}) == expected
