"""The query of a list of tasks."""

from __future__ import annotations

from urllib.parse import parse_qsl

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_contract.declared.v3.fields import SERVICE_TIERS
from seedance_contract.declared.v3.routes import DEFAULT_PAGE_SIZE, LIST_PARAMETERS, MAX_PAGE
from seedance_contract.declared.v3.tasks import V3Status
from seedance_mock.domain.errors import ApiError
from seedance_mock.service.v3_tasks import ListQuery
from seedance_mock.web.v3.error_body import invalid_parameter

MAX_TASK_IDS = 500
"""How many tasks a list may name. Assumed: as many as a page has."""

_TASK_IDS = "filter.task_ids"


def parse_list_query(query_string: bytes) -> ListQuery:
    """Return the query of a list.

    Raises ApiError for an unknown parameter, one that is repeated but for the ids of tasks, and a
    value that is not allowed.
    """
    values: dict[str, str] = {}
    task_ids: list[str] = []
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    for name, value in pairs:
        if name == _TASK_IDS:
            task_ids.append(value)
        elif name not in LIST_PARAMETERS:
            raise _unknown_parameter(name)
        elif name in values:
            raise invalid_parameter(name, "must not be repeated")
        else:
            values[name] = value
    if len(task_ids) > MAX_TASK_IDS:
        raise invalid_parameter(_TASK_IDS, f"must be there at most {MAX_TASK_IDS} times")
    return ListQuery(
        page_num=_page_number(values, "page_num", 1),
        page_size=_page_number(values, "page_size", DEFAULT_PAGE_SIZE),
        status=_choice(values, "filter.status", tuple(V3Status)),
        task_ids=task_ids or None,
        model=values.get("filter.model"),
        service_tier=_choice(values, "filter.service_tier", SERVICE_TIERS),
    )


def _unknown_parameter(name: str) -> ApiError:
    known = ", ".join(LIST_PARAMETERS)
    # The name comes from the client and may be a secret in the wrong place: it is not repeated.
    return ApiError(
        INVALID_REQUEST,
        f"an unknown parameter: the query may have {known}",
        details={"param": "query"},
    )


def _page_number(values: dict[str, str], name: str, default: int) -> int:
    text = values.get(name)
    if text is None:
        return default
    # ASCII digits only, as `int` takes those of other alphabets too.
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MAX_PAGE):
        raise invalid_parameter(name, f"must be an integer from 1 to {MAX_PAGE}")
    return int(text)


def _choice(values: dict[str, str], name: str, allowed: tuple[str, ...]) -> str | None:
    value = values.get(name)
    if value is not None and value not in allowed:
        raise invalid_parameter(name, "must be one of " + ", ".join(allowed))
    return value
