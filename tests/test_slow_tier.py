"""The slow tier has a time budget, and every slow test belongs to a group of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import slow_tier

MAX_SECONDS = 35 * 60


def test_the_budgets_add_up_to_35_minutes() -> None:
    assert sum(slow_tier.budgets().values()) <= MAX_SECONDS


def test_every_group_has_a_test() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))

    assert [group for group in slow_tier.budgets() if f'slow("{group}")' not in tests] == []


CASES = """
import pytest

@pytest.mark.slow({group!r})
def test_it():
    pass
"""


@pytest.fixture
def tier(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give a run of pytest with one group, `soak`, that may take 60 s."""
    table = pytester.makefile(".toml", slow="[seconds]\nsoak = 60\n")
    monkeypatch.setattr(slow_tier, "FILE", table)
    pytester.makeini("[pytest]\nmarkers = slow(group)")
    return pytester


def test_the_seconds_of_a_group_are_printed(tier: pytest.Pytester) -> None:
    tier.makepyfile(CASES.format(group="soak"))

    result = tier.runpytest_inprocess("-p", "slow_tier", "-p", "no:asyncio")

    result.stdout.re_match_lines([r"soak +\d+\.\d +60$", r"sum +\d+\.\d +60$"])


def test_a_group_over_its_budget_is_named(
    tier: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    tier.makefile(".toml", slow="[seconds]\nsoak = -1\n")
    tier.makepyfile(CASES.format(group="soak"))

    result = tier.runpytest_inprocess("-p", "slow_tier", "-p", "no:asyncio")

    result.stdout.re_match_lines([r"soak .* over its budget$"])


def test_a_group_without_a_budget_is_refused(tier: pytest.Pytester) -> None:
    tier.makepyfile(CASES.format(group="sok"))

    result = tier.runpytest_inprocess("-p", "slow_tier", "-p", "no:asyncio")

    assert result.ret is pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*'sok' has no budget in slow.toml"])
