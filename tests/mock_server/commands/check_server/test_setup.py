"""Which servers are local, so that requests to them cost nothing."""

from __future__ import annotations

import pytest

from seedance_mock.commands.check_server.setup import is_local


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:8000", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:8000/base", True),
        ("https://api.tokenlab.sh", False),
        ("http://192.168.0.1", False),
        ("http://localhost.example.com", False),
        ("nonsense", False),
    ],
)
def test_only_this_machine_is_local(url: str, local: bool) -> None:
    assert is_local(url) == local
