"""The attempts of callbacks are measured by their outcome."""

from __future__ import annotations

import asyncio

import pytest

from seedance_mock.web.metrics.measured_sender import MeasuredSender

Outcome = tuple[int | None, str | None]


class FixedSender:
    """Has the same outcome for every attempt."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    async def send(self, url: str, body: bytes) -> Outcome:
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "label"), [((204, None), "2xx"), ((503, None), "5xx"), ((None, "off"), "none")]
)
def test_an_attempt_is_measured_by_its_outcome(outcome: Outcome, label: str) -> None:
    observed: list[str] = []
    sender = MeasuredSender(FixedSender(outcome), lambda name, seconds: observed.append(name))

    result = asyncio.run(sender.send("http://127.0.0.1/", b""))

    assert (result, observed) == (outcome, [label])
