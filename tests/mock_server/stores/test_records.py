"""The serialised form of records: every record is read back as it was written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from seedance_contract.declared.errors import ERRORS, RATE_LIMITED, ErrorKind
from seedance_contract.derived.cost import Video
from seedance_mock.domain.accounts import Account, AddedKey
from seedance_mock.domain.clock import Timeline
from seedance_mock.domain.materials import Material
from seedance_mock.domain.record import BaseRecord
from seedance_mock.domain.task import Stage, Task
from seedance_mock.scripting.presets import PRESETS
from seedance_mock.scripting.script import PLAIN, Script, script_of
from seedance_mock.scripting.vocabulary import SETTINGS, TRANSPORT_FAULTS, TransportFault
from seedance_mock.stores import Entry
from seedance_mock.stores.records import (
    ENTRY_KINDS,
    Record,
    RecordError,
    account_from_json,
    entry_from_json,
    field_codec,
    record_to_json,
    task_from_json,
)

WORDS = [*PRESETS, *(word for setting in SETTINGS.values() for word in setting.examples())]

VALUES: Mapping[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    float: st.floats(allow_nan=False) | st.integers(0, 10**6),
    Decimal: st.decimals(allow_nan=False),
    ErrorKind: st.sampled_from(ERRORS),
    TransportFault: st.sampled_from([*TRANSPORT_FAULTS.values()]),
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type that a field of a record has. A new field is drawn without a change here."""
    if kind in VALUES:
        return VALUES[kind]
    if kind is Script:
        words = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
        return words.map(script_of) | instances_of(Script)
    arguments = get_args(kind)
    if get_origin(kind) is UnionType:
        return st.none() | values_of(next(part for part in arguments if part is not NoneType))
    if get_origin(kind) is tuple:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if get_origin(kind) is Mapping:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=3)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    assert is_dataclass(kind) or issubclass(kind, BaseRecord | tuple), kind
    return instances_of(kind)


def instances_of(kind: Any) -> st.SearchStrategy[Any]:
    fields = {name: values_of(hint) for name, hint in get_type_hints(kind).items()}
    return st.builds(kind, **fields)


@given(task=instances_of(Task))
def test_a_task_is_read_as_it_was_written(task: Task) -> None:
    text = record_to_json(task)

    stored = task_from_json(text)

    assert stored == task
    assert record_to_json(stored) == text


@given(account=instances_of(Account))
def test_an_account_is_read_as_it_was_written(account: Account) -> None:
    text = record_to_json(account)

    stored = account_from_json(text)

    assert stored == account
    assert record_to_json(stored) == text


@given(entry=st.one_of(*map(instances_of, ENTRY_KINDS.values())))
def test_an_entry_is_read_as_it_was_written(entry: Entry) -> None:
    text = record_to_json(entry)

    stored = entry_from_json(text)

    assert (type(stored), stored) == (type(entry), entry)
    assert record_to_json(stored) == text


def test_no_field_of_an_entry_hides_its_kind() -> None:
    assert [kind for kind in ENTRY_KINDS.values() if "entry" in get_type_hints(kind)] == []


TASK = Task(
    id="ldtask_0123456789abcdef0123456789abcdef",
    owner="0f" * 16,
    model="seedance-2.0",
    video=Video("seedance-2.0", "720p", "16:9", 5),
    audio=True,
    last_frame=False,
    created=1_800_000_000.0,
    queue_seconds=1.0,
    run_seconds=math.inf,
    expires_after=172_800,
    estimate=Decimal("0.73667647"),
    price=Decimal("0.73667647"),
    observed_stage=Stage.PROCESSING,
    script=script_of("busy queue-9s"),
    prompt_script=script_of("queue-9s"),
    key="1e" * 16,
)

ACCOUNT = Account(
    owner="0f" * 16,
    name="key-1",
    words="busy",
    script=script_of("busy"),
    granted=Decimal("5.00"),
    timeline=Timeline(rate=0.0, by_polls=True),
    request_counts={"any": 2, "poll": 1},
    retention_seconds=60.0,
    added_keys={"1e" * 16: AddedKey(words="limit-5", rate_limit=5, spent=Decimal("0.50"))},
)

MATERIAL = Material(
    owner="0f" * 16,
    id="asset-20260720123456-qn7wr",
    project="default",
    group_id="group-20260720123456-vrt01",
    library_type="aigc_avatar",
    asset_type="Image",
    name="Front view",
    metadata='{"by":"me"}',
    created=1_800_000_000.0,
    updated=1_800_000_000.0,
    processing_seconds=math.inf,
)

STORED_TASK = {
    "version": 4,
    "id": "ldtask_0123456789abcdef0123456789abcdef",
    "owner": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
    "model": "seedance-2.0",
    "video": {
        "model": "seedance-2.0",
        "resolution": "720p",
        "ratio": "16:9",
        "seconds": 5,
    },
    "audio": True,
    "last_frame": False,
    "created": 1_800_000_000.0,
    "queue_seconds": 1.0,
    "run_seconds": "inf",
    "expires_after": 172_800,
    "estimate": "0.73667647",
    "price": "0.73667647",
    "observed_stage": "PROCESSING",
    "script": "queue-9s retry-2s any-429x2",
    "prompt_script": "queue-9s",
    "key": "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e",
}

STORED_ACCOUNT = {
    "version": 4,
    "owner": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
    "name": "key-1",
    "words": "busy",
    "script": "retry-2s any-429x2",
    "granted": "5.00",
    "timeline": {
        "rate": 0.0,
        "by_polls": True,
    },
    "request_counts": {"any": 2, "poll": 1},
    "retention_seconds": 60.0,
    "added_keys": {
        "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e": {
            "words": "limit-5",
            "rate_limit": 5,
            "spent": "0.50",
        }
    },
}


STORED_MATERIAL = {
    "version": 4,
    "entry": "material",
    "owner": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
    "id": "asset-20260720123456-qn7wr",
    "project": "default",
    "group_id": "group-20260720123456-vrt01",
    "library_type": "aigc_avatar",
    "asset_type": "Image",
    "name": "Front view",
    "metadata": '{"by":"me"}',
    "created": 1_800_000_000.0,
    "updated": 1_800_000_000.0,
    "processing_seconds": "inf",
}


@pytest.mark.parametrize(
    ("record", "expected"),
    [(TASK, STORED_TASK), (ACCOUNT, STORED_ACCOUNT), (MATERIAL, STORED_MATERIAL)],
    ids=["task", "account", "material"],
)
def test_the_form_changes_only_with_the_version(
    record: Record, expected: dict[str, object]
) -> None:
    assert json.loads(record_to_json(record)) == expected


def test_a_script_without_words_is_an_object() -> None:
    script = script_of("poll-429")._replace(queue_seconds=0.5)

    stored = json.loads(record_to_json(structs.replace(ACCOUNT, script=script)))["script"]

    assert stored["queue_seconds"] == 0.5
    assert stored["faults"] == [
        {
            "place": "poll",
            "word": "poll-429",
            "first_request": 1,
            "last_request": 1,
            "applied": False,
            "error": "rate-limited",
        }
    ]


@pytest.mark.parametrize("text", ["", "ok", "busy queue-9s"])
def test_records_that_are_read_share_their_script(text: str) -> None:
    script = script_of(text)

    account = account_from_json(record_to_json(structs.replace(ACCOUNT, script=script)))

    assert account.script is account_from_json(record_to_json(account)).script
    assert (account.script is PLAIN) == (script is PLAIN)


@pytest.mark.parametrize("version", [0, 3, 5, "4", None])
def test_another_version_is_refused(version: object) -> None:
    text = json.dumps({**STORED_TASK, "version": version})

    with pytest.raises(RecordError, match=f"version {version!r} cannot be read, only version 4"):
        task_from_json(text)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"task"'])
def test_a_text_that_is_not_an_object_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="this is not a record"):
        account_from_json(text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "missing or unknown members: colour"),
        ({"observed_stage": "PAUSED"}, "PAUSED"),
        ({"estimate": "a lot"}, "ConversionSyntax"),
        ({"created": "soon"}, "could not convert"),
        ({"script": "nonsense"}, "is not a word of the mock"),
        ({"script": {"faults": [{}]}}, "missing or unknown members: applied, "),
        ({"video": None}, "not iterable"),
    ],
)
def test_a_wrong_member_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RecordError, match=f"not a valid Task: .*{message}"):
        task_from_json(json.dumps({**STORED_TASK, **changes}))


def test_a_missing_member_is_refused() -> None:
    members = {name: value for name, value in STORED_TASK.items() if name != "price"}

    with pytest.raises(RecordError, match="missing or unknown members: price"):
        task_from_json(json.dumps(members))


@pytest.mark.parametrize("name", [None, "task", ["material"]])
def test_an_entry_of_an_unknown_kind_is_refused(name: object) -> None:
    with pytest.raises(RecordError, match="not an entry of a known kind"):
        entry_from_json(json.dumps({**STORED_MATERIAL, "entry": name}))


def test_a_field_with_its_default_is_left_out() -> None:
    stored = json.loads(record_to_json(Account(owner="a", reserved=Decimal("0.00"))))

    # An amount keeps its digits, even if it equals its default.
    assert stored == {"version": 4, "owner": "a", "reserved": "0.00"}


def test_nan_has_no_serialised_form() -> None:
    with pytest.raises(ValueError, match="NaN is not equal to itself"):
        record_to_json(structs.replace(TASK, created=math.nan))


def test_an_error_outside_the_catalogue_has_no_form() -> None:
    fault = script_of("poll-429").faults[0]._replace(error=replace(RATE_LIMITED, status=420))

    with pytest.raises(ValueError, match="is not in its catalogue"):
        record_to_json(structs.replace(ACCOUNT, script=Script(faults=(fault,))))


@pytest.mark.parametrize("kind", [bytes, set[int], int | str, dict[str, int], Mapping[int, int]])
def test_a_field_of_an_unknown_type_is_refused(kind: object) -> None:
    with pytest.raises(TypeError, match="records cannot hold"):
        field_codec(kind)


@dataclass(frozen=True)
class Nested:
    numbers: tuple[float, ...]


def test_infinity_is_stored_in_nested_values() -> None:
    codec = field_codec(Nested)

    assert codec.encode(Nested((1.5, -math.inf))) == {"numbers": [1.5, "-inf"]}
    assert codec.decode({"numbers": [1.5, "-inf"]}) == Nested((1.5, -math.inf))
