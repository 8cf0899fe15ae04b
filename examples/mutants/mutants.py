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


def mutant(switches: Sequence[str]) -> type[Client]:
    """Return the reference client with these habits. Raises KeyError for an unknown switch."""
    # The habits come before Client, so that their methods override it and each other by super().
    habits = [HABITS_BY_SWITCH[switch].client_class for switch in switches]
    return type("Mutant", (*habits, Client), {})


def main(arguments: Sequence[str]) -> int:
    """Run a job with bad habits, or list them."""
    if arguments == ["--list"]:
        print(habit_list())
        return 0
    return driver.main(mutant(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
