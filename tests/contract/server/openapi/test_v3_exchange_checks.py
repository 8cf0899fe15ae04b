"""Checks that only the document of v3 needs: each passes, has nothing to check, and fails."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from hostile_server import hostile_server, http_response
from seedance_contract.case import Mismatch
from seedance_contract.declared.dialects import V3
from seedance_contract.declared.routes import Endpoint
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.routes import V3_CREATE, V3_DELETE, V3_LIST, V3_READ
from seedance_contract.server.http.exchange import CheckedExchange, ReceivedResponse, SentRequest
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.openapi.exchange_checks import endpoint_error_envelope, fail_closed
from seedance_contract.server.openapi.followup import Followup
from seedance_contract.server.openapi.history import TaskHistory
from seedance_contract.server.openapi.v3_exchange_checks import (
    MAX_FOLLOWUPS,
    deletion_is_empty,
    empty_deletion,
    id_of_the_path,
    list_matches_query,
    new_task_has_its_id,
    new_task_is_listed,
    null_is_absent,
    repetition_is_replayed,
    replayed_with_key_only,
)
from seedance_mock.testing.live import LiveServer

TASK_ID = "cgt-20260102030405-abcde"
BODY = example_v3_request()
ASSET = {"type": "image_url", "image_url": {"url": "asset://asset-20260102030405-abcde"}}


def exchange(
    endpoint: Endpoint,
    content: object = None,
    status: int = 200,
    *,
    base_url: str = "http://127.0.0.1:8000",
    query: str = "",
    headers: dict[str, str] | None = None,
    body: object = None,
    response_headers: dict[str, str] | None = None,
) -> CheckedExchange:
    return CheckedExchange(
        endpoint=endpoint,
        request=SentRequest(
            method=endpoint.method,
            path=endpoint.path,
            url=base_url + endpoint.path.format(id=TASK_ID) + query,
            key="sk-secret-1",
            headers=headers or {},
            body=None if body is None else json.dumps(body).encode(),
        ),
        response=ReceivedResponse(
            status, response_headers or {}, b"" if content is None else json.dumps(content).encode()
        ),
    )


def create(body: object, status: int = 200, **headers: str) -> CheckedExchange:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange(V3_CREATE, {"id": TASK_ID}, status, body=body, headers=names)


def test_null_is_as_good_as_no_field() -> None:
    body = {**BODY, "seed": None, "frames": None}

    assert null_is_absent(create(body))
    with pytest.raises(Mismatch, match="expected no 400, as if seed, frames were absent"):
        null_is_absent(create(body, status=400))


@pytest.mark.parametrize(
    "other",
    [
        create(BODY),
        create([None]),
        create({**BODY, "seed": None}, status=402),
        create({**BODY, "seed": None, "duration": 99}, status=400),
        create({**BODY, "seed": None, "content": [ASSET]}, status=400),
        create({**BODY, "seed": None}, status=400, X_TokenLab_Delivery_Policy="fastest"),
        create({**BODY, "seed": None}, status=400, Idempotency_Key="x" * 256),
        exchange(V3_LIST, {}),
    ],
    ids=["no null", "no object", "no money", "a rule", "a material", "a policy", "a key", "a list"],
)
def test_other_requests_say_nothing_about_null(other: CheckedExchange) -> None:
    assert not null_is_absent(other)


def test_response_to_a_delete_is_empty() -> None:
    assert empty_deletion(exchange(V3_DELETE))
    assert not empty_deletion(exchange(V3_DELETE, {"error": {}}, 409))
    assert not empty_deletion(exchange(V3_READ, {}))
    with pytest.raises(Mismatch, match="an empty body"):
        empty_deletion(exchange(V3_DELETE, {}))


def test_task_has_the_id_of_its_path() -> None:
    assert id_of_the_path(exchange(V3_READ, {"id": TASK_ID}))
    assert not id_of_the_path(exchange(V3_READ, {}, 404))
    assert not id_of_the_path(exchange(V3_LIST, {}))
    with pytest.raises(Mismatch, match=f"200 and the task {TASK_ID}"):
        id_of_the_path(exchange(V3_READ, {"id": "cgt-20260102030405-other"}))


def listed(count: int, query: str = "", **members: Any) -> CheckedExchange:
    items = [{"id": TASK_ID, "status": "queued", **members}] * count
    return exchange(V3_LIST, {"items": items, "total": count}, query=query)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 20),
        ("?page_size=2", 2),
        ("?page_size=many", 30),
        (f"?filter.task_ids=other&filter.task_ids={TASK_ID}", 1),
        ("?filter.status=queued", 3),
        ("?filter.status=running", 0),
    ],
)
def test_list_keeps_its_filters(query: str, count: int) -> None:
    assert list_matches_query(listed(count, query))


@pytest.mark.parametrize(
    ("query", "count", "message"),
    [
        ("", 21, "at most 20 items, got 21 items"),
        ("?page_size=2", 3, "at most 2 items"),
        ("?filter.task_ids=a&filter.task_ids=b", 1, "items with filter.task_ids a or b"),
        ("?filter.status=running", 1, "items with filter.status running"),
    ],
)
def test_list_that_ignores_a_filter_is_a_mismatch(query: str, count: int, message: str) -> None:
    with pytest.raises(Mismatch, match=message):
        list_matches_query(listed(count, query))


def test_other_responses_are_no_lists() -> None:
    assert not list_matches_query(exchange(V3_LIST, {}, 400))
    assert not list_matches_query(exchange(V3_READ, {}))


def test_only_a_create_with_a_key_is_replayed() -> None:
    replayed = {"idempotency-replayed": "true"}
    with_key = {"idempotency-key": "a"}

    assert not replayed_with_key_only(exchange(V3_CREATE, headers=with_key))
    assert replayed_with_key_only(exchange(V3_CREATE, headers=with_key, response_headers=replayed))
    for other in (V3_CREATE, V3_READ):
        with pytest.raises(Mismatch, match="no Idempotency-Replayed"):
            replayed_with_key_only(exchange(other, response_headers=replayed))


def test_errors_of_v3_have_four_members() -> None:
    error = {"code": "NotFound", "message": "no", "param": "", "type": "NotFound"}

    assert endpoint_error_envelope(exchange(V3_READ, {"error": error}, 404))
    with pytest.raises(Mismatch, match="an error with code, message, param, type"):
        endpoint_error_envelope(exchange(V3_READ, {"error": {**error, "request_id": "x"}}, 404))


def test_v3_fails_closed() -> None:
    assert fail_closed(create({**BODY, "duration": 99}, status=400))
    assert not fail_closed(create({**BODY, "seed": None}))
    with pytest.raises(Mismatch, match=r"because of v3\.duration\.range"):
        fail_closed(create({**BODY, "duration": 99}))


def test_create_of_v3_comes_before_what_follows() -> None:
    history, created = TaskHistory(), create(BODY)
    history.add(created)

    assert history.add(exchange(V3_READ)).before == (created.untimed,)


FOLLOWUPS = [new_task_has_its_id, new_task_is_listed, repetition_is_replayed, deletion_is_empty]


def new_task(server: LiveServer, key: str) -> CheckedExchange:
    headers = {"Authorization": f"Bearer {key}"}
    response = requests.post(server.url + V3_CREATE.path, json=BODY, headers=headers)
    return exchange(V3_CREATE, response.json(), base_url=server.url, body=BODY)


@pytest.mark.parametrize("check", FOLLOWUPS, ids=lambda check: check.__name__)
def test_followup_of_a_new_task(seedance_server: LiveServer, check: Any) -> None:
    key = seedance_server.key("queue-60s")
    followup = Followup(V3, seedance_server.url, key, Transport())
    created = new_task(seedance_server, key)

    results = [check(followup, created) for _ in range(MAX_FOLLOWUPS + 1)]

    assert results == [True] * MAX_FOLLOWUPS + [False]


@pytest.mark.parametrize("check", FOLLOWUPS, ids=lambda check: check.__name__)
def test_response_without_an_id_has_no_followup(check: Any) -> None:
    followup = Followup(V3, "http://127.0.0.1:1", "sk-one", Transport())

    assert not check(followup, exchange(V3_CREATE, {"id": 7}, body=BODY))
    assert not check(followup, exchange(V3_CREATE, {"id": TASK_ID}, 400, body=BODY))


@pytest.mark.parametrize("check", FOLLOWUPS[:2], ids=lambda check: check.__name__)
def test_task_that_is_not_found_is_a_mismatch(seedance_server: LiveServer, check: Any) -> None:
    followup = Followup(V3, seedance_server.url, seedance_server.key(), Transport())
    created = exchange(V3_CREATE, {"id": TASK_ID}, base_url=seedance_server.url, body=BODY)

    with pytest.raises(Mismatch, match=TASK_ID):
        check(followup, created)


@pytest.mark.parametrize("check", FOLLOWUPS[2:], ids=lambda check: check.__name__)
def test_create_that_is_refused_again_says_nothing(seedance_server: LiveServer, check: Any) -> None:
    key = seedance_server.key("create-402+")
    followup = Followup(V3, seedance_server.url, key, Transport())
    created = exchange(V3_CREATE, {"id": TASK_ID}, base_url=seedance_server.url, body=BODY)

    assert not check(followup, created)


def test_repetition_that_makes_a_second_task_is_a_mismatch() -> None:
    tasks = ({"id": f"cgt-20260102030405-0000{number}"} for number in range(2))

    def create_anew(method: str, path: str, body: bytes) -> list[bytes]:
        return [http_response(200, json.dumps(next(tasks)).encode())]

    with hostile_server(create_anew) as url:
        followup = Followup(V3, url, "sk-one", Transport())
        created = exchange(V3_CREATE, {"id": TASK_ID}, base_url=url, body=BODY)

        with pytest.raises(Mismatch, match="cgt-20260102030405-00001"):
            repetition_is_replayed(followup, created)


def test_cancelled_task_of_v3_stays_readable(seedance_server: LiveServer) -> None:
    key = seedance_server.key("queue-60s")
    followup = Followup(V3, seedance_server.url, key, Transport())

    assert followup.check_cancellation(new_task(seedance_server, key))
