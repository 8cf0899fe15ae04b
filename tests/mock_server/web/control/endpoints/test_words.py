from __future__ import annotations

from starlette.testclient import TestClient

from seedance_mock.scripting.vocabulary import PLACES


def test_words_are_explained(client: TestClient) -> None:
    explained = client.post("/_mock/explain", json={"words": "create-503x2.queue-9s"}).json()

    assert explained["words"] == "create-503x2 queue-9s"
    assert [meaning["word"] for meaning in explained["explanation"]] == ["create-503x2", "queue-9s"]
    assert explained["prompt"] == "[mock: create-503x2 queue-9s]"
    assert explained["clock"] == "seconds"
    assert explained["course"][1] == {"after": 9.0, "status": "processing"}
    assert explained["faults"] == [
        {
            "place": "create",
            "word": "create-503x2",
            "first": 1,
            "last": 2,
            "effect": "503 all_channels_failed",
            "applied": False,
            "counts": PLACES["create"].description,
        }
    ]


def test_words_of_an_account_are_no_prompt(client: TestClient) -> None:
    explained = client.post("/_mock/explain", json={"words": "balance-50c"}).json()

    assert explained["prompt"] is None
    assert "concerns a whole account" in explained["prompt_error"]


def test_no_words_mean_an_ordinary_account(client: TestClient) -> None:
    explained = client.post("/_mock/explain", json={"words": " "}).json()

    assert (explained["words"], explained["prompt"], explained["faults"]) == ("", None, [])


def test_an_unknown_word_has_a_nearest_one(client: TestClient) -> None:
    response = client.post("/_mock/explain", json={"words": "flakey"})

    assert response.status_code == 400
    assert response.json()["error"]["did_you_mean"] == "flaky"
