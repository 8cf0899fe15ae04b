"""Test with requests, or any other client: a real server for the length of a block."""

from __future__ import annotations

import requests

from seedance_mock.testing.live import live_server


def test_a_client_of_any_kind() -> None:
    with live_server() as server:
        headers = {"Authorization": f"Bearer {server.key('broke')}"}
        body = {"model": "seedance-2.0", "prompt": "A paper boat"}

        answer = requests.post(
            f"{server.url}/v1/videos/generations", json=body, headers=headers, timeout=30
        )

    assert answer.status_code == 402
    assert answer.json()["error"]["code"] == "insufficient_balance"
