"""Hypothesis strategies of create requests of v3, derived from the rules. They state no limit.

@given(valid_v3_requests())
def test_my_client_sends_any_legal_request(body): ...
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import assume
from hypothesis import strategies as st

from seedance_contract.declared.limits import JsonType, OneOf
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import Body
from seedance_contract.declared.v3.content import (
    AUDIO,
    FIRST_FRAME,
    IMAGE,
    LAST_FRAME,
    REFERENCE_AUDIO,
    REFERENCE_IMAGE,
    REFERENCE_VIDEO,
    VIDEO,
)
from seedance_contract.declared.v3.fields import V3_FIELDS, WEB_SEARCH, V3Field
from seedance_contract.declared.v3.models import V3_MODELS
from seedance_contract.declared.v3.rules.content_breaches import max_items_of_kind
from seedance_contract.declared.v3.rules.content_samples import media_item, text_item
from seedance_contract.declared.v3.rules.field_rules import ModelSupportRule
from seedance_contract.declared.v3.rules.rule import V3Rule
from seedance_contract.declared.v3.rules.v3_rules import V3_RULES
from seedance_contract.derived.v3.v3_validation import v3_violations


class InvalidV3Request(NamedTuple):
    """A request that breaks `rule` and no other."""

    body: Body
    rule: V3Rule


@st.composite
def valid_v3_requests(draw: st.DrawFn, names: Sequence[str] = ()) -> dict[str, Any]:
    """Requests that satisfy every rule, with unset fields left out or null.

    `names` are the values of `model` to draw from; all if it is empty.
    """
    name = draw(st.sampled_from(names or sorted(V3_MODELS)))
    model = V3_MODELS[name]
    fields = draw(st.fixed_dictionaries({}, optional=_fields(model)))
    return {"model": name, "content": draw(_content(model)), **fields}


@st.composite
def invalid_v3_requests(draw: st.DrawFn, rule: V3Rule | None = None) -> InvalidV3Request:
    """Requests that break one rule: `rule`, or any if it is None."""
    broken = rule or draw(st.sampled_from(BREAKABLE_V3_RULES))
    legal = draw(valid_v3_requests(names_for(broken)))
    body = draw(st.sampled_from(list(broken.invalid_bodies(legal))))
    # What is legal beside the invalid value of one model may not be on another one.
    assume({violation.rule.id for violation in v3_violations(body)} == {broken.id})
    return InvalidV3Request(body, broken)


def names_for(rule: V3Rule) -> list[str]:
    """Return the values of `model` with which a body can break only this rule."""
    if isinstance(rule, ModelSupportRule):
        return [name for name in sorted(V3_MODELS) if not _supports(name, rule.field)]
    return [name for name in sorted(V3_MODELS) if _supports(name, rule.field)]


def _supports(name: str, field: str | None) -> bool:
    variant = V3_MODELS[name].v3
    return variant is not None and field not in variant.unsupported_fields


BREAKABLE_V3_RULES = tuple(filter(names_for, V3_RULES))
"""The rules without those about fields that no model supports: such a body breaks two rules."""


def _content(model: Model) -> st.SearchStrategy[list[dict[str, Any]]]:
    text = st.builds(lambda text: [text_item(text)], st.text(_CHARACTERS, min_size=1, max_size=80))
    images = _references(IMAGE.type, model)
    videos = _references(VIDEO.type, model)
    audios = _references(AUDIO.type, model)
    media = st.one_of(
        st.just([]),
        st.sampled_from(_FRAMES),
        # Audio is legal beside an image or a video only.
        st.tuples(images.filter(bool), videos, audios).map(_joined),
        st.tuples(videos.filter(bool), images, audios).map(_joined),
    )
    return st.tuples(text, media).map(_joined).flatmap(st.permutations)


_CHARACTERS = st.characters(exclude_categories=["Cs"])
_FRAMES: list[list[dict[str, Any]]] = [
    [media_item(IMAGE)],
    [media_item(IMAGE, FIRST_FRAME)],
    [media_item(IMAGE, FIRST_FRAME), media_item(IMAGE, LAST_FRAME)],
]
_ROLES = {
    IMAGE.type: (IMAGE, REFERENCE_IMAGE),
    VIDEO.type: (VIDEO, REFERENCE_VIDEO),
    AUDIO.type: (AUDIO, REFERENCE_AUDIO),
}


def _joined(lists: Iterable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [item for items in lists for item in items]


def _references(type: str, model: Model) -> st.SearchStrategy[list[dict[str, Any]]]:
    kind, role = _ROLES[type]
    item = media_item(kind, role)
    return st.integers(0, max_items_of_kind(kind, model)).map(lambda count: [item] * count)


def _fields(model: Model) -> Mapping[str, st.SearchStrategy[Any]]:
    """Return the strategies of the optional fields. Each may be null, as SDKs send it."""
    assert model.v3 is not None
    fields = {
        name: st.none() | _values(field, model)
        for name, field in V3_FIELDS.items()
        if name not in model.v3.unsupported_fields
    }
    return {**fields, "tools": st.sampled_from([None, [], [dict(WEB_SEARCH)]])}


def _values(field: V3Field, model: Model) -> st.SearchStrategy[Any]:
    limits = field.limits if field.model_limit is None else (field.model_limit(model),)
    if field.type is JsonType.BOOLEAN:
        values: list[object] = [False, True]
    else:
        values = [value for limit in limits for value in _examples(limit)]
    return st.sampled_from([value for value in values if value not in field.refused])


def _examples(limit: Any) -> tuple[object, ...]:
    return limit.values if isinstance(limit, OneOf) else limit.valid_examples()
