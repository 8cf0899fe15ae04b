"""Servers with one defect each in the material library, and the examples that must find it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from seedance_contract.declared.materials import requests
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.materials import Material, MaterialGroup, Page
from seedance_mock.service.materials import groups as material_groups
from seedance_mock.service.materials import inputs as material_inputs
from seedance_mock.service.materials import library as materials
from seedance_mock.service.materials.groups import MaterialGroups
from seedance_mock.service.materials.library import MaterialLibrary, MaterialUse
from seedance_mock.stores import EntryChange, Store
from seedance_mock.web.endpoints import materials as endpoints
from server_defects import Mutant, with_function, with_members

original_use = MaterialLibrary.use


async def found_anywhere(store: Store, asset_id: str) -> Material | None:
    for owner in await store.entry_owners(Material):
        material = await store.entry(Material, owner, asset_id)
        if material is not None:
            return material
    return None


async def foreign_material(
    self: MaterialLibrary, account: Account, asset_id: str, project: str
) -> Material:
    material = await found_anywhere(self.store, asset_id)
    assert material is not None
    return material


async def material_of_any_project(
    self: MaterialLibrary, account: Account, asset_id: str, project: str
) -> Material:
    material = await self.store.entry(Material, account.owner, asset_id)
    assert material is not None
    return material


async def use_before_active(
    self: MaterialLibrary, account: Account, asset_ids: Iterable[str]
) -> MaterialUse:
    return (await original_use(self, account, asset_ids))._replace(preparing=())


async def use_anything(
    self: MaterialLibrary, account: Account, asset_ids: Iterable[str]
) -> MaterialUse:
    return MaterialUse({}, {}, ())


async def delete_group_alone(
    self: MaterialGroups, account: Account, group_id: str, project: str
) -> None:
    group = await self.read(account, group_id, project)
    await self._store.commit(EntryChange(group, replace(group, deleted_at=0.0)))


def one_page(items: Sequence[Any], token: str | None, size: int) -> Page[Any]:
    return Page(items, None)


def count_apart(body: dict[str, object], urls: list[str]) -> None:
    body.setdefault("reference_images", urls)


async def create_any_group(
    self: MaterialGroups, account: Account, fields: Mapping[str, object]
) -> MaterialGroup:
    group = material_groups._new_group(account, fields, self._now(account), 0)
    await self._store.commit(EntryChange(None, group))
    return group


MATERIAL_MUTANTS = (
    Mutant(
        "materials: they are active at once",
        (
            "examples.materials.a-new-material-is-processing",
            "examples.materials.use-waits-for-the-import",
        ),
        lambda patch: patch.setattr(materials, "MATERIAL_SECONDS", {"quick": 0.0}),
    ),
    Mutant(
        "materials: they are used before they are active",
        ("examples.materials.use-waits-for-the-import",),
        with_function(MaterialLibrary, "use", use_before_active),
    ),
    Mutant(
        "materials: any id is accepted",
        (
            "examples.materials.a-group-is-no-material",
            "examples.fields.material-asset-id-is-refused",
        ),
        with_function(MaterialLibrary, "use", use_anything),
    ),
    Mutant(
        "materials: those of other workspaces are shown",
        ("examples.materials.a-stranger-sees-none",),
        with_function(MaterialLibrary, "_existing", foreign_material),
    ),
    Mutant(
        "materials: projects are mixed",
        ("examples.materials.projects-are-isolated",),
        with_function(MaterialLibrary, "_existing", material_of_any_project),
    ),
    Mutant(
        "materials: a deleted group leaves its materials behind",
        ("examples.materials.a-deleted-group-takes-its-materials-along",),
        with_function(MaterialGroups, "delete", delete_group_alone),
    ),
    Mutant(
        "materials: groups of real persons are created",
        ("examples.materials.real-persons-need-their-group",),
        with_function(MaterialGroups, "create", create_any_group),
    ),
    Mutant(
        "materials: lists have no pages",
        ("examples.materials.list-has-pages",),
        with_function(endpoints, "page_after", one_page),
    ),
    Mutant(
        "materials: they do not count with the images",
        ("examples.materials.materials-count-with-the-images",),
        with_function(material_inputs, "_add_references", count_apart),
    ),
    Mutant(
        "materials: unknown fields are ignored",
        ("examples.materials.bodies-are-closed",),
        with_function(requests, "_unknown", lambda name: None),
    ),
    Mutant(
        "materials: a wrong code for a source",
        ("examples.materials.an-impossible-source-is-refused",),
        with_members(endpoints, "MATERIAL_SOURCE_INVALID", code="invalid_source"),
    ),
)
