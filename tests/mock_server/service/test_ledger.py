"""Money is conserved by every sequence of operations."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
KEY = {"Authorization": "Bearer sk-spender"}
GRANTED = Decimal("2.00")

BODIES: list[dict[str, object]] = [
    {"prompt": "a boat"},
    {"prompt": "a boat [mock: end-failed]"},
    {"prompt": "a boat [mock: end-cancelled queue-3s]"},
    {"prompt": "a boat", "duration": -1},
]

STEPS = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(range(len(BODIES)))),
    st.tuples(st.sampled_from(["poll", "cancel", "complete", "fail"]), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.integers(0, 6)),
)


def perform(
    client: TestClient, clock: ManualClock, tasks: list[str], step: tuple[str, int]
) -> None:
    """Perform one operation that may move money."""
    operation, number = step
    if operation == "create":
        body = {"model": "seedance-2.0", **BODIES[number]}
        response = client.post(CREATE, json=body, headers=KEY)
        tasks += [response.json()["id"]] if response.status_code == 200 else []
    elif operation == "wait":
        clock.advance(number)
    elif number < len(tasks):
        task = tasks[number]
        match operation:
            case "poll":
                client.get(f"/v1/tasks/{task}", headers=KEY)
            case "cancel":
                client.delete(f"/v1/tasks/{task}", headers=KEY)
            case _:
                status = {"complete": "completed", "fail": "failed"}[operation]
                client.post(f"/_mock/tasks/{task}", json={"status": status})


@given(steps=st.lists(STEPS, max_size=14))
def test_money_is_conserved(steps: list[tuple[str, int]]) -> None:
    clock, tasks = ManualClock(), list[str]()
    with TestClient(create_app(Settings(balance=GRANTED, max_tasks=4), clock=clock)) as client:
        client.post("/_mock/accounts", json={"key": "sk-spender"})
        for step in steps:
            perform(client, clock, tasks, step)

            account = client.get("/_mock/accounts/key-1").json()
            available, reserved, charged = (
                Decimal(account[name]) for name in ("balance_usd", "reserved_usd", "charged_usd")
            )
            assert available + reserved + charged == GRANTED
            assert min(available, reserved, charged) >= 0
            ledger = account["ledger"]
            assert reserved == sum(Decimal(row["reserved_usd"]) for row in ledger)
            assert charged >= sum(Decimal(row["charged_usd"]) for row in ledger)
