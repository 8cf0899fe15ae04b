"""Run the reference client with bad habits, each behind a switch. The checks must notice them.

    python mutants.py --retry-400        run a job with this habit; driver.py describes jobs
    python mutants.py --list             print each habit with the checks that fail, as JSON

Switches can be combined. Without a switch it is the reference client itself.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import driver
from habits.catalogue import HABITS, HABITS_BY_SWITCH
from seedance_client import Client
from seedance_v3_client import V3Client

TABLE = Path(__file__).with_name("table.toml")


def read_table() -> dict[str, dict[str, list[str]]]:
    """Return the checks that fail, by switch and case, as `table.py` recorded them."""
    return tomllib.loads(TABLE.read_text()) if TABLE.exists() else {}


def habit_list() -> str:
    """Return every habit with the checks that fail, as JSON."""
    table = read_table()
    rows = [
        {"switch": habit.switch, "does": habit.description, "red": table.get(habit.switch, {})}
        for habit in HABITS
    ]
    return json.dumps(rows, indent=1)


def mutant_classes(switches: Sequence[str]) -> tuple[type[Client], type[V3Client]]:
    """Return the reference clients of both dialects with these habits.

    Raises KeyError for an unknown switch.
    """
    habits = [HABITS_BY_SWITCH[switch] for switch in switches]
    v1, v3 = (
        [habit.client_class for habit in habits if habit.dialect == dialect]
        for dialect in ("v1", "v3")
    )
    # The habits come before the client, so that their methods override it and each other by
    # super().
    return type("Mutant", (*v1, Client), {}), type("V3Mutant", (*v3, V3Client), {})


def main(arguments: Sequence[str]) -> int:
    """Run a job with bad habits, or list them."""
    if arguments == ["--list"]:
        print(habit_list())
        return 0
    return driver.main(*mutant_classes(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
