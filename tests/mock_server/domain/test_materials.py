"""Materials as functions of the record and the time; ids and pages."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from seedance_mock.domain.clock import MAX_TIMESTAMP
from seedance_mock.domain.materials import Material, material_status, page_after, resource_id

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
FAILED = replace(MATERIAL, failure="Image width must be between 300px and 6000px.")


@pytest.mark.parametrize(
    ("material", "now", "status"),
    [
        (MATERIAL, 99.0, "PROCESSING"),
        (MATERIAL, 109.9, "PROCESSING"),
        (MATERIAL, 110.0, "ACTIVE"),
        (FAILED, 109.9, "PROCESSING"),
        (FAILED, 110.0, "FAILED"),
        (replace(MATERIAL, deleted_at=101.0), 100.0, "DELETED"),
        (replace(FAILED, deleted_at=111.0), 120.0, "DELETED"),
    ],
)
def test_a_material_is_processed_and_then_active_or_failed(
    material: Material, now: float, status: str
) -> None:
    assert material_status(material, now) == status


def test_an_id_has_the_time_of_its_creation() -> None:
    assert resource_id("asset", 1_800_000_000.9, "0fabcdef") == "asset-20270115080000-0fabc"
    assert resource_id("group", MAX_TIMESTAMP, "00000") == "group-99991231235959-00000"


ITEMS = [replace(MATERIAL, id=name) for name in "abcde"]


@pytest.mark.parametrize(
    ("token", "names", "following"),
    [(None, "ab", "b"), ("b", "cd", "d"), ("c", "de", None), ("d", "e", None), ("e", "", None)],
)
def test_a_page_follows_its_token(token: str | None, names: str, following: str | None) -> None:
    page = page_after(ITEMS, token, 2)

    assert "".join(item.id for item in page.items) == names
    assert page.next == following


def test_an_unknown_token_is_an_error() -> None:
    with pytest.raises(LookupError):
        page_after(ITEMS, "x", 2)
