"""Lists: the tasks of a workspace under /api/v3, filtered and in pages."""

from __future__ import annotations

from functools import partial

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.sources import openapi
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.routes import V3_DELETE, V3_LIST, V3_READ
from seedance_contract.server.check_context import CheckContext, server_check
from seedance_contract.server.responses.v3_expectations import (
    EXAMPLE_V3_TASK_ID,
    create_v3_task,
    expect_v3_error,
    list_v3_tasks,
    read_v3_task,
    send_about_v3_task,
)

GROUP = Group(name="lists", prefix="lists", title="lists")

BODY = example_v3_request()


def _filters(context: CheckContext) -> None:
    context.require_spending()
    key = context.open_account()
    first, second, third = (create_v3_task(context, key, BODY) for _ in range(3))
    named = [("filter.task_ids", task_id) for task_id in (first, third)]
    _expect_list(context, key, {first, third}, *named)
    _expect_list(context, key, {second}, ("filter.task_ids", second))
    _expect_list(context, key, set(), ("filter.task_ids", EXAMPLE_V3_TASK_ID))
    if context.control is None:
        # The account may have further tasks, and these may have started.
        return
    _expect_list(context, key, {first, second, third})
    _expect_list(context, key, {first, second, third}, ("filter.status", "queued"))
    _expect_list(context, key, set(), ("filter.status", "succeeded"))
    _expect_list(context, key, {first, second, third}, ("filter.model", BODY["model"]))
    _expect_pages(context, key, {first, second, third})


def _expect_list(
    context: CheckContext, key: str, expected: set[str], *filters: tuple[str, object]
) -> None:
    ids, total = list_v3_tasks(context, key, *filters)
    context.exercised += 1
    if sorted(ids) != sorted(expected) or total != len(expected):
        names = " and ".join(dict(filters)) or "no filter"
        requirement = f"{len(expected)} tasks with {names}: {', '.join(sorted(expected))}"
        raise Mismatch(requirement, f"{', '.join(ids) or 'none'}, total {total}")


def _expect_pages(context: CheckContext, key: str, expected: set[str]) -> None:
    pages = [
        list_v3_tasks(context, key, ("page_num", number), ("page_size", 2)) for number in (1, 2, 3)
    ]
    context.exercised += 1
    sizes = [(len(ids), total) for ids, total in pages]
    if sizes != [(2, 3), (1, 3), (0, 3)]:
        raise Mismatch("pages of 2, 1 and 0 tasks, each with total 3", f"{sizes}")
    if {task_id for ids, _ in pages for task_id in ids} != expected:
        raise Mismatch("each task on one page", f"{pages}")


LIST_FAULTS = ("page_num=0", "page_num=501", "page_size=0", "page_size=501", "filter.status=done")
"""Queries that no document allows."""


def _faults(context: CheckContext) -> None:
    key = context.open_account()
    for query in LIST_FAULTS:
        path = f"{V3_LIST.path}?{query}"
        expect_v3_error(context.target.send("GET", path, key=key), 400)
        context.exercised += 1


def _isolation(context: CheckContext) -> None:
    context.require_spending()
    owner_key, stranger_key = context.open_two_accounts()
    task_id = create_v3_task(context, owner_key, BODY)
    for endpoint in (V3_READ, V3_DELETE):
        response = send_about_v3_task(context, endpoint, task_id, stranger_key)
        context.exercised += 1
        if response.status < 400:
            raise Mismatch("a refusal", response.summary, cause="workspaces-not-separated")
    _expect_list(context, stranger_key, set(), ("filter.task_ids", task_id))
    read_v3_task(context, task_id, owner_key)


_check = partial(server_check, GROUP)
_LIST = openapi("GET /api/v3/contents/generations/tasks")

CHECKS = (
    _check(
        "filters",
        "The list has the tasks that match its filters, in pages, and their number as total.",
        _LIST,
        _filters,
        cause="list-wrong",
    ),
    _check(
        "faults",
        "Pages outside 1 to 500 and unknown states are refused.",
        _LIST,
        _faults,
        cause="invalid-request-accepted",
    ),
    _check(
        "isolation",
        "A key neither sees nor deletes the tasks of another workspace.",
        _LIST,
        _isolation,
        cause="workspaces-not-separated",
        safe=True,
    ),
)
