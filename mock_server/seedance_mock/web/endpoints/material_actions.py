"""The Actions of the material library: `POST /api/v3?Action=…`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from starlette.datastructures import QueryParams
from starlette.responses import Response

from seedance_contract.declared.errors import INVALID_REQUEST, MATERIAL_SOURCE_INVALID
from seedance_contract.declared.materials.action_route import (
    ACTION_VERSION,
    INVALID_VERSION,
    MATERIAL_ACTION,
    UNKNOWN_ACTION,
)
from seedance_contract.declared.materials.actions import (
    ACTION_STATUSES,
    ACTIONS,
    ASSET_FILTER,
    DEFAULT_ACTION_PAGE_SIZE,
    GROUP_FILTER,
    GROUP_TYPES,
)
from seedance_contract.declared.materials.requests import FieldProblem, MaterialRequest
from seedance_contract.declared.materials.resources import LibraryType
from seedance_contract.declared.media_limits import is_url
from seedance_contract.declared.routes import Endpoint
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.materials import Material, MaterialGroup, material_status
from seedance_mock.domain.scenarios import words_in_body
from seedance_mock.service.materials.groups import Selection
from seedance_mock.service.materials.library import MaterialLibrary
from seedance_mock.web.context import EndpointFunctions, RequestContext
from seedance_mock.web.endpoints.request_bodies import RequestBodies
from seedance_mock.web.materials.action_forms import (
    action_asset,
    action_group,
    action_metadata,
)
from seedance_mock.web.materials.unknown_fields import without_unknown_fields
from seedance_mock.web.responses import json_response
from seedance_mock.web.serializers import JSON

Fields = Mapping[str, object]

Action = Callable[[Account, Fields], Awaitable[JSON]]

AVATAR_GROUP = "AIGC"
"""The only type of groups that are created directly: those of virtual avatars."""

_ACTION_FIELDS: Mapping[str, str] = MappingProxyType({"group_id": "GroupId", "asset_name": "Name"})
"""The names in Actions of the fields that the library refuses for a reason outside the body."""


class MaterialActionEndpoint:
    """The endpoint for all Actions. They see the same materials as the routes of the library."""

    def __init__(self, library: MaterialLibrary, bodies: RequestBodies) -> None:
        self._library = library
        self._bodies = bodies
        self._actions: Mapping[str, Action] = {
            "CreateAsset": self._create_asset,
            "ListAssets": self._list_assets,
            "GetAsset": self._get_asset,
            "UpdateAsset": self._update_asset,
            "DeleteAsset": self._delete_asset,
            "CreateAssetGroup": self._create_group,
            "ListAssetGroups": self._list_groups,
            "GetAssetGroup": self._get_group,
            "UpdateAssetGroup": self._update_group,
            "DeleteAssetGroup": self._delete_group,
        }

    @property
    def endpoints(self) -> Mapping[Endpoint, EndpointFunctions]:
        """The endpoint, and what it does."""
        return {MATERIAL_ACTION: EndpointFunctions(self.respond, self._bodies.receive)}

    async def respond(self, context: RequestContext) -> Response:
        """`POST /api/v3?Action=…`."""
        query = QueryParams(context.scope["query_string"])
        name = query.get("Action", "")
        if name not in self._actions:
            raise ApiError(UNKNOWN_ACTION)
        if query.get("Version", ACTION_VERSION) != ACTION_VERSION:
            raise ApiError(INVALID_VERSION)
        if isinstance(context.body, ApiError):
            raise context.body
        assert context.body is not None, "the body was received"
        assert context.account is not None, "every Action needs a key"
        problems = list(ACTIONS[name].problems(context.body))
        if self._library.settings.tolerant:
            problems = without_unknown_fields(context, problems)
        fields = _valid(ACTIONS[name], context.body, problems)
        try:
            result = await self._actions[name](context.account, fields)
        except ApiError as error:
            raise _in_terms_of_actions(error) from None
        metadata = action_metadata(context.log_entry.request_id, context.scope["query_string"])
        return json_response({"ResponseMetadata": metadata, "Result": result})

    async def _create_asset(self, account: Account, fields: Fields) -> JSON:
        if not is_url(str(fields["URL"])):
            raise ApiError(MATERIAL_SOURCE_INVALID, "URL must be a public http(s) URL with a host")
        names = {"AssetType": "asset_type", "GroupId": "group_id", "Name": "asset_name"}
        words = words_in_body(fields, ("Name",))
        new = {**_renamed(fields, names), "library_type": LibraryType.AVATAR}
        material, _ = await self._library.create(account, new, words)
        return {"Id": material.id}

    async def _get_asset(self, account: Account, fields: Fields) -> JSON:
        material, now = await self._library.read(account, str(fields["Id"]), _project(fields))
        return action_asset(material, now)

    async def _update_asset(self, account: Account, fields: Fields) -> JSON:
        changes = _renamed(fields, {"Name": "asset_name"})
        material, _ = await self._library.update(account, str(fields["Id"]), changes)
        return {"Id": material.id}

    async def _delete_asset(self, account: Account, fields: Fields) -> JSON:
        await self._library.delete(account, str(fields["Id"]), _project(fields))
        return {}

    async def _list_assets(self, account: Account, fields: Fields) -> JSON:
        chosen = _filter(fields, ASSET_FILTER)
        materials = await self._library.materials(account, _selection(fields, chosen))
        statuses = {ACTION_STATUSES[name] for name in _texts(chosen, "Statuses")}
        groups = {*_texts(chosen, "GroupIds")}
        rows = [
            (material, self._library.now(account, material))
            for material in materials
            if _is_named(material, chosen) and (not groups or material.group_id in groups)
        ]
        assets = [
            action_asset(material, now)
            for material, now in rows
            if not statuses or material_status(material, now) in statuses
        ]
        return _page(assets, fields)

    async def _create_group(self, account: Account, fields: Fields) -> JSON:
        names = {"Name": "group_name", "Description": "description"}
        group_type = str(fields.get("GroupType", AVATAR_GROUP))
        if group_type != AVATAR_GROUP:
            message = f"GroupType: only groups of {AVATAR_GROUP} are created directly"
            raise ApiError(INVALID_REQUEST, message, details={"param": "GroupType"})
        new = {**_renamed(fields, names), "library_type": LibraryType.AVATAR}
        group = await self._library.groups.create(account, new)
        return {"Id": group.id}

    async def _get_group(self, account: Account, fields: Fields) -> JSON:
        group_id = str(fields["Id"])
        return action_group(await self._library.groups.read(account, group_id, _project(fields)))

    async def _update_group(self, account: Account, fields: Fields) -> JSON:
        changes = _renamed(fields, {"Name": "group_name", "Description": "description"})
        group = await self._library.groups.update(account, str(fields["Id"]), changes)
        return {"Id": group.id}

    async def _delete_group(self, account: Account, fields: Fields) -> JSON:
        await self._library.groups.delete(account, str(fields["Id"]), _project(fields))
        return {}

    async def _list_groups(self, account: Account, fields: Fields) -> JSON:
        chosen = _filter(fields, GROUP_FILTER)
        groups = await self._library.groups.groups(account, _selection(fields, chosen))
        ids = {*_texts(chosen, "GroupIds")}
        rows = [
            action_group(group)
            for group in groups
            if _is_named(group, chosen) and (not ids or group.id in ids)
        ]
        return _page(rows, fields)


def _valid(request: MaterialRequest, body: Fields, problems: Iterable[FieldProblem]) -> Fields:
    """Return the fields of a valid body, with defaults. Raises ApiError with the first problem."""
    for problem in problems:
        raise ApiError(INVALID_REQUEST, problem.message, details={"param": problem.field})
    defaults = {name: field.default for name, field in request.fields.items() if field.default}
    return {**defaults, **body}


def _renamed(fields: Fields, names: Mapping[str, str]) -> dict[str, object]:
    """Return fields under the names of the routes, the project among them."""
    renamed = {own: fields[name] for name, own in names.items() if name in fields}
    return {**renamed, "project_name": _project(fields)}


def _in_terms_of_actions(error: ApiError) -> ApiError:
    """Return an error of the library with the name that its field has in an Action."""
    field = str(error.details.get("param"))
    if field not in _ACTION_FIELDS:
        return error
    name = _ACTION_FIELDS[field]
    message = str(error).replace(f"{field}:", f"{name}:", 1)
    return ApiError(error.kind, message, details={"param": name}, headers=error.headers)


def _project(fields: Fields) -> str:
    return str(fields["ProjectName"])


def _filter(fields: Fields, request: MaterialRequest) -> Fields:
    """Return the members of the filter of a list. Raises ApiError if it is not valid."""
    chosen = fields.get("Filter", {})
    assert isinstance(chosen, dict), "the type of the filter was validated"
    # A mistyped filter would select everything. So it is refused by a tolerant server, too.
    return _valid(request, chosen, request.problems(chosen))


def _selection(fields: Fields, chosen: Fields) -> Selection:
    group_type = chosen.get("GroupType")
    library_type = None if group_type is None else GROUP_TYPES[str(group_type)]
    return Selection(_project(fields), library_type=library_type)


def _texts(chosen: Fields, name: str) -> Sequence[str]:
    values = chosen.get(name, [])
    assert isinstance(values, list), "the type was validated"
    return values


def _is_named(item: Material | MaterialGroup, chosen: Fields) -> bool:
    """Return whether the name of an item contains that of a filter."""
    return str(chosen.get("Name", "")) in (item.name or "")


def _integer(fields: Fields, name: str, default: int) -> int:
    value = fields.get(name, default)
    assert isinstance(value, int | float), "the type was validated"
    # In JSON 5.0 is an integer, too.
    return int(value)


def _page(rows: Sequence[JSON], fields: Fields) -> JSON:
    """Return a page of rows, the newest first unless the request says otherwise."""
    sort_by = str(fields.get("SortBy", "CreateTime"))
    # The rows are in the order of creation, the newest first. The sort keeps it among equals.
    is_descending = fields.get("SortOrder", "Desc") == "Desc"
    ordered = [*rows] if is_descending else [*reversed(rows)]
    # A group has itself as its group.
    ordered.sort(key=lambda row: str(row.get(sort_by, row["Id"])), reverse=is_descending)
    number = _integer(fields, "PageNumber", 1)
    size = _integer(fields, "PageSize", DEFAULT_ACTION_PAGE_SIZE)
    return {
        "Items": ordered[(number - 1) * size : number * size],
        "TotalCount": len(rows),
        "PageNumber": number,
        "PageSize": size,
    }
