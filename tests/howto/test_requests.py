"""Test with requests or any other library: run a real server for one block."""

from __future__ import annotations

import requests

from seedance_mock.testing import live_server


def test_a_client_on_a_real_port() -> None:
    with live_server() as server:
        headers = {"Authorization": f"Bearer {server.key('broke')}"}
        body = {"model": "seedance-2.0", "prompt": "A paper boat"}

        response = requests.post(
            f"{server.url}/v1/videos/generations", json=body, headers=headers, timeout=30
        )

    assert response.status_code == 402
    assert response.json()["error"]["code"] == "insufficient_balance"
