"""Which cases are run: by id, by group, by profile; and which profiles a client reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase

from seedance_contract.case import Level, Result, Verdict
from seedance_contract.client.scene import Scene


class Profile(StrEnum):
    """A promise about a client, in one word."""

    SAFE = "SAFE"
    CORRECT = "CORRECT"
    POLITE = "POLITE"


PROMISES: Mapping[Profile, str] = {
    Profile.SAFE: "it wastes no money and gives no secret away",
    Profile.CORRECT: "everything holds that MUST hold",
    Profile.POLITE: "everything holds that MUST or SHOULD hold",
}


class Unknown(ValueError):
    """Nothing is called so."""


def belongs(scene: Scene, profile: Profile) -> bool:
    """Tell whether a scene has to go well for a profile."""
    match profile:
        case Profile.SAFE:
            return scene.safe
        case Profile.CORRECT:
            return any(check.level is Level.MUST for check in scene.checks)
    return any(check.level in (Level.MUST, Level.SHOULD) for check in scene.checks)


def choose(
    scenes: Iterable[Scene],
    *,
    cases: Sequence[str] = (),
    groups: Sequence[str] = (),
    profile: Profile | None = None,
    core: bool = False,
) -> tuple[Scene, ...]:
    """Return the scenes that were asked for; all where nothing was.

    `cases` are patterns such as "POLL-*", `groups` the first words of groups, such as "POLL".
    Raises Unknown for one that matches no scene.
    """
    scenes = tuple(scenes)
    _known("case", cases, [scene.case.id for scene in scenes])
    _known("group", groups, [_group(scene) for scene in scenes])
    return tuple(
        scene
        for scene in scenes
        if (not cases or _matches(scene.case.id, cases))
        and (not groups or _matches(_group(scene), groups))
        and (profile is None or belongs(scene, profile))
        and (scene.core or not core)
    )


def _group(scene: Scene) -> str:
    return scene.case.group.split()[0]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern.upper()) for pattern in patterns)


def _known(what: str, patterns: Iterable[str], names: Sequence[str]) -> None:
    for pattern in patterns:
        if not any(_matches(name, [pattern]) for name in names):
            near = get_close_matches(pattern.upper(), names, 1, cutoff=0.6)
            hint = f"; perhaps {near[0]} was meant" if near else ""
            raise Unknown(f"no {what} is called {pattern}{hint}")


SPOILING: Mapping[Profile, frozenset[Verdict]] = {
    Profile.SAFE: frozenset({Verdict.FAIL, Verdict.NON_STRICT, Verdict.XFAIL, Verdict.BROKEN}),
    Profile.CORRECT: frozenset({Verdict.FAIL, Verdict.XFAIL, Verdict.BROKEN}),
    Profile.POLITE: frozenset({Verdict.FAIL, Verdict.NON_STRICT, Verdict.XFAIL, Verdict.BROKEN}),
}
"""Verdicts that keep a client from a profile. What the baseline excuses is still not reached."""

UNSEEN = (Verdict.UNEXERCISED, Verdict.UNSUPPORTED)


def standing(
    profile: Profile, scenes: Iterable[Scene], results: Iterable[Result]
) -> dict[str, object]:
    """Return how a client stands to a profile, as JSON.

    `reached` is None where not every case of the profile in `scenes` was run. A client that
    does not try a thing, or cannot, breaks no promise; `unseen` lists what was so left open,
    and a profile of which nothing was seen at all is not reached.
    """
    verdicts = {result.case.id: result.verdict for result in results}
    needed = [scene.case.id for scene in scenes if belongs(scene, profile)]
    spoilt = [name for name in needed if verdicts.get(name) in SPOILING[profile]]
    unseen = [name for name in needed if verdicts.get(name) in UNSEEN]
    reached: bool | None = not spoilt and len(unseen) < len(needed)
    if not spoilt and any(name not in verdicts for name in needed):
        reached = None
    return {"reached": reached, "cases": len(needed), "spoilt": spoilt, "unseen": unseen}
