"""The figures, their goals, and the tables that show both."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from statistics import median

from workload import Case
from wrk import Load, median_load


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal for a figure. `sign` is `>=` or `<=`."""

    sign: str
    value: float

    def is_met(self, compared: float) -> bool:
        """Return whether a figure meets the goal."""
        return compared >= self.value if self.sign == ">=" else compared <= self.value


GOALS: Mapping[str, Goal] = {
    "create accepted": Goal(">=", 0.60),
    "create references": Goal(">=", 0.60),
    "create refused": Goal(">=", 0.60),
    # 0.9 of the goals of v1.
    "v3 create accepted": Goal(">=", 0.54),
    "v3 poll completed": Goal(">=", 0.77),
    "poll pending": Goal(">=", 0.85),
    "poll completed": Goal(">=", 0.85),
    "models list": Goal(">=", 0.95),
    "p99 of create accepted": Goal("<=", 2.5),
    "p99 of create references": Goal("<=", 2.5),
    "p99 of create refused": Goal("<=", 2.5),
    "p99 of v3 create accepted": Goal("<=", 2.5),
    "cold start": Goal("<=", 1.6),
    "memory idle": Goal("<=", 15),
    "kB for a retained task": Goal("<=", 1),
    "poll p99, many tasks to few": Goal("<=", 1.2),
    "ms to import the pytest plugin": Goal("<=", 5),
}
"""Goals for ratios of ours to bare, for the MB that ours needs more, and for ours alone."""

SERVER_NAMES = ("ours", "bare")

FigurePair = tuple[float, float]
"""A figure of ours and of bare, measured one right after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A comparison: the medians of both, and ours compared to bare.

    `round_values` has the comparison in each round, `compared` the median of it. A load also has
    `by_cpu`: the ratio of the requests in a second of CPU time.
    """

    name: str
    unit: str
    ours: float
    bare: float
    compared: float
    round_values: Sequence[float]
    by_cpu: float = math.nan
    loads: tuple[Load, Load] | None = None


def comparison_row(
    name: str,
    unit: str,
    pairs: Sequence[FigurePair],
    compare: Callable[[float, float], float] = operator.truediv,
) -> Row:
    """Return the row of a comparison."""
    # The comparison is made within each round, where both had the same conditions. The quotient of
    # the two medians would mix rounds.
    ours, bare = (median(figures) for figures in zip(*pairs, strict=True))
    values = [compare(*pair) for pair in pairs]
    return Row(
        name=name, unit=unit, ours=ours, bare=bare, compared=median(values), round_values=values
    )


def load_comparison_row(case: Case, pairs: Sequence[tuple[Load, Load]]) -> Row:
    """Return the row of the loads of a case."""
    by_rate = comparison_row(case.name, "req/s", [(ours.rate, bare.rate) for ours, bare in pairs])
    by_cpu = median(bare.cpu / ours.cpu for ours, bare in pairs)
    ours, bare = (median_load(loads) for loads in zip(*pairs, strict=True))
    return replace(by_rate, by_cpu=by_cpu, loads=(ours, bare))


def latency_comparison_row(case: Case, pairs: Sequence[tuple[Load, Load]]) -> Row:
    """Return the row of the slowest hundredth of the responses to a case."""
    latencies = [(ours.p99, bare.p99) for ours, bare in pairs]
    return comparison_row(f"p99 of {case.name}", "ms", latencies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Ours with a full store of `tasks`: memory in MB, median loads of polls and creates."""

    tasks: int
    memory: float
    poll: Load
    create: Load


NUMBER_FORMATS = {"ms": "{:.2f}", "req/s": "{:,.0f}", "s": "{:.2f}", "MB": "{:.1f}"}

HEADER = (
    *("measure", "unit", "ours", "bare", "compared", "goal", "met", "by CPU"),
    *(f"{who} p50 / p99 ms" for who in SERVER_NAMES),
)


def row_cells(row: Row) -> tuple[str, ...]:
    """Return the cells of a row."""
    number_format, goal = NUMBER_FORMATS[row.unit], GOALS.get(row.name)
    return (
        row.name,
        row.unit,
        number_format.format(row.ours),
        number_format.format(row.bare),
        f"{row.compared:+.1f}" if row.unit == "MB" else f"{row.compared:.2f}x",
        f"{goal.sign} {goal.value:g}" if goal else "",
        ("yes" if goal.is_met(row.compared) else "no") if goal else "",
        f"{row.by_cpu:.2f}x" if row.loads else "",
        *(latency_cell(load) for load in row.loads or ()),
    )


def latency_cell(load: Load) -> str:
    """Return the latencies of a load as a cell."""
    return f"{load.p50:.1f} / {load.p99:.1f}"


STANDALONE_HEADER = ("measure", "ours", "goal", "met")

GROWTH_HEADER = (
    *("tasks in the store", "MB", "poll req/s", "CPU us", "p50 / p99 ms"),
    *("create req/s", "CPU us", "p50 / p99 ms"),
)


def growth_cells(growth: Growth) -> tuple[str, ...]:
    """Return the cells of a row in the table of growth."""
    loads = (
        cell
        for load in (growth.poll, growth.create)
        for cell in (f"{load.rate:,.0f}", f"{load.cpu:.0f}", latency_cell(load))
    )
    return (f"{growth.tasks:,}", f"{growth.memory:.1f}", *loads)


def kilobytes_per_task(few: Growth, many: Growth) -> float:
    """Return the memory of one retained task in kB."""
    return (many.memory - few.memory) * 1e3 / (many.tasks - few.tasks)


def standalone_measures(few: Growth, many: Growth, plugin: float) -> dict[str, float]:
    """Return the figures of ours that are not compared to bare."""
    return {
        "kB for a retained task": kilobytes_per_task(few, many),
        "poll p99, many tasks to few": many.poll.p99 / few.poll.p99,
        "ms to import the pytest plugin": plugin,
    }


def standalone_cells(name: str, value: float) -> tuple[str, ...]:
    """Return the cells of such a figure."""
    goal = GOALS[name]
    return (
        name,
        f"{value:.2f}",
        f"{goal.sign} {goal.value:g}",
        "yes" if goal.is_met(value) else "no",
    )


def text_table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table as text: the first column aligned left, the others right."""
    columns = list(zip_longest(header, *lines, fillvalue=""))
    widths = [max(map(len, column)) for column in columns]
    rows = list(zip(*columns, strict=True))
    lines_of_text = (
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in (rows[0], ["-" * width for width in widths], *rows[1:])
    )
    return "\n".join(lines_of_text)
