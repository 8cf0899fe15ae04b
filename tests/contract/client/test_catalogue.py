"""The catalogue: which cases there are, and that each is complete."""

from __future__ import annotations

import json
import re

import pytest

from seedance_contract.case import Level
from seedance_contract.client.catalogue import GROUPS, SCENES
from seedance_contract.client.scene import Scene
from seedance_contract.declared.sources import Weight

Ids = dict[str, str]

CORE: Ids = {
    "AUTH": "01 02 03 04 05",
    "REQ": "01 02 03 05 06 07 09",
    "DUP": "01 02 03 04 05 06 07 08 09 11",
    "POLL": "01 02 03 04 05 06 08 09 10 11 12 13 15 16 17 18 20 21",
    "RES": "01 02 03 04 05 06",
    "CAN": "01 02 03 04 07",
    "ERR": "01 02 04 05 06 07 08 13",
    "BILL": "01 03",
    "DISC": "01 03",
    "SEC": "01 02 03 04 06 07",
    "WIRE": "01 02 03 04 07",
    "DL": "01 02",
}
FURTHER: Ids = {
    "AUTH": "06",
    "REQ": "04 08",
    "DUP": "10 12 13",
    "POLL": "07 14 19 22",
    "RES": "07 08",
    "CAN": "05 06",
    "ERR": "03 09 10 11 12",
    "BILL": "02 04",
    "DISC": "02 04",
    "SEC": "05 08 09",
    "WIRE": "05 06 08",
    "DL": "03 04 05",
}
SAFE: Ids = {
    "AUTH": "02 03",
    "REQ": "02 06 07",
    "DUP": "01 02 03 04 05 06 07 08 11",
    "POLL": "09 15 16",
    "ERR": "01 02",
    "BILL": "01 03",
    "DISC": "03",
    "SEC": "01 02 03 04 06 07",
}

ID = re.compile(r"([A-Z]+-\d\d)(-[a-z0-9]+)?")


def ids(groups: Ids) -> set[str]:
    return {f"{name}-{number}" for name, numbers in groups.items() for number in numbers.split()}


def case_of(scene: Scene) -> str:
    """Return the id of a case without the name of a variant."""
    found = ID.fullmatch(scene.case.id)
    assert found is not None, scene.case.id
    return found[1]


def test_every_case_is_there() -> None:
    assert (len(ids(CORE)), len(ids(FURTHER))) == (76, 32)
    assert {case_of(one) for one in SCENES.values()} == ids(CORE) | ids(FURTHER)


def test_the_core_is_what_it_was() -> None:
    assert {case_of(one) for one in SCENES.values() if one.core} == ids(CORE)


def test_28_cases_are_about_money_and_secrets() -> None:
    assert len(ids(SAFE)) == 28
    assert {case_of(one) for one in SCENES.values() if one.safe} == ids(SAFE)


def test_an_id_is_given_once() -> None:
    assert len(SCENES) == sum(map(len, GROUPS.values()))


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_case_is_complete(scene: Scene) -> None:
    names = [check.id for check in scene.checks]

    assert scene.case.id.startswith(scene.case.group.partition(" ")[0] + "-")
    assert scene.case.requirement.endswith(".")
    assert all(check.says.endswith(".") for check in scene.checks)
    assert names
    assert len(names) == len(set(names))
    assert json.loads(json.dumps(dict(scene.job))) == scene.job


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_case_asks_as_much_as_its_level(scene: Scene) -> None:
    levels = [check.level for check in scene.checks]

    assert min(levels, key=list(Level).index) in (scene.case.level, Level.MUST, Level.INFO)


def test_what_rests_on_an_assumption_asks_nothing() -> None:
    assumed = {one.case.id for one in SCENES.values() if one.case.source.weight is Weight.ASSUMED}

    assert assumed == {"WIRE-05"}
    assert all(SCENES[one].case.level is Level.INFO for one in assumed)
