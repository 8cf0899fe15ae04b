from typing import Protocol

import pytest
from starlette.testclient import TestClient

from seedance_fixtures.exchanges import (
    AdvanceClock,
    ExampleCall,
    ExampleExchange,
    load_exchanges,
    load_v3_exchanges,
    resolved_request,
    response_mismatches,
    saved_values,
)


class Clock(Protocol):
    def advance(self, seconds: float) -> None: ...


@pytest.mark.parametrize(
    "exchange", [*load_exchanges(), *load_v3_exchanges()], ids=lambda exchange: exchange.id
)
def test_the_server_responds_as_expected(
    exchange: ExampleExchange, client: TestClient, clock: Clock
) -> None:
    names: dict[str, object] = {}
    lines: list[str] = []

    for number, step in enumerate(exchange.steps, start=1):
        match step:
            case AdvanceClock(seconds):
                clock.advance(seconds)
            case ExampleCall():
                lines += [f"step {number}: {line}" for line in call_mismatches(step, client, names)]

    assert not lines, f"{exchange.fact} [{exchange.tag}]\n" + "\n".join(lines)


def call_mismatches(call: ExampleCall, client: TestClient, names: dict[str, object]) -> list[str]:
    request = resolved_request(call, names)
    response = client.request(
        request.method,
        request.path,
        headers=dict(request.headers),
        content=request.text,
        json=request.json,
    )
    is_json = response.headers.get("content-type", "").startswith("application/json")
    body = response.json() if is_json else None
    names |= saved_values(call, body)
    return response_mismatches(call, response.status_code, response.headers, body, names)
