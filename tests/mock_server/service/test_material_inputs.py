"""Materials in create requests: which can be used, how they count, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.errors import ApiError
from seedance_mock.service.materials.library import MaterialLibrary
from seedance_mock.web.app import MockApp, create_app

IMAGE = "https://example.com/image.png"
MISSING = "asset-20260101000000-abcde"
NOT_FOUND = "Seedance material asset not found or not accessible"

Create = Callable[..., Any]


@pytest.fixture
def app(clock: ManualClock) -> MockApp:
    """Give one application, not one for each store: the laws of stores have tests of their own."""
    return create_app(clock=clock)


@pytest.fixture
def create(user: TestClient) -> Create:
    """Give a function that sends a create request and returns status and error."""

    def create(status: int, **fields: object) -> Any:
        body = {"model": "seedance-2.0", "prompt": "a paper boat", **fields}
        response = user.post("/v1/videos/generations", json=body)
        assert response.status_code == status, response.text
        return response.json().get("error")

    return create


@pytest.fixture
def material(user: TestClient, clock: ManualClock) -> Callable[..., str]:
    """Give a function that imports a material, lets it be processed and returns its id."""

    def create(*, seconds: float = 2, **fields: object) -> str:
        response = user.post("/v1/videos/assets", json={"asset_url": IMAGE, **fields})
        assert response.status_code == 201, response.text
        clock.advance(seconds)
        return str(response.json()["id"])

    return create


@pytest.mark.parametrize(
    ("field", "others"),
    [
        ("image_url", {}),
        ("start_image", {"end_image": IMAGE}),
        ("end_image", {"start_image": IMAGE}),
    ],
)
def test_an_active_material_is_an_image(
    field: str, others: dict[str, str], create: Create, material: Callable[..., str]
) -> None:
    create(200, **{field: f"asset://{material()}"}, **others)


def test_materials_are_entries_of_lists(create: Create, material: Callable[..., str]) -> None:
    uri = f"asset://{material()}"

    create(200, reference_images=[IMAGE, uri])
    create(200, referenceImages=[uri])
    create(200, image_urls=[uri, uri])
    create(200, image_urls=[uri])


def test_materials_are_references_without_another_image(
    create: Create, material: Callable[..., str]
) -> None:
    asset_id = material()

    create(200, material_asset_id=asset_id)
    create(200, material_asset_ids=[asset_id] * 9)
    create(200, material_asset_id=asset_id, material_asset_ids=[asset_id] * 8)
    create(200, material_asset_id=asset_id, operation="image-to-video")
    create(200, material_asset_id=asset_id, video_urls=["https://example.com/a.mp4"])
    create(200, material_asset_ids=[asset_id], image_urls=[IMAGE, IMAGE])
    create(200, material_asset_ids=[asset_id], reference_images=[IMAGE] * 8)


def test_materials_count_with_the_images(create: Create, material: Callable[..., str]) -> None:
    asset_id = material()

    error = create(400, material_asset_ids=[asset_id], reference_images=[IMAGE] * 9)

    assert error["param"] == "reference_images"
    assert error["message"] == "reference_images must have 1 to 9 entries"
    assert error["hint"] == "materials count with the other images"
    error = create(400, material_asset_id=asset_id, material_asset_ids=[asset_id] * 9)
    assert error["message"] == "material_asset_id must have 1 to 9 entries"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"operation": "text-to-video"}, "material_asset_id does not belong to text-to-video"),
        (
            {"operation": "image-to-video", "image_url": IMAGE},
            "material_asset_id does not belong to image-to-video",
        ),
        ({"start_image": IMAGE, "end_image": IMAGE}, "does not belong to start-end-to-video"),
        ({"duration": 99}, "duration must be 4 to 15, or -1"),
        ({"prompt": ""}, "prompt must not be empty"),
    ],
)
def test_other_rules_hold_with_materials(
    fields: dict[str, object], message: str, create: Create, material: Callable[..., str]
) -> None:
    assert message in create(400, material_asset_id=material(), **fields)["message"]


def test_a_prompt_is_needed_with_materials(user: TestClient, material: Callable[..., str]) -> None:
    body = {"model": "seedance-2.0", "material_asset_id": material()}

    response = user.post("/v1/videos/generations", json=body)

    assert response.json()["error"]["param"] == "prompt"


def test_a_missing_material_has_the_documented_error(create: Create) -> None:
    for fields in ({"material_asset_id": MISSING}, {"image_url": f"asset://{MISSING}"}):
        error = create(400, **fields)
        assert (error["message"], error["param"]) == (NOT_FOUND, next(iter(fields)))
        assert error["hint"] == "the library of this workspace has no material of this id"


def test_a_foreign_deleted_or_grouped_material_is_not_accessible(
    user: TestClient, create: Create, material: Callable[..., str]
) -> None:
    foreign, deleted = material(), material()
    group_id = user.get("/v1/videos/assets/groups").json()["groups"][0]["id"]
    user.delete(f"/v1/videos/assets/{deleted}")

    errors = [create(400, material_asset_id=asset_id) for asset_id in (deleted, group_id)]
    user.headers["Authorization"] = "Bearer sk-stranger"
    errors.append(create(400, material_asset_id=foreign))

    assert {error["message"] for error in errors} == {NOT_FOUND}
    assert [error["hint"] for error in errors] == [
        "the material was deleted",
        "this is the id of a group: name one of its materials",
        "the library of this workspace has no material of this id",
    ]


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({"material_asset_id": [MISSING]}, "it is the id of a material, a string"),
        ({"material_asset_ids": []}, "it is an array of 1 to 9 ids of materials"),
        ({"material_asset_ids": [MISSING] * 10}, "it is an array of 1 to 9 ids of materials"),
        ({"material_asset_ids": [MISSING, 5]}, "it is an array of 1 to 9 ids of materials"),
        ({"material_asset_ids": MISSING}, "it is an array of 1 to 9 ids of materials"),
    ],
)
def test_a_malformed_field_is_refused(fields: dict[str, object], hint: str, create: Create) -> None:
    error = create(400, **fields)

    assert (error["param"], error["hint"]) == (next(iter(fields)), hint)


def test_a_missing_material_is_reported_with_the_other_violations(
    user: TestClient, material: Callable[..., str]
) -> None:
    body = {
        "model": "seedance-2.0",
        "prompt": "a paper boat",
        "seed": -2,
        "reference_images": [f"asset://{MISSING}", f"asset://{material()}", 5],
    }

    errors = user.post("/v1/videos/generations", json=body).json()["validation_errors"]

    assert [(entry["field"], entry["code"]) for entry in errors] == [
        ("seed", "out_of_range"),
        ("reference_images", "invalid_type"),
        ("reference_images", "material_not_found"),
    ]


def test_a_material_that_is_processed_is_named(
    create: Create, material: Callable[..., str], clock: ManualClock
) -> None:
    ready, first, second = material(), material(seconds=0), material(seconds=0)
    uris = [f"asset://{asset_id}" for asset_id in (ready, first, second, first)]

    error = create(409, reference_images=uris)

    assert error["code"] == "seedance_material_preparing"
    assert (error["type"], error["param"]) == ("invalid_request_error", "material_asset_id")
    assert error["inactive_asset_ids"] == [first, second]
    assert error["retryable"] is True
    clock.advance(2)
    create(200, reference_images=uris)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"asset_name": "[mock: asset-failed]"},
            "the import of the material failed: "
            "The image is 120 px wide: 300 to 6000 px are possible",
        ),
        ({"asset_type": "Video"}, "the material is not an image"),
    ],
)
def test_an_unusable_material_is_refused(
    fields: dict[str, str], message: str, create: Create, material: Callable[..., str]
) -> None:
    asset_id = material(**fields)

    error = create(400, material_asset_ids=[asset_id])

    assert error["message"] == f"material_asset_ids: {message}"
    assert create(400, image_url=f"asset://{asset_id}")["param"] == "image_url"


def test_nothing_is_reserved_for_a_refused_material(
    user: TestClient, create: Create, material: Callable[..., str]
) -> None:
    create(409, material_asset_id=material(seconds=0))

    assert user.get("/_mock/accounts/key-1").json()["ledger"] == []


def test_a_tier_is_missed_after_the_materials(
    user: TestClient, create: Create, material: Callable[..., str]
) -> None:
    user.headers["Authorization"] = "Bearer sk-mock-tiers-verified--a"
    user.headers["X-TokenLab-Delivery-Policy"] = "official"
    asset_id = material(seconds=0)

    create(409, material_asset_id=asset_id)
    create(400, material_asset_id=MISSING)
    create(503)


@pytest.mark.anyio
async def test_materials_can_be_checked_apart(
    app: MockApp, user: TestClient, material: Callable[..., str]
) -> None:
    ready = material()
    failed, new = material(asset_name="[mock: asset-failed]"), material(seconds=0)
    library: MaterialLibrary = app.state.service.materials
    account = await library.store.account_by_name("key-1")
    assert account is not None

    await library.check(account, [ready, ready], "content[1].image_url.url")
    assert await library.end_processing(account, MISSING, "ACTIVE") is None

    for asset_id, code, message in (
        (MISSING, "invalid_request_error", NOT_FOUND),
        (failed, "invalid_request_error", "content[1]: the import of the material failed: "),
        (new, "seedance_material_preparing", "The material is still being prepared"),
    ):
        with pytest.raises(ApiError) as refused:
            await library.check(account, [ready, asset_id], "content[1]")
        assert (refused.value.kind.code, refused.value.details["param"]) == (code, "content[1]")
        assert str(refused.value).startswith(message)
