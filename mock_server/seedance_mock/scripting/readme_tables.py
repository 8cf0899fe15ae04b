"""The tables of words, and the means to keep all tables of a document current.

python -m seedance_mock.scripting.readme_tables README.md
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from seedance_contract.derived import tables as contract
from seedance_contract.derived.tables import table
from seedance_mock.scripting.vocabulary import (
    FAULT_ALIASES,
    PLACES,
    PRESETS,
    SETTINGS,
    TRANSPORT_FAULTS,
    errors_at,
)


def presets() -> str:
    """Return the situations that have a name."""
    rows = (
        (f"`{one.name}`", one.description, f"`{one.words}`" if one.words else "–")
        for one in PRESETS.values()
    )
    return table(("word", "does", "stands for"), rows)


def settings() -> str:
    """Return the settings, with words that use them."""
    rows = (
        (" ".join(f"`{word}`" for word in one.examples()), one.description)
        for one in SETTINGS.values()
    )
    return table(("words", "say"), rows)


def places() -> str:
    """Return where clauses strike, and with which statuses."""
    rows = (
        (
            f"`{one.name}`",
            one.description,
            " ".join(name for name in errors_at(one.name) if name.isdecimal()),
        )
        for one in PLACES.values()
    )
    return table(("where", "counts", "statuses"), rows)


def faults() -> str:
    """Return the transport faults."""
    others: dict[str, list[str]] = {}
    for name, means in FAULT_ALIASES.items():
        others.setdefault(means.removesuffix("+"), []).append(f"`{name}` = `{means}`")
    rows = (
        (
            f"`{one.name}`",
            one.description,
            "always" if one.applied else "with `+`",
            ", ".join(others.get(one.name, ["–"])),
        )
        for one in TRANSPORT_FAULTS.values()
    )
    return table(("what", "does", "request applied", "other names"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    **contract.TABLES,
    "presets": presets,
    "settings": settings,
    "places": places,
    "faults": faults,
}


if __name__ == "__main__":
    contract.write(sys.argv[1:], TABLES)
