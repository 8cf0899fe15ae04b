"""The catalogue: the ids of its cases, and the parts of each case."""

from __future__ import annotations

import json
import re
from importlib import import_module

import pytest

from seedance_contract.case import Group, Level
from seedance_contract.client.catalogue import CASES, CASES_BY_GROUP
from seedance_contract.client.client_case import ClientCase
from seedance_contract.declared.sources import Weight

Numbers = dict[str, str]

CORE: Numbers = {
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
    "V3": "01 02 03 04 05 06",
}
FURTHER: Numbers = {
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
    "V3": "07 08 09",
}
SAFE: Numbers = {
    "AUTH": "02 03",
    "REQ": "02 06 07",
    "DUP": "01 02 03 04 05 06 07 08 11",
    "POLL": "09 15 16",
    "ERR": "01 02",
    "BILL": "01 03",
    "DISC": "03",
    "SEC": "01 02 03 04 06 07",
    "V3": "02 03 04 05",
}

ID = re.compile(r"([A-Z]+\d?-\d\d)(-[a-z0-9]+)?")


def ids(numbers: Numbers) -> set[str]:
    """Return the ids of numbered cases."""
    return {f"{prefix}-{number}" for prefix, text in numbers.items() for number in text.split()}


def id_without_variant(client_case: ClientCase) -> str:
    """Return the id of a case without the name of its variant."""
    match = ID.fullmatch(client_case.id)
    assert match is not None, client_case.id
    return match[1]


def test_catalogue_has_every_case() -> None:
    assert set(map(id_without_variant, CASES.values())) == ids(CORE) | ids(FURTHER)


def test_core_is_unchanged() -> None:
    core = {id_without_variant(case) for case in CASES.values() if case.core}

    assert core == ids(CORE)


def test_safe_profile_is_unchanged() -> None:
    safe = {id_without_variant(case) for case in CASES.values() if case.safe}

    assert safe == ids(SAFE)


def test_every_id_is_unique() -> None:
    assert len(CASES) == sum(map(len, CASES_BY_GROUP.values()))


@pytest.mark.parametrize("group", CASES_BY_GROUP, ids=lambda group: group.name)
def test_group_is_named_for_its_file(group: Group) -> None:
    module = import_module(f"seedance_contract.client.cases.{group.name}")

    assert group == module.GROUP


def test_every_case_has_checks_with_unique_ids() -> None:
    check_ids = {name: [check.id for check in case.checks] for name, case in CASES.items()}

    assert [name for name, ids in check_ids.items() if not ids or len(ids) > len({*ids})] == []


def test_every_job_is_json() -> None:
    jobs = {name: dict(case.job) for name, case in CASES.items()}

    assert json.loads(json.dumps(jobs)) == jobs


def test_requirements_are_sentences() -> None:
    requirements = [
        requirement
        for case in CASES.values()
        for requirement in (case.case.requirement, *(check.requirement for check in case.checks))
    ]

    assert [text for text in requirements if not re.fullmatch(r"[A-Z].*\.", text)] == []


def test_checks_require_as_much_as_the_case() -> None:
    strictest = {
        name: min((check.level for check in case.checks), key=list(Level).index)
        for name, case in CASES.items()
    }

    allowed = {name: (case.case.level, Level.MUST, Level.INFO) for name, case in CASES.items()}
    assert [name for name, level in strictest.items() if level not in allowed[name]] == []


def test_assumption_requires_nothing() -> None:
    assumed = [case for case in CASES.values() if case.case.source.weight is Weight.ASSUMED]

    assert [case.id for case in assumed] == ["WIRE-05", "V3-09"]
    assert all(case.case.level is Level.INFO for case in assumed)
