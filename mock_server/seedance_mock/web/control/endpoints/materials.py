"""The endpoints of the control API for the materials of the library."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.errors import MATERIAL_CONFLICT, UNKNOWN_PATH
from seedance_contract.declared.materials.resources import MaterialStatus
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.materials import Material
from seedance_mock.service.pauses import with_pauses
from seedance_mock.web.control.requests import read_json_body, service_of
from seedance_mock.web.control.schemas.bodies import END_MATERIAL_BODY
from seedance_mock.web.materials.serializers import material_body
from seedance_mock.web.responses import json_response
from seedance_mock.web.serializers import JSON


async def list_materials(request: Request) -> Response:
    """`GET /_mock/materials`, of one `account` or all; those that were deleted, too."""
    store, name = service_of(request).store, request.query_params.get("account")
    owners = {*await store.entry_owners(Material)}
    rows: list[JSON] = []
    for account in await store.accounts():
        if account.owner in owners and name in (None, account.name):
            async for material in with_pauses(await store.entries(Material, account.owner)):
                rows.append(_row(request, account, material))
    return json_response({"materials": rows})


async def end_material(request: Request) -> Response:
    """`POST /_mock/materials/{id}`: end the import of a material now."""
    body = await read_json_body(request, END_MATERIAL_BODY)
    store, asset_id = service_of(request).store, request.path_params["id"]
    for owner in await store.entry_owners(Material):
        account = await store.account(owner)
        if account is not None and await store.entry(Material, owner, asset_id) is not None:
            break
    else:
        raise ApiError(UNKNOWN_PATH, "No material of this id")
    status = MaterialStatus(str(body["end"]).upper())
    material = await service_of(request).materials.end_processing(account, asset_id, status)
    if material is None:
        raise ApiError(MATERIAL_CONFLICT, "The import of the material has ended already")
    return json_response(_row(request, account, material))


def _row(request: Request, account: Account, material: Material) -> JSON:
    now = service_of(request).materials.now(account, material)
    return {"account": account.name, **material_body(material, now)}
