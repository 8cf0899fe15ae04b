"""The fields of --env and --arg, and what a client knows of its job.

A client reads its whole job from `KIT_JOB`, or receives parts of it through fields. No check may
fail it for a part that it never received.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from seedance_contract.client.arena import Assignment
from seedance_contract.client.client_case import NotExercised
from seedance_contract.client.record import Record
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.v3.fields import V3_FIELDS

CASE_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "base_url": "the base URL of the API",
        "api_key": "the API key of the case",
        "case": "the id of the case",
        "state_dir": "a folder for the state of the client; it survives a restart",
    }
)
"""The fields that do not belong to the job."""

WHOLE_JOB = "job"
"""The field with the whole job as JSON, as in `KIT_JOB`."""

JOB_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "action": "what to do: `generate`, `cancel`, `download`, …",
        "dialect": "`v3` if the request is one of `/api/v3`",
        "deadline_s": "seconds that the client may take",
        "poll_interval_s": "seconds between two polls",
        "cancel_after": "when to cancel: `created`",
        "callbacks": "`true` if the client should receive callbacks",
        "count": "the number of videos",
        "requests": "the requests of several videos, as JSON",
        "download_to": "the path for the downloaded file",
        "task_id": "the task of the client that was killed, for a resume",
    }
)
"""The fields for members of the job, except its request."""

SHORT_NAMES: Mapping[str, str] = MappingProxyType({"audio": "output_audio"})
"""Other names of fields of the create request."""

V3_ONLY_FIELDS: tuple[str, ...] = ("content", *(name for name in V3_FIELDS if name not in FIELDS))
"""The fields that only a create request of v3 has."""

REQUEST_FIELDS: tuple[str, ...] = (*FIELDS, *SHORT_NAMES, *V3_ONLY_FIELDS)
"""The fields of the create request, so that a new case cannot set one that has no template."""

FIELD_NAMES: tuple[str, ...] = tuple(
    dict.fromkeys((*CASE_FIELDS, WHOLE_JOB, *JOB_FIELDS, *REQUEST_FIELDS))
)
"""All fields that templates of variables and arguments may contain, in braces."""

PROMPT_FIELDS = frozenset({"prompt", "content", "requests"})
"""The fields that contain the prompt of the job."""

ACTION_MEMBERS: Mapping[str, str] = MappingProxyType(
    {"download": "download_to", "cancel": "cancel_after", "batch": "count", "resume": "task_id"}
)
"""The member that only the jobs with this action have, so that it stands for the action."""


def field_values(
    assignment: Assignment, state: Path | None = None, *, task_id: str | None = None
) -> dict[str, str]:
    """Return the texts of all fields that have a value in this job.

    Args:
        assignment: the case, with the job.
        state: the folder for the state of the client; None if the kit does not start it.
        task_id: the task that a restarted client has to resume.
    """
    job = assignment.job
    request = job["request"]
    own_values = {
        "base_url": assignment.base_url,
        "api_key": assignment.secret.key,
        "case": assignment.client_case.id,
        **({} if state is None else {"state_dir": str(state)}),
        WHOLE_JOB: json.dumps(job),
    }
    # A request that extends a video has a `task_id` of its own.
    values = {
        **({} if task_id is None else {"task_id": task_id}),
        **{name: job[name] for name in JOB_FIELDS if name in job},
        **{name: request[name] for name in (*FIELDS, *V3_ONLY_FIELDS) if name in request},
        # Among the items of `content` the prompt is the text, which comes first.
        **({"prompt": request["content"][0]["text"]} if "content" in request else {}),
        **{short: request[name] for short, name in SHORT_NAMES.items() if name in request},
    }
    return {**own_values, **{name: _text(value) for name, value in values.items()}}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class MissingJobField(NotExercised):
    """The client does not know the part of its job that a check is about."""


def passed_fields(templates: Collection[str]) -> tuple[str, ...] | None:
    """Return the parts of the job that fields pass; None for a client that reads all of `KIT_JOB`.

    Args:
        templates: the names of all fields in the templates of a client.
    """
    # Without any field of the job, only KIT_JOB can tell the client what to do.
    names = {SHORT_NAMES.get(name, name) for name in templates}
    parts = tuple(name for name in FIELD_NAMES if name in names and name not in CASE_FIELDS)
    return None if not parts or WHOLE_JOB in parts else parts


def knows(record: Record, name: str) -> bool:
    """Return whether the client knows a part of its job, such as "duration" or "deadline_s"."""
    if record.passed_fields is None:
        return not ignores_job(record)
    return name in record.passed_fields or _reads_kit_job(record, record.passed_fields)


def _reads_kit_job(record: Record, passed: Collection[str]) -> bool:
    """Return whether the client reads KIT_JOB although it also receives fields."""
    # The prompt of the job is nowhere else, if no field passes it.
    return PROMPT_FIELDS.isdisjoint(passed) and any(create.job for create in record.creates)


def ignores_job(record: Record) -> bool:
    """Return whether every create of the client has a prompt of its own instead of the job's."""
    return bool(record.creates) and not any(create.job for create in record.creates)


def require_known(record: Record, *names: str) -> None:
    """Raise MissingJobField unless the client knows these parts of its job."""
    if missing := [name for name in names if not knows(record, name)]:
        raise MissingJobField(missing_field_reason(*missing))


def require_action(record: Record, action: str) -> None:
    """Raise MissingJobField unless the client knows that its job has this action."""
    if name := unknown_action(record, action):
        raise MissingJobField(missing_field_reason(name))


def unknown_action(record: Record, action: str) -> str:
    """Return the field that tells a client of an action; "" if the client knows the action."""
    name = ACTION_MEMBERS.get(action, "action")
    return "" if knows(record, "action") or knows(record, name) else name


def require_time_known(record: Record) -> None:
    """Raise MissingJobField if a client ran out of time, and does not know its times.

    A client with a polling interval or a deadline of its own may need longer than the case lasts.
    """
    deadline = record.job.get("deadline_s", math.inf)
    if record.killed or record.seconds * record.rate >= deadline:
        require_known(record, "poll_interval_s", "deadline_s")


def missing_field_reason(*names: str) -> str:
    """Return the reason why a check is not exercised, and how to exercise it."""
    members = _joined([f"`{name}`" for name in names])
    fields = _joined([f"{{{name}}}" for name in names])
    return f"the client was not told {members}: --arg or --env with {fields} would exercise it"


def _joined(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
