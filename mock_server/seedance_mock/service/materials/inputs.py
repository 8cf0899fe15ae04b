"""Materials in the create requests of v1: in fields of their own, and as URIs in image fields.

The rules of the contract know no account, so they refuse every material. The functions here put a
URL in the place of each material that the account has, and let the rules judge the request again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from seedance_contract.declared.fields import (
    ALIASES,
    IMAGE_FIELDS,
    MATERIAL_FIELDS,
    MATERIAL_IDS_RANGE,
)
from seedance_contract.declared.media_limits import ASSET_SCHEME, is_asset
from seedance_contract.declared.operations import IMAGE_TO_VIDEO, Body
from seedance_contract.declared.rules.unsupported_rules import MaterialAccessRule
from seedance_contract.derived.validation import Accepted, Rejected, Violation
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError, invalid_field, invalid_request
from seedance_mock.service.materials.library import MaterialLibrary, MaterialUse, preparing_error

_STAND_IN = "https://material.invalid/"
_REFERENCES = "reference_images"


Validate = Callable[[Body], Accepted | Rejected]
"""Returns the normalised request, or every violation of a body."""


class NamedMaterial(NamedTuple):
    """A material that a request names, and the field."""

    field: str
    asset_id: str


def names_materials(rejected: Rejected) -> bool:
    """Return whether a request was refused for a material."""
    return any(isinstance(violation.rule, MaterialAccessRule) for violation in rejected.violations)


async def accept_materials(
    library: MaterialLibrary,
    account: Account,
    body: Body,
    validate: Validate,
) -> Accepted:
    """Return the request, normalised, if the account can use the materials that it names.

    `validate` gets a body with a URL in the place of each. Raises ApiError: every violation of the
    request, a material that the account does not have among them; else
    `seedance_material_preparing`.
    """
    named = list(_named_materials(body))
    use = await library.use(account, (material.asset_id for material in named))
    verdict = validate(_with_stand_ins(body, named, use))
    if isinstance(verdict, Rejected):
        raise _invalid_request(body, verdict, named, use)
    for field, asset_id in named:
        if asset_id in use.unusable:
            raise invalid_field(field, use.unusable[asset_id])
    if use.preparing:
        # The documents show this param whatever field names the material.
        raise preparing_error(use.preparing, MATERIAL_FIELDS[0])
    return verdict


def _named_materials(body: Body) -> Iterator[NamedMaterial]:
    for name, value in body.items():
        values = value if isinstance(value, list) else [value]
        texts = [text for text in values if isinstance(text, str)]
        if name in MATERIAL_FIELDS:
            yield from (NamedMaterial(name, text) for text in texts)
        elif ALIASES.get(name, name) in IMAGE_FIELDS:
            ids = (text.removeprefix(ASSET_SCHEME) for text in texts if is_asset(text))
            yield from (NamedMaterial(name, asset_id) for asset_id in ids)


def _with_stand_ins(body: Body, named: list[NamedMaterial], use: MaterialUse) -> dict[str, object]:
    """Return a body with a URL for each material that the account has. Others stay, for the rules.

    Materials of the fields that have no other purpose become references.
    """
    resolved = {
        name: _image_value(value, use) if ALIASES.get(name, name) in IMAGE_FIELDS else value
        for name, value in body.items()
    }
    references = []
    for name in MATERIAL_FIELDS:
        ids = [material.asset_id for material in named if material.field == name]
        if _is_well_formed(name, body.get(name)) and use.inaccessible.keys().isdisjoint(ids):
            del resolved[name]
            references += [_STAND_IN + asset_id for asset_id in ids]
    if references:
        _add_references(resolved, references)
    return resolved


def _image_value(value: object, use: MaterialUse) -> object:
    if isinstance(value, list):
        return [_image_value(item, use) for item in value]
    if not isinstance(value, str) or not is_asset(value):
        return value
    asset_id = value.removeprefix(ASSET_SCHEME)
    return value if asset_id in use.inaccessible else _STAND_IN + asset_id


def _is_well_formed(name: str, value: object) -> bool:
    """Return whether the value of a field for materials has the type and the size that it must."""
    if name == MATERIAL_FIELDS[0]:
        return isinstance(value, str)
    low, high = MATERIAL_IDS_RANGE
    return isinstance(value, list) and low <= len(value) <= high and {*map(type, value)} == {str}


def _add_references(body: dict[str, object], urls: list[str]) -> None:
    """Add images to a body as references. A single one can be the image of image-to-video."""
    for canonical in (_REFERENCES, "image_urls"):
        lists = {
            name: value
            for name, value in body.items()
            if ALIASES.get(name, name) == canonical and isinstance(value, list)
        }
        if lists:
            # In every spelling: two that differ would be refused for another reason.
            body.update({name: [*value, *urls] for name, value in lists.items()})
            return
    is_single = body.get("operation") == IMAGE_TO_VIDEO.name and len(urls) == 1
    if is_single and "image_url" not in body:
        body["image_url"] = urls[0]
    else:
        body[_REFERENCES] = urls


def _invalid_request(
    body: Body, rejected: Rejected, named: list[NamedMaterial], use: MaterialUse
) -> ApiError:
    """Return the error for the violations that are left, in the terms of the client's request."""
    own_names = {material.field for material in named if material.field in MATERIAL_FIELDS}
    violations = [
        violation if violation.breach.field in body else _renamed(violation, own_names)
        for violation in rejected.violations
    ]
    error = invalid_request(rejected._replace(violations=violations))
    hints = _hints(body, named, use)
    first = violations[0].breach.field
    if first in hints:
        error.details = {**error.details, "hint": hints[first]}
    return error


def _renamed(violation: Violation, names: set[str]) -> Violation:
    """Return a violation of the references with the field that the client has named them in."""
    breach = violation.breach
    if breach.field != _REFERENCES or not names:
        return violation
    name = min(names, key=len)
    message = breach.message.replace(_REFERENCES, name, 1)
    return violation._replace(breach=breach._replace(field=name, message=message))


def _hints(body: Body, named: list[NamedMaterial], use: MaterialUse) -> Mapping[str, str]:
    """Return hints by the fields whose violations they explain."""
    low, high = MATERIAL_IDS_RANGE
    malformed = {
        MATERIAL_FIELDS[0]: "it is the id of a material, a string",
        MATERIAL_FIELDS[1]: f"it is an array of {low} to {high} ids of materials",
    }
    return {
        **dict.fromkeys((_REFERENCES, "image_urls"), "materials count with the other images"),
        **{
            material.field: use.inaccessible[material.asset_id]
            for material in reversed(named)
            if material.asset_id in use.inaccessible
        },
        **{
            name: hint
            for name, hint in malformed.items()
            if name in body and not _is_well_formed(name, body[name])
        },
    }
