"""Every word through the public API, by a client that changes nothing but its key or prompt."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from seedance_contract.declared.errors import ErrorKind
from seedance_mock.domain.clock import ManualClock
from seedance_mock.scripting.vocabulary import PLACES, errors_at
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
UNKNOWN = "/v1/tasks/ldtask_" + "0" * 32

_numbers = count(1)

Ask = Callable[..., httpx2.Response]


@pytest.fixture
def ask(client: TestClient) -> Ask:
    """Give a function that makes a request with a key of these words."""

    def request(words: str, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer sk-mock-{words}"}
        return client.request(method, path, headers=headers, **options)

    return request


@pytest.fixture
def made(ask: Ask) -> Callable[..., str]:
    """Give a function that creates a task with a key of these words, and returns its id."""

    def create(words: str, **fields: object) -> str:
        answer = ask(words, "POST", CREATE, json={**BODY, **fields})
        assert answer.status_code == 200, answer.text
        task_id: str = answer.json().get("id") or answer.json()["task_id"]
        return task_id

    return create


def fresh(words: str) -> str:
    """Return words with a suffix of their own, so that tests share no account."""
    return f"{words}--{next(_numbers)}"


def path_of(place: str, words: str, made: Callable[..., str]) -> tuple[str, str]:
    """Return the method and path of the kind of request that a place counts."""
    match place:
        case "create" | "any":
            return "POST", CREATE
        case "poll":
            return "GET", f"/v1/tasks/{made(words)}"
        case "cancel":
            return "DELETE", f"/v1/tasks/{made(words)}"
    return "GET", f"/v1/{place}"


REFUSALS = [
    (place, what, kind)
    for place in PLACES
    if place != "asset"
    for what, kind in errors_at(place).items()
    # A list of models has no path to be unknown, a detail does; both are one place.
    if (place, kind.status) not in {("models", 404), ("pricing", 404)}
]


@pytest.mark.parametrize(
    ("place", "what", "kind"), REFUSALS, ids=[f"{place}-{what}" for place, what, _ in REFUSALS]
)
def test_every_refusal_is_a_word_away(
    place: str, what: str, kind: ErrorKind, ask: Ask, made: Callable[..., str]
) -> None:
    words = fresh(f"{place}-{what}")
    method, path = path_of(place, words, made)
    body = BODY if method == "POST" else None

    refused, answered = (ask(words, method, path, json=body) for _ in range(2))

    assert (refused.status_code, refused.json()["error"]["code"]) == (kind.status, kind.code)
    assert answered.status_code == 200


@pytest.mark.parametrize("place", ["models", "pricing"])
def test_a_detail_can_be_unknown(place: str, ask: Ask) -> None:
    path = "/v1/models/seedance-2.0" + ("/pricing" if place == "pricing" else "")

    answer = ask(fresh(f"{place}-404"), "GET", path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("what", errors_at("asset"))
def test_a_download_can_be_refused(
    what: str, ask: Ask, made: Callable[..., str], clock: ManualClock, client: TestClient
) -> None:
    words = fresh(f"asset-{what}")
    task = made(words)
    clock.advance(5)
    url = ask(words, "GET", f"/v1/tasks/{task}").json()["video_url"]

    assert client.get(url).status_code == errors_at("asset")[what].status
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("broke", 402, "insufficient_balance"),
        ("capped", 402, "quota_exceeded"),
        ("revoked", 401, "invalid_api_key"),
        ("expired", 401, "expired_api_key"),
        ("locked", 403, "model_not_allowed"),
        ("material", 409, "seedance_material_preparing"),
        ("busy", 429, "rate_limit_exceeded"),
        ("flaky", 503, "all_channels_failed"),
        ("down", 503, "all_channels_failed"),
        ("create-402", 402, "insufficient_balance"),
    ],
)
def test_a_preset_refuses_to_create(words: str, status: int, code: str, ask: Ask) -> None:
    answer = ask(fresh(words), "POST", CREATE, json=BODY)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("policy", "The result was held back by content moderation"),
        ("end-cancelled", "Task cancelled before execution"),
        ("end-expired", "Task expired before execution"),
        (
            "crash",
            {
                "code": "generation_failed",
                "message": "The result was held back by content moderation",
            },
        ),
        ("end-failed.err-none", None),
    ],
)
def test_a_task_fails_as_scripted(
    words: str, error: object, ask: Ask, made: Callable[..., str], clock: ManualClock
) -> None:
    key = fresh(words)
    task = made(key)

    clock.advance(6)
    shown = ask(key, "GET", f"/v1/tasks/{task}").json()

    assert (shown["status"], shown.get("error")) == ("failed", error)
    assert shown.get("cancelled") is (True if words == "end-cancelled" else None)


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("slow", {80: "pending", 95: "processing", 271: "completed"}),
        ("stuck", {2: "processing", 100_000: "processing"}),
        ("queue-10s", {9: "pending", 11: "processing", 15: "completed"}),
        ("run-40s", {2: "processing", 40: "processing", 41: "completed"}),
        ("clock-x20.queue-10s.run-20s", {0.4: "pending", 0.6: "processing", 1.6: "completed"}),
        ("clock-frozen", {0: "pending", 1e6: "pending"}),
        ("ok", {0: "pending", 2: "processing", 5: "completed"}),
    ],
)
def test_a_task_takes_its_time(
    words: str,
    times: dict[float, str],
    ask: Ask,
    made: Callable[..., str],
    clock: ManualClock,
) -> None:
    key, began = fresh(words), clock()
    task, shown = made(key), {}

    for after in times:
        clock.advance(began + after - clock())
        shown[after] = ask(key, "GET", f"/v1/tasks/{task}").json()["status"]

    assert shown == times


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        ("clock-polls", ["processing", "completed", "completed"]),
        ("after-1polls", ["completed"]),
        ("after-2polls", ["processing", "completed"]),
        ("after-4polls", ["processing", "processing", "processing", "completed"]),
        ("clock-polls.queue-2s", ["pending", "processing", "completed"]),
        ("gone", ["pending", "pending", 404, 404]),
        ("poll-429~2", ["pending", 429, "pending"]),
        ("stranger", [403, 403]),
    ],
)
def test_polls_show_one_step_each(
    words: str, statuses: list[object], ask: Ask, made: Callable[..., str]
) -> None:
    key = fresh(words)
    task, shown = made(key), []

    for _ in statuses:
        answer = ask(key, "GET", f"/v1/tasks/{task}")
        shown.append(answer.json().get("status", answer.status_code))

    assert shown == statuses


@pytest.mark.parametrize(
    ("words", "members"),
    [
        ("out-both", {"video_url", "video"}),
        ("out-url", {"video_url"}),
        ("out-video", {"video"}),
        ("out-videos", {"videos"}),
        ("out-content", {"content"}),
        ("out-none", set()),
    ],
)
def test_a_result_names_its_file_as_scripted(
    words: str, members: set[str], ask: Ask, made: Callable[..., str], clock: ManualClock
) -> None:
    key = fresh(words)
    task = made(key)
    clock.advance(5)

    shown = ask(key, "GET", f"/v1/tasks/{task}").json()

    assert shown.keys() & {"video_url", "video", "videos", "content"} == members


def test_both_of_two_results_can_be_had(
    ask: Ask, made: Callable[..., str], clock: ManualClock, client: TestClient
) -> None:
    key = fresh("out-videos")
    task = made(key)
    clock.advance(5)

    videos = ask(key, "GET", f"/v1/tasks/{task}").json()["videos"]

    assert [client.get(one["url"]).status_code for one in videos] == [200, 200]
    assert videos[0]["url"] != videos[1]["url"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("at-path", "/v1/tasks/{id}"),
        ("at-query", "/v1/tasks/{id}?view=full&sig=a%2Fb"),
        ("at-absolute", "http://127.0.0.1:8000/v1/tasks/{id}"),
        ("at-foreign", "http://localhost:8000/v1/tasks/{id}"),
        ("stray", "http://localhost:8000/v1/tasks/{id}"),
        ("at-none", None),
    ],
)
def test_poll_url_has_the_scripted_form(words: str, expected: str | None, ask: Ask) -> None:
    shown = ask(fresh(words), "POST", CREATE, json=BODY).json()

    assert shown.get("poll_url") == (expected and expected.format(id=shown["id"]))


@pytest.mark.parametrize(
    ("words", "ids"),
    [("id-both", {"id", "task_id"}), ("id-id", {"id"}), ("id-task", {"task_id"})],
)
def test_create_answers_the_scripted_ids(words: str, ids: set[str], ask: Ask) -> None:
    shown = ask(fresh(words), "POST", CREATE, json=BODY).json()

    assert shown.keys() & {"id", "task_id"} == ids


@pytest.mark.parametrize(
    ("words", "progress"),
    [
        ("progress-none", [None, None, None]),
        ("progress-real", [0, 50, 100]),
        ("progress-lie", [100, 100, None]),
    ],
)
def test_progress_is_as_scripted(
    words: str,
    progress: list[int | None],
    ask: Ask,
    made: Callable[..., str],
    clock: ManualClock,
) -> None:
    key = fresh(words)
    task, shown = made(key), []

    for seconds in (0, 3, 2):
        clock.advance(seconds)
        shown.append(ask(key, "GET", f"/v1/tasks/{task}").json().get("progress"))

    assert shown == progress


def test_odd_answers_have_unknown_members(ask: Ask) -> None:
    shown = ask(fresh("odd"), "POST", CREATE, json=BODY).json()

    assert {"x_note", "x_nothing", "x_large", "x_nested"} < shown.keys()


@pytest.mark.parametrize(
    ("words", "header", "member"),
    [
        ("create-429", "1", 1),
        ("create-429.retry-3s", "3", 3),
        ("create-429.retry-none", None, None),
        ("create-429.retry-soon", "soon", None),
        ("create-429.retry-date", "Fri, 15 Jan 2027 08:00:03 GMT", 3),
        ("create-503.retry-7s", "7", 7),
        ("create-500.retry-7s", None, None),
    ],
)
def test_retry_after_is_as_scripted(
    words: str, header: str | None, member: int | None, client: TestClient
) -> None:
    client.event_hooks["response"].clear()  # `retry-none` is not what the document promises
    key = {"Authorization": f"Bearer sk-mock-{fresh(words)}"}

    answer = client.post(CREATE, json=BODY, headers=key)

    assert answer.headers.get("Retry-After") == header
    assert answer.json()["error"].get("retry_after") == member


def test_a_cancel_can_be_too_late(ask: Ask, made: Callable[..., str], clock: ManualClock) -> None:
    key = fresh("race")
    task = made(key)

    refused = [ask(key, "DELETE", f"/v1/tasks/{task}").status_code for _ in range(2)]
    clock.advance(5)

    assert refused == [409, 409]
    assert ask(key, "GET", f"/v1/tasks/{task}").json()["status"] == "completed"


def test_a_model_can_refuse_to_cancel(ask: Ask, made: Callable[..., str]) -> None:
    key = fresh("nocancel")

    answer = ask(key, "DELETE", f"/v1/tasks/{made(key)}")

    assert answer.json()["error"]["code"] == "unsupported_task_cancel"


@pytest.mark.parametrize(("words", "created"), [("create-504", 0), ("create-504+", 1)])
def test_plus_applies_what_it_refuses(
    words: str, created: int, ask: Ask, client: TestClient
) -> None:
    assert ask(fresh(words), "POST", CREATE, json=BODY).status_code == 504

    assert len(client.get("/_mock/tasks").json()["tasks"]) == created


def test_what_is_refused_anyway_is_refused(ask: Ask) -> None:
    answer = ask(fresh("create-504+"), "POST", CREATE, json={"model": "seedance-2.0"})

    assert answer.status_code == 504


def test_each_task_has_its_own_first_poll(ask: Ask, made: Callable[..., str]) -> None:
    key = fresh("poll-429")
    tasks = [made(key), made(key)]

    shown = [ask(key, "GET", f"/v1/tasks/{task}").status_code for task in tasks + tasks]

    assert shown == [429, 429, 200, 200]


def test_only_polls_end_a_task_of_polls(
    ask: Ask, made: Callable[..., str], clock: ManualClock, client: TestClient
) -> None:
    key = fresh("after-3polls")
    task = made(key)
    clock.advance(10)
    client.get("/_mock/accounts/key-1")

    assert ask(key, "GET", f"/v1/tasks/{task}").json()["status"] == "processing"


def test_another_suffix_is_another_account(ask: Ask, made: Callable[..., str]) -> None:
    one, other = fresh("ok"), fresh("ok")

    assert ask(other, "GET", f"/v1/tasks/{made(one)}").status_code == 403


def test_an_unknown_word_is_refused_with_the_nearest(ask: Ask) -> None:
    answer = ask("flakky--1", "GET", "/v1/models")

    assert answer.status_code == 400
    assert answer.json()["error"]["did_you_mean"] == "flaky"


def test_a_balance_is_spent(ask: Ask, made: Callable[..., str]) -> None:
    key = fresh("balance-80c")
    made(key)

    refusal = ask(key, "POST", CREATE, json=BODY).json()["error"]

    assert refusal["code"] == "insufficient_balance"
    assert Decimal(str(refusal["balance_usd"])) == Decimal("0.06332353")


def test_a_rate_limit_counts_a_minute(ask: Ask, clock: ManualClock) -> None:
    key, statuses = fresh("limit-2"), []

    answers = [ask(key, "GET", "/v1/models") for _ in range(3)]
    clock.advance(60)
    statuses = [one.status_code for one in (*answers, ask(key, "GET", "/v1/models"))]

    assert statuses == [200, 200, 429, 200]
    assert answers[0].headers["X-RateLimit-Remaining"] == "1"
    assert answers[2].headers["Retry-After"] == "60"
    assert answers[2].headers["X-RateLimit-Reset"] == str(int(clock()))


def test_ended_tasks_are_forgotten_in_time(
    ask: Ask, made: Callable[..., str], clock: ManualClock
) -> None:
    key = fresh("keep-60s")
    task = made(key)

    clock.advance(64)
    kept = ask(key, "GET", f"/v1/tasks/{task}").status_code
    clock.advance(1)

    assert (kept, ask(key, "GET", f"/v1/tasks/{task}").status_code) == (200, 404)


def test_a_seed_repeats_every_id(settings: Settings) -> None:
    answers = []
    for _ in range(2):
        with TestClient(create_app(settings, clock=ManualClock())) as client:
            key = {"Authorization": "Bearer sk-mock-seed-7--a"}
            asked = [client.post(CREATE, json=BODY, headers=key) for _ in range(2)]
            asked.append(client.get(UNKNOWN, headers=key))
            answers.append([(one.text, one.headers["X-Request-ID"]) for one in asked])

    assert answers[0] == answers[1]
    assert len({text for text, _ in answers[0]}) == 3


def test_a_frozen_clock_gives_equal_answers(ask: Ask, made: Callable[..., str]) -> None:
    key = fresh("clock-frozen")
    task = made(key)

    answers = [ask(key, "GET", f"/v1/tasks/{task}") for _ in range(5)]

    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["Date"] for answer in answers}) == 1


def test_a_storm_is_weathered(ask: Ask) -> None:
    key, statuses = fresh("storm-3"), []

    for _ in range(12):
        statuses.append(ask(key, "GET", "/v1/models").status_code)

    assert 200 in statuses
    assert set(statuses) > {200}


def test_words_in_a_prompt_scope_one_task(
    user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    failing = new_task(prompt="a boat [mock: end-failed err-object]")
    plain = new_task()
    clock.advance(5)

    shown = [user.get(f"/v1/tasks/{task}").json()["status"] for task in (failing, plain)]

    assert shown == ["failed", "completed"]


def test_words_can_stand_in_the_user_field(
    user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    task = new_task(user="ada [mock: after-1polls poll-503]")

    assert user.get(f"/v1/tasks/{task}").status_code == 503
    assert user.get(f"/v1/tasks/{task}").json()["status"] == "completed"


def test_a_retry_of_a_prompt_is_its_second_request(user: TestClient) -> None:
    body = {**BODY, "prompt": "a boat [mock: create-503]"}

    statuses = [user.post(CREATE, json=body).status_code for _ in range(2)]

    assert statuses == [503, 200]


@pytest.mark.parametrize("words", ["broke", "clock-frozen", "any-503", "models-500", "down"])
def test_a_prompt_cannot_script_its_account(words: str, user: TestClient) -> None:
    answer = user.post(CREATE, json={**BODY, "prompt": f"a boat [mock: {words}]"})

    assert answer.status_code == 400
    assert "concerns a whole account" in answer.json()["error"]["message"]


def test_a_typo_in_a_prompt_is_refused(user: TestClient) -> None:
    answer = user.post(CREATE, json={**BODY, "prompt": "a boat [mock: end-faild]"})

    assert answer.json()["error"]["did_you_mean"] == "end-failed"


@pytest.mark.parametrize(
    "text",
    [
        "a planted boat [mock: end-failed",
        "a planted boat [Mock: end-failed]",
        "a planted boat [MOCK:end-failed]",
        "a planted boat [ mock : end-failed]",
        "a planted boat [mock:]",
        "a planted boat [mock: end-failed] [mock: planted",
        f"a planted boat [mock: {'ok ' * 170}]",
    ],
    ids=["unclosed", "title", "upper", "spaced", "empty", "second", "long"],
)
@pytest.mark.parametrize("field", ["prompt", "user"])
def test_what_is_almost_words_is_refused(field: str, text: str, user: TestClient) -> None:
    answer = user.post(CREATE, json={**BODY, field: text})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == field
    assert "[mock: end-failed]" in answer.json()["error"]["message"]
    assert "planted" not in answer.text


@pytest.mark.parametrize("prompt", ["a [mock-up] of a boat", "[mockery: a boat]", "mock: a boat"])
def test_ordinary_brackets_are_no_words(prompt: str, user: TestClient) -> None:
    assert user.post(CREATE, json={**BODY, "prompt": prompt}).status_code == 200


def test_too_many_words_are_refused_without_advice(user: TestClient) -> None:
    answer = user.post(CREATE, json={**BODY, "prompt": f"a boat [mock: {'ok ' * 33}]"})

    assert answer.status_code == 400
    assert "33 words are too many" in answer.json()["error"]["message"]
    assert "did_you_mean" not in answer.json()["error"]


def test_seconds_of_a_retry_lose_their_zeros(ask: Ask) -> None:
    answer = ask(fresh("models-503.retry-00003s"), "GET", "/v1/models")

    assert answer.headers["Retry-After"] == "3"


@pytest.mark.parametrize(
    ("effect", "status", "start"),
    [("empty", 200, b""), ("html", 502, b"<html>"), ("redirect", 307, b"")],
)
def test_a_proxy_in_between_answers(
    effect: str, status: int, start: bytes, client: TestClient
) -> None:
    client.event_hooks["response"].clear()  # no answer of the API
    key = {"Authorization": f"Bearer sk-mock-{fresh(f'models-{effect}')}"}

    answer = client.get("/v1/models", headers=key, follow_redirects=False)

    assert (answer.status_code, answer.content[:6]) == (status, start)
    assert answer.headers.get("Location") in (None, "http://localhost:8000/v1/models")


@pytest.mark.parametrize(
    ("effect", "raised"),
    [
        ("reset", ConnectionResetError),
        ("close", ConnectionAbortedError),
        ("garbage", ConnectionAbortedError),
        ("hang", TimeoutError),
        ("cut", ConnectionAbortedError),
        ("longer", ConnectionAbortedError),
    ],
)
def test_in_process_a_broken_connection_is_raised(
    effect: str, raised: type[Exception], settings: Settings, clock: ManualClock
) -> None:
    key = {"Authorization": f"Bearer sk-mock-{fresh(f'models-{effect}')}"}
    with TestClient(create_app(settings, clock=clock)) as client, pytest.raises(raised):
        client.get("/v1/models", headers=key)


@pytest.mark.parametrize("effect", ["drip", "delay"])
def test_a_late_answer_is_whole(effect: str, ask: Ask) -> None:
    answer = ask(fresh(f"cancel-{effect}.delay-0s"), "DELETE", UNKNOWN)

    assert answer.json()["error"]["code"] == "async_task_not_found"


def test_what_struck_can_be_named_in_a_header(clock: ManualClock) -> None:
    key = {"Authorization": "Bearer sk-mock-models-503--a"}
    with TestClient(create_app(Settings(explain=True), clock=clock)) as client:
        named = [client.get("/v1/models", headers=key).headers.get("Mock-Did") for _ in range(2)]

    assert named == ["models-503", None]
