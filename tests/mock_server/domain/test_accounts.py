from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from seedance_mock.domain.accounts import (
    MAX_COUNTERS,
    Account,
    balance,
    count_against_rate_limit,
    covers,
    with_counted_request,
    with_reservation,
    within_quota,
)

NOW = 1_800_000_000.0
RICH = Account(owner="a", name="key-1")


def limited(limit: int) -> Account:
    return Account(owner="a", name="key-1", rate_limit=limit)


def test_unlimited_credit_covers_everything() -> None:
    assert balance(RICH) is None
    assert covers(RICH, Decimal(10**9))
    assert within_quota(RICH, Decimal(10**9))


def test_a_reservation_lowers_the_balance() -> None:
    account = Account(owner="a", name="key-1", granted=Decimal("1.00"))

    after = with_reservation(account, Decimal("0.75"))

    assert balance(after) == Decimal("0.25")
    assert (covers(after, Decimal("0.25")), covers(after, Decimal("0.26"))) == (True, False)


def test_a_quota_counts_what_is_reserved() -> None:
    account = with_reservation(Account(owner="a", name="key-1", quota=Decimal(1)), Decimal("0.6"))

    assert within_quota(account, Decimal("0.4"))
    assert not within_quota(account, Decimal("0.5"))


def test_no_limit_says_nothing() -> None:
    assert count_against_rate_limit(RICH, NOW) == (RICH, None)


def test_a_limit_holds_for_a_minute() -> None:
    account, allowed = limited(2), []
    for second in (0, 1, 2, 59, 60):
        account, allowance = count_against_rate_limit(account, NOW + second)
        assert allowance is not None
        allowed.append((allowance.allowed, allowance.remaining, allowance.retry_after))

    assert allowed == [(True, 1, 60), (True, 0, 59), (False, 0, 58), (False, 0, 1), (True, 1, 60)]


@given(seconds=st.lists(st.floats(0, 200), max_size=30), limit=st.integers(1, 5))
def test_never_more_than_the_limit_in_a_window(seconds: list[float], limit: int) -> None:
    account, passed = limited(limit), []
    for second in sorted(seconds):
        account, allowance = count_against_rate_limit(account, second)
        assert allowance is not None
        passed += [account.rate_window.start] if allowance.allowed else []

    assert all(passed.count(window) <= limit for window in passed)


def test_counters_are_bounded() -> None:
    account = RICH
    for number in range(MAX_COUNTERS + 1):
        account = with_counted_request(account, f"prompt/{number}")

    assert len(account.request_counts) == MAX_COUNTERS
    assert "prompt/0" not in account.request_counts
