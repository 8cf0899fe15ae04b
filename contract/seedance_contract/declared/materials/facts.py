"""What the material library does that no route, field or error states."""

from __future__ import annotations

from typing import NamedTuple

from seedance_contract.declared.sources import Source, assumed, openapi, page


class MaterialFact(NamedTuple):
    """A statement about the library, and its source."""

    id: str
    text: str
    source: Source


_MATERIALS = page("seedance-materials")

MATERIAL_FACTS: tuple[MaterialFact, ...] = (
    MaterialFact(
        "material.default-group",
        "A material without group_id gets into a group of its project that is made on demand",
        _MATERIALS,
    ),
    MaterialFact(
        "material.fixed",
        "The URL and the type of a material are fixed after its creation",
        _MATERIALS,
    ),
    MaterialFact(
        "material.projects",
        "Projects do not see the materials of each other; case counts",
        _MATERIALS,
    ),
    MaterialFact(
        "material.preparing",
        "A create request with materials that are processed is 409 with inactive_asset_ids",
        _MATERIALS,
    ),
    MaterialFact(
        "material.update-needs-active",
        "A material is changed only while it is active: 409 before, 422 after a failed import",
        openapi("PUT /v1/videos/assets/{assetId}"),
    ),
    MaterialFact(
        "material.references",
        "material_asset_id and material_asset_ids are references, or the image of image-to-video",
        assumed("which operation materials in fields of their own belong to"),
    ),
    MaterialFact(
        "material.unusable",
        "A create request with a failed material, or with one that is no image, is 400",
        assumed("how a create request with a failed material is refused"),
    ),
    MaterialFact(
        "material.any-project",
        "A create request can use the materials of every project of its workspace",
        assumed("whether a create request can use materials of every project"),
    ),
    MaterialFact(
        "material.processing",
        "The import of a material takes 2 s, or as the lifecycle says",
        assumed("how long the import of a material takes"),
    ),
    MaterialFact(
        "material.order",
        "Lists have the newest first",
        assumed("in which order materials are listed"),
    ),
    MaterialFact(
        "material.deleted",
        "What was deleted is 404, and only in lists with status=DELETED",
        assumed("where deleted materials are still visible"),
    ),
    MaterialFact(
        "material.times",
        "created_at and updated_at are milliseconds since the Unix epoch",
        assumed("whether these times are seconds, or milliseconds as in the examples"),
    ),
    MaterialFact(
        "material.actions",
        "Actions of materials have an envelope and codes of their own, and see the same library",
        page("material-actions"),
    ),
    MaterialFact(
        "material.action-names",
        "The name in a filter of an Action is a part of the names that it finds",
        assumed("whether the filter Name of a list compares whole names"),
    ),
    MaterialFact(
        "material.bounds",
        "A workspace has a limited number of materials and groups, and metadata a limited size",
        assumed("how many materials a workspace can have"),
    ),
)
