"""What the endpoints of the control API read from a request."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import TYPE_CHECKING

from starlette.requests import Request

from seedance_contract.declared.errors import INVALID_REQUEST, UNKNOWN_PATH
from seedance_contract.declared.operations import Body
from seedance_contract.declared.rules.unsupported_rules import printable_name
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.service.admission import Admission
from seedance_mock.service.callbacks.deliveries import Callbacks
from seedance_mock.service.journal.entries import Journal
from seedance_mock.service.tasks import Service
from seedance_mock.web.bodies import parse_object, read_bytes, require_unencoded
from seedance_mock.web.control.schemas.bodies import BodySchema, validated
from seedance_mock.web.logs.access_log import log_entry_of

if TYPE_CHECKING:
    from seedance_mock.service.journal.content_log import ContentLog

MAX_CONTROL_BODY = 64 * 1024
"""The most bytes of a request body."""


def admission_of(request: Request) -> Admission:
    """Return the admission of the application."""
    admission: Admission = request.app.state.admission
    return admission


def service_of(request: Request) -> Service:
    """Return the service of the application."""
    service: Service = request.app.state.service
    return service


def callbacks_of(request: Request) -> Callbacks:
    """Return the callbacks of the application."""
    callbacks: Callbacks = request.app.state.callbacks
    return callbacks


def journal_of(request: Request) -> Journal:
    """Return the journal of the application."""
    journal: Journal = request.app.state.journal
    return journal


async def forget_requests(request: Request, account: str | None = None) -> None:
    """Delete the entries of an account, or all, and what is kept of their content."""
    await journal_of(request).clear(account)
    content_log: ContentLog | None = request.app.state.content_log
    if content_log is not None:
        content_log.clear(account)


async def read_json_body(request: Request, schema: BodySchema) -> Body:
    """Return the body of a request. Raises ApiError if it is too large or breaks the schema."""
    return validated(await read_json_object(request, MAX_CONTROL_BODY), schema)


async def read_json_object(request: Request, limit: int) -> Body:
    """Return the body of a request. Raises ApiError if it has more than `limit` bytes."""
    content_length = request.headers.get("content-length", "").encode()
    raw = await read_bytes(request.receive, content_length, limit)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        # Browsers send text/plain and form types to any origin without a CORS preflight. With this
        # type they ask first, and the control API never permits it.
        raise ApiError(INVALID_REQUEST, "Content-Type must be application/json")
    require_unencoded(request.scope["headers"])
    return parse_object(raw)


CONSOLE_HEADER = "Seedance-Console"
"""The header of requests that the console sends, to which nobody looks in the log."""


def leave_out_of_log(request: Request) -> None:
    """Write no line of the log for a request."""
    log_entry_of(request.scope).is_recorded = False


def require_known_parameters(request: Request, names: Collection[str]) -> None:
    """Raise ApiError if the query has a parameter that is not in `names`, or one of them twice.

    A mistyped filter would otherwise select everything.
    """
    present = [name for name, _ in request.query_params.multi_items()]
    for name in present:
        if name not in names:
            nearest = get_close_matches(name.lower()[:64], names, n=1, cutoff=0)
            advice = f"did you mean {nearest[0]!r}?" if nearest else "the request has none"
            # The name may be a secret that got into the wrong place.
            message = f"{printable_name(name)} is not a query parameter; {advice}"
            raise ApiError(INVALID_REQUEST, message, details={"param": printable_name(name)})
        if present.count(name) > 1:
            raise ApiError(INVALID_REQUEST, f"{name} is there twice", details={"param": name})


MAX_ENTRY_NUMBER = 10**15
"""The highest number of an entry. No server lives to see so many requests."""


def integer_parameter(request: Request, name: str, low: int, high: int) -> int | None:
    """Return the value of a query parameter, None if it is missing. Raises ApiError: 400."""
    text = request.query_params.get(name)
    if text is None:
        return None
    # The length is checked before int(), which raises ValueError for more than 4300 digits.
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(high))
    if not is_number or not low <= int(text) <= high:
        message = f"{name} is a whole number, {low} to {high}"
        raise ApiError(INVALID_REQUEST, message, details={"param": name})
    return int(text)


def choice_parameter(request: Request, name: str, choices: Collection[str]) -> str | None:
    """Return the value of a query parameter, None if it is missing. Raises ApiError: 400."""
    text = request.query_params.get(name)
    if text is not None and text not in choices:
        message = f"{name} is one of {', '.join(choices)}"
        raise ApiError(INVALID_REQUEST, message, details={"param": name})
    return text


async def requested_account(request: Request) -> Account:
    """Return the account that the path names. Raises ApiError: 404 if there is none."""
    store = admission_of(request).store
    return existing(await store.account_by_name(request.path_params["name"]))


def existing(account: Account | None) -> Account:
    """Return the account. Raises ApiError: 404 if there is none (any more)."""
    if account is None:
        raise ApiError(UNKNOWN_PATH, "No account of this name")
    return account
