from __future__ import annotations

from starlette.testclient import TestClient

from seedance_mock.scripting.vocabulary import PLACES


def test_words_are_explained(client: TestClient) -> None:
    answer = client.post("/_mock/explain", json={"words": "create-503x2.queue-9s"}).json()

    assert answer["words"] == "create-503x2 queue-9s"
    assert [meaning["word"] for meaning in answer["explanation"]] == ["create-503x2", "queue-9s"]
    assert answer["prompt"] == "[mock: create-503x2 queue-9s]"
    assert answer["clock"] == "seconds"
    assert answer["course"][1] == {"after": 9.0, "status": "processing"}
    assert answer["faults"] == [
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
    answer = client.post("/_mock/explain", json={"words": "balance-50c"}).json()

    assert answer["prompt"] is None
    assert "concerns a whole account" in answer["prompt_error"]


def test_no_words_mean_an_ordinary_account(client: TestClient) -> None:
    answer = client.post("/_mock/explain", json={"words": " "}).json()

    assert (answer["words"], answer["prompt"], answer["faults"]) == ("", None, [])


def test_an_unknown_word_has_a_nearest_one(client: TestClient) -> None:
    response = client.post("/_mock/explain", json={"words": "flakey"})

    assert response.status_code == 400
    assert response.json()["error"]["did_you_mean"] == "flaky"
