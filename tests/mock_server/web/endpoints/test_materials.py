"""The material library: create, read, list, change, delete; groups and projects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings

ASSETS, GROUPS = "/v1/videos/assets", "/v1/videos/assets/groups"
URL = "https://example.com/image.png"

Send = Callable[..., Any]
Import = Callable[..., str]


@pytest.fixture
def send(user: TestClient) -> Send:
    """Give a function that sends a request and returns status and body."""

    def send(method: str, path: str, status: int = 200, **options: Any) -> Any:
        response = user.request(method, path, **options)
        assert response.status_code == status, response.text
        return response.json()

    return send


@pytest.fixture
def import_material(send: Send) -> Import:
    """Give a function that imports a material and returns its id."""

    def create(**fields: object) -> str:
        material = send("POST", ASSETS, 201, json={"asset_url": URL, **fields})
        return str(material["id"])

    return create


def words_of(client: TestClient, words: str) -> None:
    client.headers["Authorization"] = f"Bearer sk-mock-{words}--a"


# Materials


def test_a_new_material_is_processed(send: Send, clock: ManualClock) -> None:
    created = send(
        "POST", ASSETS, 201, json={"asset_url": URL, "asset_name": "Front", "metadata": {"a": 1}}
    )

    assert created == {
        "id": created["id"],
        "object": "seedance.material_asset",
        "project_name": "default",
        "group_id": created["group_id"],
        "library_type": "aigc_avatar",
        "asset_name": "Front",
        "asset_type": "Image",
        "status": "PROCESSING",
        "ready": False,
        "error_message": None,
        "metadata": {"a": 1},
        "created_at": 1_800_000_000_000,
        "updated_at": 1_800_000_000_000,
    }
    assert created["id"].startswith("asset-20270115080000-")
    clock.advance(1.9)
    assert send("GET", f"{ASSETS}/{created['id']}")["status"] == "PROCESSING"
    clock.advance(0.1)
    ready = {**created, "status": "ACTIVE", "ready": True}
    assert send("GET", f"{ASSETS}/{created['id']}") == ready


@pytest.mark.parametrize(
    ("words", "seconds", "status"),
    [
        ("asset-ready-10s", 9.9, "PROCESSING"),
        ("asset-ready-10s", 10, "ACTIVE"),
        ("asset-failed.asset-ready-10s", 9.9, "PROCESSING"),
        ("asset-failed.asset-ready-10s", 10, "FAILED"),
        ("asset-ready-0s", 0, "ACTIVE"),
    ],
)
def test_words_decide_how_an_import_ends(
    words: str,
    seconds: float,
    status: str,
    user: TestClient,
    send: Send,
    import_material: Import,
    clock: ManualClock,
) -> None:
    words_of(user, words)
    asset_id = import_material(asset_type="Video")

    clock.advance(seconds)

    material = send("GET", f"{ASSETS}/{asset_id}")
    assert material["status"] == status
    assert material["error_message"] == (
        "The video has more than 200 MiB" if status == "FAILED" else None
    )


def test_words_in_a_name_decide_for_one_material(
    user: TestClient, send: Send, import_material: Import, clock: ManualClock
) -> None:
    failing = import_material(asset_name="Side [mock: asset-failed asset-ready-5s]")
    ordinary = import_material(asset_name="Front")

    clock.advance(5)

    assert send("GET", f"{ASSETS}/{failing}")["status"] == "FAILED"
    assert send("GET", f"{ASSETS}/{ordinary}")["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("[mock: end-failed]", "asset_name: a name takes words with asset- only"),
        ("[mock: asset-late]", "is not a word of the mock"),
        ("[mock asset-failed]", None),
    ],
)
def test_other_words_in_a_name_are_refused(
    name: str, message: str | None, user: TestClient
) -> None:
    response = user.post(ASSETS, json={"asset_url": URL, "asset_name": name})

    assert response.status_code == (201 if message is None else 400)
    assert message is None or message in response.json()["error"]["message"]


def test_polls_can_be_the_clock(user: TestClient, send: Send, import_material: Import) -> None:
    words_of(user, "clock-polls")
    asset_id = import_material()

    statuses = [send("GET", f"{ASSETS}/{asset_id}")["status"] for _ in range(3)]

    assert statuses == ["PROCESSING", "ACTIVE", "ACTIVE"]


def test_ids_repeat_under_a_seed(user: TestClient, send: Send, import_material: Import) -> None:
    words_of(user, "seed-7.clock-frozen")
    first = [import_material() for _ in range(3)]

    assert user.delete("/_mock/accounts/key-1").status_code == 200

    assert [import_material() for _ in range(3)] == first
    assert len({*first}) == 3


@pytest.mark.parametrize(
    "url", ["", "example.com/x.png", "data:image/png;base64,AA==", "file:///x"]
)
def test_an_impossible_source_is_refused(url: str, send: Send) -> None:
    error = send("POST", ASSETS, 400, json={"asset_url": url})["error"]

    assert (error["code"], error["param"]) == ("seedance_material_source_invalid", "asset_url")


def test_all_violations_are_listed(send: Send) -> None:
    body = send("POST", ASSETS, 400, json={"asset_type": "x", "style": "y"})

    fields = [entry["field"] for entry in body["validation_errors"]]
    assert fields == ["asset_url", "asset_type", "style"]
    assert body["error"]["param"] == "asset_url"


@pytest.mark.parametrize("settings", [Settings(tolerant=True)], ids=["tolerant"])
def test_a_tolerant_server_ignores_unknown_fields(send: Send) -> None:
    send("POST", ASSETS, 201, json={"asset_url": URL, "style": "y"})
    send("POST", ASSETS, 400, json={"asset_url": 5, "style": "y"})


@pytest.mark.parametrize("settings", [Settings(tolerant=True)], ids=["tolerant"])
def test_a_tolerant_server_names_ignored_fields(user: TestClient) -> None:
    accepted = user.post(ASSETS, json={"asset_url": URL, "style": "y", "sk-planted": 1})
    refused = user.post(ASSETS, json={"style": "y"})

    assert (accepted.status_code, refused.status_code) == (201, 400)
    assert accepted.headers["Mock-Ignored"] == "style, (unnamed)"
    assert "Mock-Ignored" not in refused.headers


def test_a_body_that_is_no_json_is_refused(send: Send) -> None:
    assert "not JSON" in send("POST", ASSETS, 400, content=b"{")["error"]["message"]


def test_an_active_material_can_be_changed(
    send: Send, import_material: Import, clock: ManualClock
) -> None:
    asset_id = import_material(asset_name="Front", metadata={"a": 1})
    clock.advance(2)

    renamed = send("PUT", f"{ASSETS}/{asset_id}", json={"asset_name": "Side"})
    cleared = send("PUT", f"{ASSETS}/{asset_id}", json={"metadata": None})

    assert (renamed["asset_name"], renamed["metadata"]) == ("Side", {"a": 1})
    assert (cleared["asset_name"], cleared["metadata"]) == ("Side", None)
    assert cleared["updated_at"] == cleared["created_at"] + 2_000


def test_a_material_that_is_processed_cannot_be_changed(
    send: Send, import_material: Import
) -> None:
    path = f"{ASSETS}/{import_material()}"

    error = send("PUT", path, 409, json={"asset_name": "Side"})["error"]

    assert error["code"] == "seedance_material_preparing"


def test_a_failed_material_cannot_be_changed(
    send: Send, import_material: Import, clock: ManualClock
) -> None:
    path = f"{ASSETS}/{import_material(asset_name='[mock: asset-failed]')}"
    clock.advance(2)

    error = send("PUT", path, 422, json={"asset_name": "Side"})["error"]

    assert (error["code"], error["param"]) == ("seedance_material_source_invalid", "asset_url")
    assert error["message"] == "The image is 120 px wide: 300 to 6000 px are possible"


def test_a_deleted_material_is_gone(send: Send, import_material: Import) -> None:
    asset_id = import_material()

    assert send("DELETE", f"{ASSETS}/{asset_id}") == {"deleted": True, "id": asset_id}

    for method in ("GET", "DELETE"):
        error = send(method, f"{ASSETS}/{asset_id}", 404)["error"]
        assert (error["code"], error["type"]) == ("seedance_material_not_found", "not_found_error")
    send("PUT", f"{ASSETS}/{asset_id}", 404, json={"asset_name": "x"})
    assert send("GET", ASSETS)["assets"] == []
    [deleted] = send("GET", f"{ASSETS}?status=DELETED")["assets"]
    assert (deleted["id"], deleted["status"], deleted["ready"]) == (asset_id, "DELETED", False)


def test_a_foreign_material_is_unknown(
    user: TestClient, send: Send, import_material: Import
) -> None:
    asset_id = import_material()

    user.headers["Authorization"] = "Bearer sk-stranger"

    send("GET", f"{ASSETS}/{asset_id}", 404)
    assert send("GET", ASSETS)["assets"] == []


# Lists


def test_a_list_has_pages_with_the_newest_first(send: Send, import_material: Import) -> None:
    ids = [import_material() for _ in range(5)][::-1]

    first = send("GET", f"{ASSETS}?page_size=2")
    import_material()
    second = send("GET", f"{ASSETS}?page_size=2&page_token={first['next_page_token']}")
    last = send("GET", f"{ASSETS}?page_size=2&page_token={second['next_page_token']}")

    pages = [[row["id"] for row in page["assets"]] for page in (first, second, last)]
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert last["next_page_token"] is None


def test_a_list_is_filtered(send: Send, import_material: Import, clock: ManualClock) -> None:
    group_id = send("POST", GROUPS, 201, json={})["id"]
    grouped = import_material(group_id=group_id)
    failing = import_material(asset_name="[mock: asset-failed]")
    clock.advance(2)
    new = import_material()

    def listed(query: str) -> list[str]:
        return [row["id"] for row in send("GET", f"{ASSETS}?{query}")["assets"]]

    assert listed(f"group_id={group_id}") == [grouped]
    assert listed("status=FAILED") == [failing]
    assert listed("status=PROCESSING") == [new]
    assert listed("status=ACTIVE&library_type=aigc_avatar") == [grouped]
    assert listed("library_type=liveness_face") == []


@pytest.mark.parametrize("path", [ASSETS, GROUPS])
@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("page_size=x", "page_size"),
        ("page_token=x", "page_token"),
        ("status=READY", "status"),
        ("library_type=x", "library_type"),
        ("project_name=", "project_name"),
    ],
)
def test_a_wrong_query_is_refused(query: str, param: str, path: str, send: Send) -> None:
    assert send("GET", f"{path}?{query}", 400)["error"]["param"] == param


# Groups


def test_a_group_is_created_read_changed(send: Send, clock: ManualClock) -> None:
    created = send(
        "POST", GROUPS, 201, json={"group_name": "Product", "description": "d", "metadata": {}}
    )
    clock.advance(1)
    path = f"{GROUPS}/{created['id']}"

    assert created == {
        "id": created["id"],
        "object": "seedance.material_asset_group",
        "project_name": "default",
        "library_type": "aigc_avatar",
        "group_name": "Product",
        "description": "d",
        "status": "ACTIVE",
        "metadata": {},
        "created_at": 1_800_000_000_000,
        "updated_at": 1_800_000_000_000,
    }
    assert send("GET", path) == created
    changes = {"group_name": "Person", "description": None, "metadata": {"a": 1}}
    changed = {**created, **changes, "updated_at": created["updated_at"] + 1_000}
    assert send("PUT", path, json=changes) == changed
    assert send("PUT", path, json={}) == changed


def test_materials_without_a_group_share_one(send: Send, import_material: Import) -> None:
    groups = {send("GET", f"{ASSETS}/{import_material()}")["group_id"] for _ in range(2)}

    assert [row["id"] for row in send("GET", GROUPS)["groups"]] == [*groups]


def test_a_deleted_group_takes_its_materials_along(send: Send, import_material: Import) -> None:
    asset_id, group_id = import_material(), send("GET", GROUPS)["groups"][0]["id"]
    other = import_material(group_id=send("POST", GROUPS, 201, json={})["id"])
    removed = import_material()
    send("DELETE", f"{ASSETS}/{removed}")

    assert send("DELETE", f"{GROUPS}/{group_id}") == {"deleted": True, "id": group_id}

    send("GET", f"{GROUPS}/{group_id}", 404)
    send("GET", f"{ASSETS}/{asset_id}", 404)
    assert [row["id"] for row in send("GET", ASSETS)["assets"]] == [other]
    assert [row["id"] for row in send("GET", f"{GROUPS}?status=DELETED")["groups"]] == [group_id]
    assert send("GET", f"{ASSETS}/{import_material()}")["group_id"] != group_id


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"group_id": "group-20260101000000-abcde"}, "group_id"),
        ({"library_type": "liveness_face"}, "group_id"),
    ],
)
def test_a_material_needs_a_group_that_exists(
    fields: dict[str, str], param: str, send: Send
) -> None:
    assert send("POST", ASSETS, 400, json={"asset_url": URL, **fields})["error"]["param"] == param


def test_a_group_has_materials_of_one_library(send: Send) -> None:
    group_id = send("POST", GROUPS, 201, json={})["id"]
    body = {"asset_url": URL, "group_id": group_id, "library_type": "liveness_face"}

    assert send("POST", ASSETS, 400, json=body)["error"]["param"] == "library_type"


def test_groups_of_real_persons_are_not_created_directly(send: Send) -> None:
    error = send("POST", GROUPS, 400, json={"library_type": "liveness_face"})["error"]

    assert error["param"] == "library_type"


# Projects


def test_projects_do_not_see_each_other(send: Send, import_material: Import) -> None:
    asset_id = import_material(project_name="Film")
    group_id = send("GET", f"{ASSETS}/{asset_id}?project_name=Film")["group_id"]

    send("GET", f"{ASSETS}/{asset_id}", 404)
    send("GET", f"{ASSETS}/{asset_id}?project_name=film", 404)
    send("DELETE", f"{ASSETS}/{asset_id}", 404)
    send("GET", f"{GROUPS}/{group_id}", 404)
    send("PUT", f"{ASSETS}/{asset_id}", 404, json={"asset_name": "x"})
    send("POST", ASSETS, 400, json={"asset_url": URL, "group_id": group_id})
    assert send("GET", ASSETS)["assets"] == send("GET", GROUPS)["groups"] == []
    assert len(send("GET", f"{GROUPS}?project_name=Film")["groups"]) == 1
    send("DELETE", f"{GROUPS}/{group_id}?project_name=Film")


# Bounds and secrets


def test_materials_are_bounded(
    send: Send, import_material: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedance_mock.service.materials.library.MAX_MATERIALS", 2)
    first, second = import_material(), import_material()

    assert "at most 2" in send("POST", ASSETS, 400, json={"asset_url": URL})["error"]["message"]

    send("DELETE", f"{ASSETS}/{first}")
    third = import_material()
    assert [row["id"] for row in send("GET", ASSETS)["assets"]] == [third, second]
    assert send("GET", f"{ASSETS}?status=DELETED")["assets"] == []


def test_groups_are_bounded(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedance_mock.service.materials.groups.MAX_GROUPS", 1)
    send("POST", GROUPS, 201, json={})

    send("POST", GROUPS, 400, json={})
    send("POST", ASSETS, 400, json={"asset_url": URL})


def test_no_source_reaches_journal_or_store(
    client: TestClient, send: Send, import_material: Import, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    import_material(asset_url="https://private.example/sk-secret.png")
    send("POST", ASSETS, 400, json={"asset_url": "ftp://private.example/x"})

    assert "private" not in client.get("/_mock/journal").text + caplog.text


def test_a_reset_deletes_materials(user: TestClient, send: Send, import_material: Import) -> None:
    import_material()

    user.delete("/_mock/accounts/key-1")

    assert send("GET", ASSETS)["assets"] == send("GET", GROUPS)["groups"] == []


# The control API


@pytest.mark.parametrize("settings", [Settings(lifecycle="manual")], ids=["manual"])
def test_a_test_ends_an_import(
    user: TestClient, send: Send, import_material: Import, clock: ManualClock
) -> None:
    first, second = import_material(), import_material()
    clock.advance(10**6)

    assert send("POST", f"/_mock/materials/{first}", json={"end": "active"})["status"] == "ACTIVE"
    assert send("POST", f"/_mock/materials/{second}", json={"end": "failed"})["status"] == "FAILED"

    clock.advance(1)
    rows = send("GET", "/_mock/materials")["materials"]
    assert [(row["account"], row["id"], row["status"]) for row in rows] == [
        ("key-1", first, "ACTIVE"),
        ("key-1", second, "FAILED"),
    ]
    assert send("GET", "/_mock/materials?account=key-1")["materials"] == rows
    assert send("GET", "/_mock/materials?account=key-9")["materials"] == []


def test_an_import_ends_once(send: Send, import_material: Import) -> None:
    path = f"/_mock/materials/{import_material(asset_name='[mock: asset-ready-0s]')}"

    assert "has ended" in send("POST", path, 409, json={"end": "failed"})["error"]["message"]
    send("POST", "/_mock/materials/asset-1", 404, json={"end": "failed"})
    send("POST", path, 400, json={"end": "ACTIVE"})
