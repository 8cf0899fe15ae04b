from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from seedance_mock.domain.accounts import (
    MAX_COUNTERS,
    OPENING_KEY,
    Account,
    AddedKey,
    balance,
    count_against_rate_limit,
    covers,
    spent_by,
    with_counted_request,
    with_reservation,
    within_quota,
)

NOW = 1_800_000_000.0
UNLIMITED_ACCOUNT = Account(owner="a", name="key-1")


def rate_limited(limit: int) -> Account:
    return Account(owner="a", name="key-1", rate_limit=limit)


def test_unlimited_credit_covers_everything() -> None:
    assert balance(UNLIMITED_ACCOUNT) is None
    assert covers(UNLIMITED_ACCOUNT, Decimal(10**9))
    assert within_quota(UNLIMITED_ACCOUNT, Decimal(10**9))


def test_a_reservation_lowers_the_balance() -> None:
    account = Account(owner="a", name="key-1", granted=Decimal("1.00"))

    after = with_reservation(account, Decimal("0.75"))

    assert balance(after) == Decimal("0.25")
    assert (covers(after, Decimal("0.25")), covers(after, Decimal("0.26"))) == (True, False)


def test_a_quota_counts_reservations() -> None:
    account = with_reservation(Account(owner="a", name="key-1", quota=Decimal(1)), Decimal("0.6"))

    assert within_quota(account, Decimal("0.4"))
    assert not within_quota(account, Decimal("0.5"))


def test_a_quota_counts_the_tasks_of_its_key() -> None:
    account = replace(UNLIMITED_ACCOUNT, quota=Decimal(1), added_keys={"b": AddedKey()})

    account = with_reservation(account, Decimal("0.6"), "b")

    assert within_quota(account, Decimal(1))
    assert within_quota(account, Decimal(10**9), "b")
    assert (spent_by(account, OPENING_KEY), spent_by(account, "b")) == (
        Decimal(0),
        Decimal("0.6"),
    )


def test_a_task_of_a_removed_key_counts_for_the_opening_key() -> None:
    account = with_reservation(UNLIMITED_ACCOUNT, Decimal("0.6"), "b")

    assert spent_by(account, OPENING_KEY) == Decimal("0.6")
    assert spent_by(account, "b") == Decimal("0.6")


def test_no_rate_limit_has_no_status() -> None:
    assert count_against_rate_limit(UNLIMITED_ACCOUNT, NOW) == (UNLIMITED_ACCOUNT, None)


def test_a_rate_limit_lasts_a_minute() -> None:
    account, statuses = rate_limited(2), []
    for second in (0, 1, 2, 59, 60):
        account, status = count_against_rate_limit(account, NOW + second)
        assert status is not None
        statuses.append((status.allowed, status.remaining, status.retry_after))

    assert statuses == [(True, 1, 60), (True, 0, 59), (False, 0, 58), (False, 0, 1), (True, 1, 60)]


@given(seconds=st.lists(st.floats(0, 200), max_size=30), limit=st.integers(1, 5))
def test_never_more_than_the_limit_in_a_window(seconds: list[float], limit: int) -> None:
    account, allowed = rate_limited(limit), []
    for second in sorted(seconds):
        account, status = count_against_rate_limit(account, second)
        assert status is not None
        allowed += [account.rate_window.start] if status.allowed else []

    assert all(allowed.count(window) <= limit for window in allowed)


def test_counters_are_bounded() -> None:
    account = UNLIMITED_ACCOUNT
    for number in range(MAX_COUNTERS + 1):
        account = with_counted_request(account, f"prompt/{number}")

    assert len(account.request_counts) == MAX_COUNTERS
    assert "prompt/0" not in account.request_counts
