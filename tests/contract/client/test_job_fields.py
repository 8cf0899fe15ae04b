"""The fields of --env and --arg."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedance_contract.client.arena import Assignment
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.job_fields import (
    ACTION_MEMBERS,
    FIELD_NAMES,
    JOB_FIELDS,
    field_values,
)
from seedance_contract.client.jobs import DEFAULT_JOB, kit_job
from seedance_contract.client.redaction import Secret

NO_FIELD = {"kit", "request"}
"""The version of the job's format, and the object whose members have fields of their own."""


def assignment_of(client_case: ClientCase) -> Assignment:
    return Assignment(
        client_case=client_case,
        base_url="http://127.0.0.1:9",
        secret=Secret("sk-mock-ok--a"),
        job=kit_job(client_case, "7f3a"),
        timeout=5.0,
    )


def members(client_case: ClientCase) -> Iterator[str]:
    job = kit_job(client_case, "7f3a")
    yield from job.keys() - NO_FIELD
    yield from job["request"]


@pytest.mark.parametrize("client_case", CASES.values(), ids=list(CASES))
def test_every_member_of_a_job_has_a_field_with_its_value(client_case: ClientCase) -> None:
    values = field_values(assignment_of(client_case), Path("/state"))

    assert set(members(client_case)) <= values.keys() <= set(FIELD_NAMES)


def test_values_are_texts() -> None:
    values = field_values(assignment_of(CASES["REQ-04"]), Path("/state"))

    assert (values["duration"], values["output_audio"], values["audio"]) == ("6", "false", "false")
    assert values["prompt"].startswith("A paper boat on a quiet lake kit:REQ-04:")
    assert json.loads(values["job"])["request"]["aspect_ratio"] == "16:9"


def test_only_a_restarted_client_is_told_a_task() -> None:
    assignment = assignment_of(CASES["DUP-11"])

    assert "task_id" not in field_values(assignment, Path("/state"))
    assert field_values(assignment, Path("/state"), task_id="ldtask_1")["task_id"] == "ldtask_1"


def test_a_member_that_stands_for_an_action_is_in_no_other_job() -> None:
    assert set(ACTION_MEMBERS.values()) <= set(JOB_FIELDS)
    assert not set(ACTION_MEMBERS.values()) & set(DEFAULT_JOB)
