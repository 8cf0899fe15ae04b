"""Checks of the OpenAPI run that only the document of v3 needs.

Most are functions of a single exchange. Those with a `Followup` make requests of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote, urlsplit
from uuid import uuid4

from seedance_contract.case import Mismatch
from seedance_contract.declared.routes import (
    AUTO_DELIVERY,
    DELIVERY_POLICIES,
    DELIVERY_POLICY_HEADER,
)
from seedance_contract.declared.v3.routes import (
    DEFAULT_PAGE_SIZE,
    IDEMPOTENCY_HEADER,
    MAX_IDEMPOTENCY_KEY,
    REPLAYED_HEADER,
    V3_CREATE,
    V3_DELETE,
    V3_LIST,
    V3_READ,
)
from seedance_contract.server.http.exchange import (
    CheckedExchange,
    ReceivedResponse,
    SentRequest,
    objects,
    parse_json,
    shortened,
)
from seedance_contract.server.openapi.exchange_checks import broken_rules, names_material
from seedance_contract.server.openapi.followup import Followup

MAX_FOLLOWUPS = 3
"""The number of tasks that each check with requests of its own looks at."""

_REPLAYED = REPLAYED_HEADER.lower()


def null_is_absent(exchange: CheckedExchange) -> bool:
    """Check that a legal create request in which fields are null is not a 400."""
    request, response = exchange.request, exchange.response
    if exchange.endpoint is not V3_CREATE or not exchange.has_documented_method:
        return False
    body = parse_json(request.body)
    if (
        broken_rules(V3_CREATE, body) != []
        or names_material(body)
        or not _has_legal_headers(request)
    ):
        return False
    nulls = [name for name, value in _members(body).items() if value is None]
    if nulls and response.status == 400:
        raise Mismatch(f"no 400, as if {', '.join(nulls)} were absent", response.summary)
    return bool(nulls) and response.status < 300


def _members(body: object) -> Mapping[str, object]:
    return body if isinstance(body, dict) else {}


def _has_legal_headers(request: SentRequest) -> bool:
    headers = {name.lower(): value for name, value in request.headers.items()}
    policy = headers.get(DELIVERY_POLICY_HEADER.lower(), AUTO_DELIVERY)
    key = headers.get(IDEMPOTENCY_HEADER.lower(), "any")
    return policy in DELIVERY_POLICIES and 1 <= len(key) <= MAX_IDEMPOTENCY_KEY


def empty_deletion(exchange: CheckedExchange) -> bool:
    """Check that the response to a delete has no body, as OpenAPI cannot require."""
    if not _is_success(exchange) or exchange.endpoint is not V3_DELETE:
        return False
    return _is_empty(exchange.response)


def _is_empty(response: ReceivedResponse) -> bool:
    if response.body:
        raise Mismatch("an empty body", response.summary)
    return True


def id_of_the_path(exchange: CheckedExchange) -> bool:
    """Check that a task that was read has the id in the path."""
    if not _is_success(exchange) or exchange.endpoint is not V3_READ:
        return False
    task_id = unquote(urlsplit(exchange.request.url).path.rpartition("/")[2])
    _require_id(exchange.response, task_id)
    return True


def _require_id(response: ReceivedResponse, task_id: str) -> None:
    if response.status != 200 or response.json_object.get("id") != task_id:
        raise Mismatch(f"200 and the task {task_id}", response.summary)


def list_matches_query(exchange: CheckedExchange) -> bool:
    """Check that a list has no more items than a page, and only those that its filters allow."""
    if not _is_success(exchange) or exchange.endpoint is not V3_LIST:
        return False
    query = parse_qs(urlsplit(exchange.request.url).query, keep_blank_values=True)
    tasks = objects(exchange.response.json_object.get("items"))
    [page_size, *_] = query.get("page_size", [str(DEFAULT_PAGE_SIZE)])
    if _IS_PAGE_SIZE(page_size) and len(tasks) > int(page_size):
        raise Mismatch(f"at most {page_size} items", f"{len(tasks)} items")
    for name, parameter in _FILTERS.items():
        allowed = query.get(parameter)
        wrong = [task for task in tasks if allowed is not None and task.get(name) not in allowed]
        if allowed is not None and wrong:
            expected = shortened(f"items with {parameter} {' or '.join(allowed)}")
            raise Mismatch(expected, shortened(str(wrong[0])))
    return True


# A server that accepts anything else fails another case.
_IS_PAGE_SIZE = re.compile("[0-9]{1,3}").fullmatch

# What a filter of the model compares is not documented: the id in the request, or that of the model
# behind it. A task that waits does not show its service tier.
_FILTERS = {"id": "filter.task_ids", "status": "filter.status"}


def replayed_with_key_only(exchange: CheckedExchange) -> bool:
    """Check that only a create with an Idempotency-Key is said to be replayed."""
    if not exchange.has_documented_method or _REPLAYED not in exchange.response.headers:
        return False
    names = {name.lower() for name in exchange.request.headers}
    if exchange.endpoint is not V3_CREATE or IDEMPOTENCY_HEADER.lower() not in names:
        value = exchange.response.headers[_REPLAYED]
        raise Mismatch(f"no {REPLAYED_HEADER}", f"{REPLAYED_HEADER}: {value}")
    return True


def new_task_has_its_id(followup: Followup, exchange: CheckedExchange) -> bool:
    """Check that a new task is read with its id."""
    task_id = _created_id(exchange.response)
    if not task_id or not followup.is_due("id", MAX_FOLLOWUPS, exchange, V3_CREATE):
        return False
    _require_id(followup.send_about_task(V3_READ, task_id), task_id)
    return True


def new_task_is_listed(followup: Followup, exchange: CheckedExchange) -> bool:
    """Check that a list of one id has the new task, and nothing else."""
    task_id = _created_id(exchange.response)
    if not task_id or not followup.is_due("list", MAX_FOLLOWUPS, exchange, V3_CREATE):
        return False
    query = f"?filter.task_ids={quote(task_id, safe='', errors='replace')}"
    url = urlsplit(exchange.request.url)._replace(query="", fragment="").geturl() + query
    response = followup.send(V3_LIST.method, url)
    ids = [task.get("id") for task in objects(response.json_object.get("items"))]
    if response.status != 200 or (ids, response.json_object.get("total")) != ([task_id], 1):
        raise Mismatch(f"200, {task_id} alone, and total 1", response.summary)
    return True


def repetition_is_replayed(followup: Followup, exchange: CheckedExchange) -> bool:
    """Send the body of a create twice with a new key, and check that both make one task."""
    if not _created_id(exchange.response):
        return False
    if not followup.is_due("replay", MAX_FOLLOWUPS, exchange, V3_CREATE):
        return False
    # Earlier runs may have used the same account.
    headers = {IDEMPOTENCY_HEADER: f"openapi-{uuid4()}"}
    first, second = (_send_again(followup, exchange, headers) for _ in range(2))
    task_id = _created_id(first)
    if not task_id:
        # Such as a limit of the account. Whether the create is legal is another case.
        return False
    actual = (_created_id(second), second.headers.get(_REPLAYED))
    if actual != (task_id, "true") or _REPLAYED in first.headers:
        expected = f"{task_id} again, with {REPLAYED_HEADER}: true"
        raise Mismatch(expected, f"{second.summary}, with {REPLAYED_HEADER}: {actual[1]}")
    return True


def deletion_is_empty(followup: Followup, exchange: CheckedExchange) -> bool:
    """Create a task with the body of a create, and check the response to its deletion.

    The random sequences of a run may contain no deletion at all.
    """
    if not _created_id(exchange.response):
        return False
    if not followup.is_due("delete", MAX_FOLLOWUPS, exchange, V3_CREATE):
        return False
    task_id = _created_id(_send_again(followup, exchange))
    if not task_id:
        return False
    response = followup.send_about_task(V3_DELETE, task_id)
    return response.status == 200 and _is_empty(response)


def _send_again(
    followup: Followup, exchange: CheckedExchange, headers: Mapping[str, str] | None = None
) -> ReceivedResponse:
    request = exchange.request
    own_headers = {"Content-Type": "application/json", **(headers or {})}
    return followup.send(V3_CREATE.method, request.url, own_headers, request.body)


def _created_id(response: ReceivedResponse) -> str:
    """Return the id of a new task, empty if there is none: `openapi.v3-body` reports that."""
    task_id = response.json_object.get("id") if response.status == 200 else None
    return task_id if isinstance(task_id, str) else ""


def _is_success(exchange: CheckedExchange) -> bool:
    return exchange.has_documented_method and exchange.response.status == 200
