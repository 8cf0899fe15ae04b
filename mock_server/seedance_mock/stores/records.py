"""Records as JSON: the serialised form for every store outside the process.

The form is derived from the types of the records, so that a new field has it too. A field with its
default is left out, which makes most records half as long. A script is its words if they mean
exactly that script, which is short and readable; else it is an object of its fields. Errors and
transport faults are their names in the catalogues. JSON has no infinity, so an infinite number is
the text `inf` or `-inf`. Amounts are texts with all their digits.

Serialising a record that was read gives the same text again. A store may therefore compare texts
instead of records.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import NamedTuple, cast, get_args, get_origin, get_type_hints

import msgspec
import orjson
from msgspec import structs

from seedance_contract.declared.errors import ERRORS, ErrorKind
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.materials import DefaultGroup, Material, MaterialGroup
from seedance_mock.domain.record import BaseRecord
from seedance_mock.domain.task import Task
from seedance_mock.domain.v3.callbacks import EndedCallbacks, TaskCallbacks
from seedance_mock.domain.v3.idempotency import IdempotencyRecord
from seedance_mock.scripting.script import Script, script_of, words_of
from seedance_mock.scripting.vocabulary import TRANSPORT_FAULTS, TransportFault
from seedance_mock.stores import Entry
from seedance_mock.stores.errors import StoreUnavailableError

# Raise it whenever a record that was stored before would be read differently: a field is added,
# removed or renamed, or a value or a default gets another meaning.
VERSION = 4
"""The version of the serialised form."""

ENTRY_KINDS: Mapping[str, type[Entry]] = MappingProxyType(
    {
        "callbacks": TaskCallbacks,
        "callbacks_ended": EndedCallbacks,
        "default_group": DefaultGroup,
        "idempotency": IdempotencyRecord,
        "material": Material,
        "material_group": MaterialGroup,
    }
)
"""The kinds of entries by the names that they are stored under. No kind has a field `entry`."""

_ENTRY_NAMES: Mapping[type, str] = {kind: name for name, kind in ENTRY_KINDS.items()}

Record = Task | Account | Entry
"""What a store keeps."""


class RecordError(StoreUnavailableError, ValueError):
    """A serialised record cannot be read. In a store it is damaged, or of another version."""


def entry_name(kind: type[Entry]) -> str:
    """Return the name of a kind of entries. Raises KeyError for a kind that is not registered."""
    return _ENTRY_NAMES[kind]


def record_to_json(record: Record) -> str:
    """Return a record as JSON. An entry has the name of its kind in the member `entry`.

    Raises ValueError or TypeError for a value that has no serialised form, such as NaN.
    """
    kind: type = type(record)
    members = cast("dict[str, object]", _fields(kind).encode(record))
    if kind in _ENTRY_NAMES:
        members["entry"] = _ENTRY_NAMES[kind]
    return orjson.dumps({"version": VERSION, **members}).decode()


def task_from_json(text: str | bytes) -> Task:
    """Return the task that `record_to_json` serialised. Raises RecordError."""
    return cast(Task, _decoded(Task, _members(text)))


def account_from_json(text: str | bytes) -> Account:
    """Return the account that `record_to_json` serialised. Raises RecordError."""
    return cast(Account, _decoded(Account, _members(text)))


def entry_from_json(text: str | bytes) -> Entry:
    """Return the entry that `record_to_json` serialised. Raises RecordError."""
    members = _members(text)
    kind = ENTRY_KINDS.get(str(members.pop("entry", None)))
    if kind is None:
        raise RecordError("this is not an entry of a known kind")
    return cast(Entry, _decoded(kind, members))


def _members(text: str | bytes) -> dict[str, object]:
    """Return the members of a record of this version."""
    try:
        members = orjson.loads(text)
    except ValueError as error:
        raise RecordError(f"this is not a record: {error}") from error
    if not isinstance(members, dict):
        raise RecordError("this is not a record: it is not a JSON object")
    version = members.pop("version", None)
    if version != VERSION:
        raise RecordError(
            f"a record of version {version!r} cannot be read, only version {VERSION}: "
            "use the release that wrote it, or start with an empty store"
        )
    return members


def _decoded(kind: type, members: object) -> object:
    try:
        return _fields(kind).decode(members)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise RecordError(f"this is not a valid {kind.__name__}: {error!r}") from error


class FieldCodec(NamedTuple):
    """How the values of a type become JSON, and how they are read back."""

    encode: Callable[[object], object]
    decode: Callable[[object], object]


def _same(value: object) -> object:
    return value


_JSON_VALUE = FieldCodec(_same, _same)


def _encode_float(value: object) -> object:
    # An int in the place of a float, such as a setting in whole seconds, stays an int.
    if not isinstance(value, float) or math.isfinite(value):
        return value
    if math.isnan(value):
        raise ValueError("NaN is not equal to itself: no commit could ever replace the record")
    return str(value)


def _decode_float(value: object) -> object:
    return float(value) if isinstance(value, str) else value


def _named(catalogue: Mapping[str, object], name: Callable[..., str]) -> FieldCodec:
    """Return the codec of the entries of a catalogue: they are stored by their names."""

    def encode(entry: object) -> object:
        if catalogue.get(name(entry)) != entry:
            raise ValueError(f"{entry!r} is not in its catalogue")
        return name(entry)

    return FieldCodec(encode, lambda key: catalogue[str(key)])


def _encode_script(script: object) -> object:
    assert isinstance(script, Script)
    words = words_of(script)
    return _fields(Script).encode(script) if words is None else words


def _decode_script(value: object) -> object:
    # `script_of` returns the same object for the same words, so that accounts and tasks share it.
    return script_of(value) if isinstance(value, str) else _fields(Script).decode(value)


_CODECS: Mapping[object, FieldCodec] = {
    str: _JSON_VALUE,
    int: _JSON_VALUE,
    bool: _JSON_VALUE,
    float: FieldCodec(_encode_float, _decode_float),
    Decimal: FieldCodec(str, lambda text: Decimal(str(text))),
    Script: FieldCodec(_encode_script, _decode_script),
    ErrorKind: _named({kind.id: kind for kind in ERRORS}, lambda kind: kind.id),
    TransportFault: _named(TRANSPORT_FAULTS, lambda fault: fault.name),
}


@cache
def field_codec(kind: object) -> FieldCodec:
    """Return the codec of a type. Raises TypeError for a type that records cannot hold."""
    if kind in _CODECS:
        return _CODECS[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType and arguments[1:] == (NoneType,):
        return _optional(field_codec(arguments[0]))
    if origin is tuple and arguments[1:] == (...,):
        return _array(field_codec(arguments[0]))
    if origin is Mapping and arguments[0] is str:
        return _object(field_codec(arguments[1]))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum(kind)
    if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, BaseRecord | tuple)):
        return _fields(kind)
    raise TypeError(f"records cannot hold {kind}: add it to the codecs of {__name__}")


def _optional(item: FieldCodec) -> FieldCodec:
    if item is _JSON_VALUE:
        return item
    return FieldCodec(
        lambda value: None if value is None else item.encode(value),
        lambda value: None if value is None else item.decode(value),
    )


def _array(item: FieldCodec) -> FieldCodec:
    return FieldCodec(
        lambda values: [item.encode(value) for value in cast("tuple[object, ...]", values)],
        lambda values: tuple(item.decode(value) for value in cast("list[object]", values)),
    )


def _object(item: FieldCodec) -> FieldCodec:
    # The order of the members is kept: counters are dropped in the order of their insertion.
    def encode(mapping: object) -> object:
        members = cast("Mapping[str, object]", mapping).items()
        return {name: item.encode(value) for name, value in members}

    def decode(members: object) -> object:
        pairs = cast("dict[str, object]", members).items()
        return {name: item.decode(value) for name, value in pairs}

    return FieldCodec(encode, decode)


def _enum(kind: type[Enum]) -> FieldCodec:
    return FieldCodec(lambda member: cast(Enum, member).name, lambda name: kind[str(name)])


@cache
def _fields(kind: type) -> FieldCodec:
    """Return the codec of a type with fields: an object with a member for each field."""
    codecs = {name: field_codec(hint) for name, hint in get_type_hints(kind).items()}
    # Most fields are JSON values as they are: only the others cost a call.
    converted = {name: codec for name, codec in codecs.items() if codec is not _JSON_VALUE}
    defaults = _defaults(kind)
    items = [(name, defaults.get(name, _NO_DEFAULT)) for name in codecs]

    def encode(record: object) -> object:
        members = {
            name: value
            for name, default in items
            if (value := getattr(record, name)) is not default
            and (type(value) in _SCALARS or value != default)
        }
        for name in converted.keys() & members.keys():
            members[name] = converted[name].encode(members[name])
        return members

    def decode(value: object) -> object:
        members = dict(cast("dict[str, object]", value))
        wrong = (members.keys() - codecs.keys()) | (
            codecs.keys() - members.keys() - defaults.keys()
        )
        if wrong:
            raise ValueError(f"missing or unknown members: {', '.join(sorted(wrong))}")
        for name in converted.keys() & members.keys():
            members[name] = converted[name].decode(members[name])
        return kind(**members)

    return FieldCodec(encode, decode)


_NO_DEFAULT = object()

_SCALARS = frozenset((str, int, bool, float, Decimal))
"""Types whose values are left out only if they are the default itself.

Equal amounts may have other digits, and 0 equals 0.0: both must be read as they were written.
"""


def _defaults(kind: type) -> Mapping[str, object]:
    """Return the defaults of the fields of a type, by their names."""
    if is_dataclass(kind):
        return {field.name: field.default for field in fields(kind) if field.default is not MISSING}
    if issubclass(kind, BaseRecord):
        return {
            field.name: field.default
            for field in structs.fields(kind)
            if field.default is not msgspec.NODEFAULT
        }
    defaults: Mapping[str, object] = vars(kind)["_field_defaults"]
    return defaults
