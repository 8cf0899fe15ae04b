"""The status of a material is a function of the record and the time."""

from __future__ import annotations

import pytest

from seedance_mock.domain.materials import Material, material_status

MATERIAL = Material(
    owner="a",
    id="asset-20260720123456-qn7wr",
    project="default",
    group_id="group-20260720123456-vrt01",
    library_type="aigc_avatar",
    asset_type="Image",
    name=None,
    metadata=None,
    created=100.0,
    updated=100.0,
    processing_seconds=10.0,
)
FAILED = MATERIAL._replace(failure="Image width must be between 300px and 6000px.")


@pytest.mark.parametrize(
    ("material", "now", "status"),
    [
        (MATERIAL, 99.0, "PROCESSING"),
        (MATERIAL, 109.9, "PROCESSING"),
        (MATERIAL, 110.0, "ACTIVE"),
        (FAILED, 109.9, "PROCESSING"),
        (FAILED, 110.0, "FAILED"),
        (MATERIAL._replace(deleted_at=101.0), 100.0, "DELETED"),
        (FAILED._replace(deleted_at=111.0), 120.0, "DELETED"),
    ],
)
def test_a_material_is_processed_and_then_active_or_failed(
    material: Material, now: float, status: str
) -> None:
    assert material_status(material, now) == status
