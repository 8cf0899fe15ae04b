"""A pytest plugin: the groups of the slow tier, what each may take, and what each took."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "slow_tier.toml"
PROPERTY = "slow group"


def budgets() -> dict[str, float]:
    """Return the budget of each group, in seconds."""
    table: dict[str, float] = tomllib.loads(FILE.read_text())["seconds"]
    return table


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note the group of each slow test. A group without a budget is a mistake."""
    known = budgets()
    for item in items:
        mark = item.get_closest_marker("slow")
        if mark is None:
            continue
        [group] = mark.args
        if group not in known:
            raise pytest.UsageError(f"{item.nodeid}: {group!r} has no budget in {FILE.name}")
        # Properties reach the terminal also from the workers of pytest-xdist, markers do not.
        item.user_properties.append((PROPERTY, group))


def seconds_by_group(reports: list[pytest.TestReport]) -> Counter[str]:
    """Return the seconds that the tests of each group took, one after the other."""
    seconds: Counter[str] = Counter()
    for report in reports:
        group = dict(report.user_properties).get(PROPERTY)
        if group is not None:
            seconds[str(group)] += report.duration  # type: ignore[assignment] # a fraction
    return seconds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seconds of each group beside its budget."""
    reports = [
        report
        for outcome in terminalreporter.stats.values()
        for report in outcome
        if isinstance(report, pytest.TestReport)
    ]
    seconds = seconds_by_group(reports)
    if not seconds:
        return
    terminalreporter.section("slow tier: seconds of each group, and its budget")
    # The tier is run in parts: each prints its own groups.
    budget_of = {group: budget for group, budget in budgets().items() if group in seconds}
    for group, budget in budget_of.items():
        note = "  over its budget" if seconds[group] > budget else ""
        terminalreporter.line(f"{group:<20} {seconds[group]:7.1f} {budget:7.0f}{note}")
    terminalreporter.line(f"{'sum':<20} {seconds.total():7.1f} {sum(budget_of.values()):7.0f}")
