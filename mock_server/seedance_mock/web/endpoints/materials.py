"""The endpoints of the material library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from starlette.datastructures import QueryParams
from starlette.responses import Response

from seedance_contract.declared.errors import INVALID_REQUEST, MATERIAL_SOURCE_INVALID
from seedance_contract.declared.materials.requests import (
    CREATE_ASSET_REQUEST,
    CREATE_GROUP_REQUEST,
    DEFAULT_PAGE_SIZE,
    MAX_NAME,
    MAX_PAGE_SIZE,
    UPDATE_ASSET_REQUEST,
    UPDATE_GROUP_REQUEST,
    MaterialRequest,
)
from seedance_contract.declared.materials.resources import (
    ASSET_FILTERS,
    DEFAULT_PROJECT,
    GROUP_FILTERS,
)
from seedance_contract.declared.materials.routes import (
    CREATE_ASSET,
    CREATE_GROUP,
    DELETE_ASSET,
    DELETE_GROUP,
    GET_ASSET,
    GET_GROUP,
    LIST_ASSETS,
    LIST_GROUPS,
    UPDATE_ASSET,
    UPDATE_GROUP,
)
from seedance_contract.declared.media_limits import is_url
from seedance_contract.declared.routes import Endpoint
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError, invalid_field
from seedance_mock.domain.materials import (
    Material,
    MaterialGroup,
    Page,
    page_after,
)
from seedance_mock.domain.scenarios import words_in_body
from seedance_mock.service.materials.groups import Selection
from seedance_mock.service.materials.library import MaterialLibrary
from seedance_mock.web.context import EndpointFunctions, RequestContext
from seedance_mock.web.endpoints.request_bodies import RequestBodies
from seedance_mock.web.materials.serializers import group_body, material_body
from seedance_mock.web.materials.unknown_fields import without_unknown_fields
from seedance_mock.web.responses import json_response

NAME_FIELDS = ("asset_name",)
"""The fields of a new material that may contain words."""


class MaterialEndpoints:
    """The endpoints for materials and groups."""

    def __init__(self, library: MaterialLibrary, bodies: RequestBodies) -> None:
        self._library = library
        self._receive_body = bodies.receive

    @property
    def endpoints(self) -> Mapping[Endpoint, EndpointFunctions]:
        """The endpoints, and what they do."""
        # The groups first, see `MATERIAL_ENDPOINTS`.
        return {
            CREATE_GROUP: EndpointFunctions(self.create_group, self._receive_body),
            LIST_GROUPS: EndpointFunctions(self.list_groups),
            GET_GROUP: EndpointFunctions(self.get_group),
            UPDATE_GROUP: EndpointFunctions(self.update_group, self._receive_body),
            DELETE_GROUP: EndpointFunctions(self.delete_group),
            CREATE_ASSET: EndpointFunctions(self.create_asset, self._receive_body),
            LIST_ASSETS: EndpointFunctions(self.list_assets),
            GET_ASSET: EndpointFunctions(self.get_asset),
            UPDATE_ASSET: EndpointFunctions(self.update_asset, self._receive_body),
            DELETE_ASSET: EndpointFunctions(self.delete_asset),
        }

    # Materials

    async def create_asset(self, context: RequestContext) -> Response:
        """`POST /v1/videos/assets`."""
        fields = self._fields(context, CREATE_ASSET_REQUEST)
        words = words_in_body(fields, NAME_FIELDS)
        if not is_url(str(fields["asset_url"])):
            message = "asset_url must be a public http(s) URL with a host"
            raise ApiError(MATERIAL_SOURCE_INVALID, message, details={"param": "asset_url"})
        material, now = await self._library.create(_account(context), fields, words)
        return json_response(material_body(material, now), CREATE_ASSET.success)

    async def list_assets(self, context: RequestContext) -> Response:
        """`GET /v1/videos/assets`."""
        query = _query(context)
        materials = await self._library.materials(
            _account(context), _selection(query, ASSET_FILTERS)
        )
        page = _page(materials, query)
        rows = [material_body(item, self._now(context, item)) for item in page.items]
        return json_response({"assets": rows, "next_page_token": page.next})

    async def get_asset(self, context: RequestContext) -> Response:
        """`GET /v1/videos/assets/{assetId}`."""
        asset_id, project = context.path_params["assetId"], _project(_query(context))
        return json_response(
            material_body(*await self._library.read(_account(context), asset_id, project))
        )

    async def update_asset(self, context: RequestContext) -> Response:
        """`PUT /v1/videos/assets/{assetId}`."""
        fields = self._fields(context, UPDATE_ASSET_REQUEST)
        asset_id = context.path_params["assetId"]
        return json_response(
            material_body(*await self._library.update(_account(context), asset_id, fields))
        )

    async def delete_asset(self, context: RequestContext) -> Response:
        """`DELETE /v1/videos/assets/{assetId}`."""
        asset_id = context.path_params["assetId"]
        await self._library.delete(_account(context), asset_id, _project(_query(context)))
        return json_response({"deleted": True, "id": asset_id})

    # Groups

    async def create_group(self, context: RequestContext) -> Response:
        """`POST /v1/videos/assets/groups`."""
        fields = self._fields(context, CREATE_GROUP_REQUEST)
        group = await self._library.groups.create(_account(context), fields)
        return json_response(group_body(group), CREATE_GROUP.success)

    async def list_groups(self, context: RequestContext) -> Response:
        """`GET /v1/videos/assets/groups`."""
        query = _query(context)
        groups = await self._library.groups.groups(
            _account(context), _selection(query, GROUP_FILTERS)
        )
        page = _page(groups, query)
        rows = [group_body(item) for item in page.items]
        return json_response({"groups": rows, "next_page_token": page.next})

    async def get_group(self, context: RequestContext) -> Response:
        """`GET /v1/videos/assets/groups/{groupId}`."""
        group_id, project = context.path_params["groupId"], _project(_query(context))
        group = await self._library.groups.read(_account(context), group_id, project)
        return json_response(group_body(group))

    async def update_group(self, context: RequestContext) -> Response:
        """`PUT /v1/videos/assets/groups/{groupId}`."""
        fields = self._fields(context, UPDATE_GROUP_REQUEST)
        group_id = context.path_params["groupId"]
        group = await self._library.groups.update(_account(context), group_id, fields)
        return json_response(group_body(group))

    async def delete_group(self, context: RequestContext) -> Response:
        """`DELETE /v1/videos/assets/groups/{groupId}`."""
        group_id = context.path_params["groupId"]
        await self._library.groups.delete(_account(context), group_id, _project(_query(context)))
        return json_response({"deleted": True, "id": group_id})

    def _now(self, context: RequestContext, material: Material) -> float:
        return self._library.now(_account(context), material)

    def _fields(self, context: RequestContext, request: MaterialRequest) -> dict[str, object]:
        """Return the fields of a valid body, with defaults. Raises ApiError: every violation."""
        body = context.body
        if isinstance(body, ApiError):
            raise body
        assert body is not None, "the body was received"
        problems = list(request.problems(body))
        if self._library.settings.tolerant:
            problems = without_unknown_fields(context, problems)
        if problems:
            raise ApiError(
                INVALID_REQUEST,
                problems[0].message,
                violations=[problem._asdict() for problem in problems],
                details={"param": problems[0].field},
            )
        defaults = {name: field.default for name, field in request.fields.items() if field.default}
        return {**defaults, **body}


def _account(context: RequestContext) -> Account:
    assert context.account is not None, "every endpoint of the library needs a key"
    return context.account


def _query(context: RequestContext) -> QueryParams:
    return QueryParams(context.scope["query_string"])


def _project(query: QueryParams) -> str:
    return query.get("project_name", DEFAULT_PROJECT)


def _selection(query: QueryParams, filters: Mapping[str, tuple[str, ...]]) -> Selection:
    """Return what a list selects. Raises ApiError for a value that is not allowed."""
    project = _project(query)
    if not 1 <= len(project) <= MAX_NAME:
        raise invalid_field("project_name", f"it has 1 to {MAX_NAME} characters")
    for name, values in filters.items():
        if values and name in query and query[name] not in values:
            raise invalid_field(name, f"it is one of {', '.join(values)}")
    return Selection(
        project,
        query.get("status"),
        query.get("library_type"),
        query.get("group_id") if "group_id" in filters else None,
    )


ItemT = TypeVar("ItemT", Material, MaterialGroup)


def _page(items: Sequence[ItemT], query: QueryParams) -> Page[ItemT]:
    """Return the page that a query asks for. Raises ApiError for a wrong size or token."""
    text = query.get("page_size", str(DEFAULT_PAGE_SIZE))
    # The length is checked before int(), which raises ValueError for more than 4300 digits.
    is_number = text.isascii() and text.isdecimal() and len(text) <= 3
    if not is_number or not 1 <= int(text) <= MAX_PAGE_SIZE:
        raise invalid_field("page_size", f"it is a whole number, 1 to {MAX_PAGE_SIZE}")
    try:
        return page_after(items, query.get("page_token"), int(text))
    except LookupError:
        raise invalid_field("page_token", "no list has returned it") from None
