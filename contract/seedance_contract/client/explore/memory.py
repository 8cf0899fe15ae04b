"""What is kept between runs: the database of failing situations, and the file of regressions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from seedance_contract.client.explore.situations import (
    Situation,
    SituationError,
    situation_from_json,
    situation_to_json,
)

DATABASE_KEY = b"seedance-contract explore"

REGRESSIONS_SCHEMA = 1
"""The version of the form of a regression file."""


def open_database(state: Path) -> ExampleDatabase:
    """Return the example database in the state directory of a client."""
    return DirectoryBasedExampleDatabase(state / "examples")


def remembered_situations(database: ExampleDatabase) -> tuple[Situation, ...]:
    """Return the situations in which earlier runs saw a failure, in a stable order."""
    return tuple(_decoded(value) for value in sorted(database.fetch(DATABASE_KEY)))


# The situation itself, and not the choices of Hypothesis that lead to it: those have another
# meaning as soon as a strategy changes.
def _encoded(situation: Situation) -> bytes:
    return json.dumps(situation_to_json(situation), sort_keys=True).encode()


def _decoded(value: bytes) -> Situation:
    return situation_from_json(json.loads(value))


def remember(
    database: ExampleDatabase, passed: Iterable[Situation], failed: Iterable[Situation]
) -> None:
    """Add the situations that failed, and remove those that passed."""
    failing = set(failed)
    for situation in set(passed) - failing:
        database.delete(DATABASE_KEY, _encoded(situation))
    for situation in failing:
        database.save(DATABASE_KEY, _encoded(situation))


def parse_regressions(text: str) -> tuple[Situation, ...]:
    """Return the situations of a regression file. Raises SituationError."""
    try:
        value = json.loads(text)
    except ValueError:
        raise SituationError("the file is not JSON") from None
    match value:
        case {"schema": int(schema), "situations": list(situations)}:
            if schema != REGRESSIONS_SCHEMA:
                raise SituationError(f"the file has schema {schema}, not {REGRESSIONS_SCHEMA}")
            return tuple(_numbered(number, item) for number, item in enumerate(situations, 1))
    raise SituationError("the file has no list `situations` with a number `schema`")


def _numbered(number: int, value: object) -> Situation:
    try:
        return situation_from_json(value)
    except SituationError as error:
        raise SituationError(f"situation {number}: {error}") from None


def regressions_text(situations: Iterable[Situation]) -> str:
    """Return the regression file of some situations, each once and in a stable order."""
    rows = sorted(
        (situation_to_json(situation) for situation in set(situations)),
        key=lambda row: (str(row.get("words", "")), json.dumps(row, sort_keys=True)),
    )
    return json.dumps({"schema": REGRESSIONS_SCHEMA, "situations": rows}, indent=1) + "\n"
