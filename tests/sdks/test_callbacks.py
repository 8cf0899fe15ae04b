"""A task of the vendor's Python SDK whose callbacks a receiver gets, on a frozen clock."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.request import urlopen

import pytest

from callback_receiver import callback_receiver
from seedance_mock.testing.control_client import Control

from .conftest import RunScenarios

PROGRAM = Path(__file__).parent / "programs/ark.py"


@pytest.mark.slow("sdks")
def test_callbacks_follow_the_clock(
    sdk_python: Path, server: str, run_scenarios: RunScenarios
) -> None:
    command: list[str | Path] = [sdk_python, PROGRAM, "volcenginesdkarkruntime", "sync"]
    with callback_receiver() as receiver:
        words = {"create_with_callback": "clock-frozen"}
        run = run_scenarios(command, words, CALLBACK_URL=receiver.url)
        task_id = run.outcomes["create_with_callback"]["id"]
        account = run.accounts["create_with_callback"]

        # What has become due is delivered before the response to the advance.
        Control(server).advance(account, 600)
        bodies = [receiver.next_body() for _ in range(3)]
        with urlopen(f"{server}/_mock/deliveries?account={account}") as response:
            deliveries = json.load(response)["deliveries"]

    assert [body["status"] for body in bodies] == ["queued", "running", "succeeded"]
    assert {body["id"] for body in bodies} == {task_id}
    assert [delivery["attempts"][0]["status"] for delivery in deliveries] == [200, 200, 200]
