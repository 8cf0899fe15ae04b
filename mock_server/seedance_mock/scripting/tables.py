"""The scripting language as Markdown tables for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seedance_contract.derived.tables import markdown_table
from seedance_mock.scripting.presets import PRESETS
from seedance_mock.scripting.vocabulary import (
    FAULT_ALIASES,
    PLACES,
    SETTINGS,
    TRANSPORT_FAULTS,
    errors_at,
)


def presets_table() -> str:
    """Return the table of presets."""
    rows = (
        (
            f"`{preset.name}`",
            preset.description,
            f"`{preset.words}`" if preset.words else "–",
        )
        for preset in PRESETS.values()
    )
    return markdown_table(("word", "does", "stands for"), rows)


def settings_table() -> str:
    """Return the table of settings, with example words."""
    rows = (
        (" ".join(f"`{word}`" for word in setting.examples()), setting.description)
        for setting in SETTINGS.values()
    )
    return markdown_table(("words", "say"), rows)


def places_table() -> str:
    """Return the table of places, with the statuses that a clause can inject there."""
    rows = (
        (
            f"`{place.name}`",
            place.description,
            " ".join(name for name in errors_at(place.name) if name.isdecimal()),
        )
        for place in PLACES.values()
    )
    return markdown_table(("where", "counts", "statuses"), rows)


def faults_table() -> str:
    """Return the table of transport faults."""
    aliases: dict[str, list[str]] = {}
    for alias, fault_name in FAULT_ALIASES.items():
        aliases.setdefault(fault_name.removesuffix("+"), []).append(f"`{alias}` = `{fault_name}`")
    rows = (
        (
            f"`{fault.name}`",
            fault.description,
            "always" if fault.applied else "with `+`",
            ", ".join(aliases.get(fault.name, ["–"])),
        )
        for fault in TRANSPORT_FAULTS.values()
    )
    return markdown_table(("what", "does", "request applied", "other names"), rows)


WORD_TABLES: Mapping[str, Callable[[], str]] = {
    "presets": presets_table,
    "settings": settings_table,
    "places": places_table,
    "faults": faults_table,
}
"""The tables by name."""
