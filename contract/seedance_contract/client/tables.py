"""The tables of cases, as Markdown.

python -m seedance_contract.client.tables docs/client-cases.md
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial

from seedance_contract.client.catalogue import GROUPS
from seedance_contract.client.scene import Scene
from seedance_contract.derived.tables import table, write


def _row(scene: Scene) -> tuple[object, ...]:
    case = scene.case
    profiles = [name for name, is_in in (("core", scene.core), ("SAFE", scene.safe)) if is_in]
    needs = ", ".join(sorted(scene.needs)) or "traffic"
    words = f"`{scene.script}`"
    return (
        f"`{case.id}`",
        case.weight,
        case.requirement,
        " ".join(profiles) or "–",
        needs,
        words,
        case.source,
    )


def cases(group: str) -> str:
    """Return the cases of a group, in their order."""
    head = ("case", "level", "requirement", "profile", "needs", "words", "source")
    return table(head, map(_row, GROUPS[group]))


TABLES: Mapping[str, Callable[[], str]] = {
    group.partition(" ")[0]: partial(cases, group) for group in GROUPS
}
"""By the letters with which the ids of a group begin."""


if __name__ == "__main__":
    write(sys.argv[1:], TABLES)
