"""The Actions of the material library: the operations of its routes in another form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_contract.declared.errors import ERRORS, INVALID_KEY
from seedance_contract.declared.materials.actions import ACTIONS
from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.errors import ApiError
from seedance_mock.settings import Settings
from seedance_mock.web.materials.action_forms import action_error_body

URL = "https://example.com/image.png"

Act = Callable[..., Any]


@pytest.fixture
def act(user: TestClient) -> Act:
    """Give a function that carries out an Action and returns its result, or its error."""

    def act(action: str, status: int = 200, **fields: object) -> Any:
        response = user.post(f"/api/v3?Action={action}&Version=2024-01-01", json=fields)
        assert response.status_code == status, response.text
        body = response.json()
        metadata = body["ResponseMetadata"]
        assert metadata["RequestId"] == response.headers["X-Request-ID"]
        assert metadata["Action"] == action
        return body["Result"] if status == 200 else metadata["Error"]

    return act


def test_an_asset_lives(act: Act, clock: ManualClock) -> None:
    asset_id = act("CreateAsset", URL=URL, Name="Front")["Id"]
    new = act("GetAsset", Id=asset_id)
    clock.advance(2)

    assert act("UpdateAsset", Id=asset_id, Name="Side") == {"Id": asset_id}

    assert new == {
        "Id": asset_id,
        "Name": "Front",
        "AssetType": "Image",
        "GroupId": new["GroupId"],
        "Status": "Processing",
        "ProjectName": "default",
        "CreateTime": "2027-01-15T08:00:00Z",
        "UpdateTime": "2027-01-15T08:00:00Z",
    }
    changes = {"Name": "Side", "Status": "Active", "UpdateTime": "2027-01-15T08:00:02Z"}
    assert act("GetAsset", Id=asset_id) == {**new, **changes}
    assert act("DeleteAsset", Id=asset_id) == {}
    assert act("GetAsset", 404, Id=asset_id)["Code"] == "NotFound"


def test_a_group_lives(act: Act) -> None:
    group_id = act("CreateAssetGroup", Name="Product", GroupType="AIGC")["Id"]

    assert act("UpdateAssetGroup", Id=group_id, Description="shots") == {"Id": group_id}

    assert act("GetAssetGroup", Id=group_id) == {
        "Id": group_id,
        "Name": "Product",
        "Description": "shots",
        "GroupType": "AIGC",
        "ProjectName": "default",
        "CreateTime": "2027-01-15T08:00:00Z",
        "UpdateTime": "2027-01-15T08:00:00Z",
    }
    asset_id = act("CreateAsset", URL=URL, GroupId=group_id)["Id"]
    assert act("DeleteAssetGroup", Id=group_id) == {}
    assert act("GetAsset", 404, Id=asset_id)["Code"] == "NotFound"


def test_routes_and_actions_see_the_same(act: Act, user: TestClient, clock: ManualClock) -> None:
    asset_id = act("CreateAsset", URL=URL, Name="[mock: asset-failed]", ProjectName="Film")["Id"]
    clock.advance(2)

    route = user.get(f"/v1/videos/assets/{asset_id}?project_name=Film").json()
    action = act("GetAsset", Id=asset_id, ProjectName="Film")

    assert (route["status"], action["Status"]) == ("FAILED", "Failed")
    assert action["Error"] == {"Code": "InvalidParameter", "Message": route["error_message"]}
    assert act("GetAsset", 404, Id=asset_id)["Code"] == "NotFound"


def test_assets_are_listed(act: Act, clock: ManualClock) -> None:
    group_id = act("CreateAssetGroup")["Id"]
    first = act("CreateAsset", URL=URL, Name="boat one", GroupId=group_id)["Id"]
    clock.advance(2)
    second = act("CreateAsset", URL=URL, Name="boat two")["Id"]
    third = act("CreateAsset", URL=URL)["Id"]

    def listed(**fields: object) -> list[str]:
        return [item["Id"] for item in act("ListAssets", **fields)["Items"]]

    assert listed() == [third, second, first]
    assert listed(SortOrder="Asc") == [first, second, third]
    assert listed(Filter={"GroupIds": [group_id]}) == [first]
    assert listed(Filter={"Name": "boat", "GroupType": "AIGC"}) == [second, first]
    assert listed(Filter={"Statuses": ["Active"]}) == [first]
    assert listed(Filter={"Statuses": ["Processing", "Failed"]}) == [third, second]
    assert listed(Filter={"GroupType": "LivenessFace"}) == []
    assert {*listed(SortBy="GroupId")} == {first, second, third}
    page = act("ListAssets", PageNumber=2, PageSize=2.0)
    assert [item["Id"] for item in page.pop("Items")] == [first]
    assert page == {"TotalCount": 3, "PageNumber": 2, "PageSize": 2}


def test_groups_are_listed(act: Act) -> None:
    first, second = (act("CreateAssetGroup", Name=name)["Id"] for name in ("one", "two"))

    def listed(**fields: object) -> list[str]:
        return [item["Id"] for item in act("ListAssetGroups", **fields)["Items"]]

    assert listed() == [second, first]
    assert listed(Filter={"Name": "one"}) == listed(Filter={"GroupIds": [first]}) == [first]
    assert {*listed(SortBy="GroupId", SortOrder="Asc")} == {first, second}


@pytest.mark.parametrize(
    ("action", "fields", "status", "code"),
    [
        ("CreateAsset", {}, 400, "InvalidParameter"),
        ("CreateAsset", {"URL": "x"}, 400, "InvalidParameter"),
        ("CreateAsset", {"URL": URL, "asset_url": URL}, 400, "InvalidParameter"),
        ("CreateAsset", {"URL": URL, "Name": "x" * 65}, 400, "InvalidParameter"),
        ("CreateAsset", {"URL": URL, "GroupId": "group-1"}, 400, "InvalidParameter"),
        ("CreateAssetGroup", {"GroupType": "LivenessFace"}, 400, "InvalidParameter"),
        ("CreateAssetGroup", {"Description": "x" * 301}, 400, "InvalidParameter"),
        ("ListAssets", {"PageSize": 101}, 400, "InvalidParameter"),
        ("ListAssets", {"PageNumber": "1"}, 400, "InvalidParameter"),
        ("ListAssets", {"Filter": []}, 400, "InvalidParameter"),
        ("ListAssets", {"Filter": {"Statuses": ["Deleted"]}}, 400, "InvalidParameter"),
        ("ListAssets", {"Filter": {"GroupIds": ["x"] * 101}}, 400, "InvalidParameter"),
        ("ListAssetGroups", {"Filter": {"Statuses": []}}, 400, "InvalidParameter"),
        ("GetAsset", {"Id": "asset-1"}, 404, "NotFound"),
        ("GetAssetGroup", {"Id": 5}, 400, "InvalidParameter"),
    ],
)
def test_a_wrong_request_is_refused(
    action: str, fields: dict[str, object], status: int, code: str, act: Act
) -> None:
    assert act(action, status, **fields)["Code"] == code


@pytest.mark.parametrize(
    ("action", "fields", "message"),
    [
        ("CreateAsset", {"GroupId": "group-1"}, "GroupId: no such group in this project"),
        ("CreateAsset", {"Name": "[mock: asset-failed"}, "Name: write words as"),
        ("CreateAsset", {"Name": "[mock: queue-9s]"}, "Name: a name takes words with asset-"),
        (
            "CreateAssetGroup",
            {"GroupType": "LivenessFace"},
            "GroupType: only groups of AIGC are created directly",
        ),
    ],
)
def test_an_error_names_the_field_of_the_action(
    action: str, fields: dict[str, object], message: str, act: Act
) -> None:
    url = {"URL": URL} if action == "CreateAsset" else {}

    assert act(action, 400, **url, **fields)["Message"].startswith(message)


@pytest.mark.parametrize("settings", [Settings(tolerant=True)], ids=["tolerant"])
def test_a_tolerant_server_ignores_unknown_fields(act: Act, user: TestClient) -> None:
    response = user.post("/api/v3?Action=CreateAsset", json={"URL": URL, "Style": "y"})

    assert response.status_code == 200
    assert response.headers["Mock-Ignored"] == "Style"
    assert act("CreateAsset", 400, Style="y")["Message"] == "URL is required"
    # It would select everything.
    assert act("ListAssets", 400, Filter={"Style": "y"})["Code"] == "InvalidParameter"


def test_an_asset_that_is_processed_cannot_be_changed(act: Act) -> None:
    asset_id = act("CreateAsset", URL=URL)["Id"]

    assert act("UpdateAsset", 409, Id=asset_id, Name="x")["Code"] == "OperationDenied"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "InvalidAction"),
        ("?Action=CreateContentsGenerationsTasks", "InvalidAction"),
        ("?Action=GetAsset&Version=2023-01-01", "InvalidVersion"),
    ],
)
def test_other_actions_and_versions_are_refused(query: str, code: str, user: TestClient) -> None:
    response = user.post(f"/api/v3{query}", json={"Id": "asset-1"})

    assert response.status_code == 400
    assert response.json()["ResponseMetadata"]["Error"]["Code"] == code


def test_the_version_may_be_omitted(user: TestClient) -> None:
    assert user.post("/api/v3?Action=ListAssets", json={}).status_code == 200


def test_a_body_that_is_no_json_is_refused(user: TestClient) -> None:
    response = user.post("/api/v3?Action=ListAssets", content=b"{")

    assert response.json()["ResponseMetadata"]["Error"]["Code"] == "InvalidParameter"


def test_a_key_is_needed(client: TestClient) -> None:
    signed = {"Authorization": "HMAC-SHA256 Credential=AK"}
    for headers in ({}, signed):
        response = client.post("/api/v3?Action=ListAssets", json={}, headers=headers)
        assert response.status_code == 401
        assert response.json()["ResponseMetadata"]["Error"]["Code"] == "InvalidCredential"


def test_only_post_carries_an_action(user: TestClient) -> None:
    response = user.get("/api/v3?Action=ListAssets")

    assert response.status_code == 405
    assert response.json()["ResponseMetadata"]["Error"]["Code"] == "MethodNotAllowed"


def test_words_inject_errors(client: TestClient) -> None:
    client.headers["Authorization"] = "Bearer sk-mock-materials-503--a"

    failed, second = (client.post("/api/v3?Action=ListAssets", json={}) for _ in range(2))

    assert (failed.status_code, second.status_code) == (503, 200)
    assert failed.json()["ResponseMetadata"]["Error"]["Code"] == "InternalError"


def test_the_journal_shows_the_action(user: TestClient, act: Act) -> None:
    act("ListAssets")

    [entry] = user.get("/_mock/journal").json()["entries"]

    assert entry["target"] == "/api/v3?Action=ListAssets&Version=2024-01-01"
    assert (entry["place"], entry["code"]) == ("materials", None)


def test_every_error_has_a_code_and_no_action_of_a_client() -> None:
    for kind in ERRORS:
        body = action_error_body(ApiError(kind), "req_1", b"Action=sk-secret")
        assert body.status == kind.status
        assert body.code.isalpha()
    metadata: Any = action_error_body(ApiError(INVALID_KEY), "req_1", b"").content
    assert metadata["ResponseMetadata"]["Action"] == ""
    assert len(ACTIONS) == 10
