"""The endpoint of the control API for the checks of live traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.control.requests import (
    MAX_ENTRY_NUMBER,
    admission_of,
    existing,
    integer_parameter,
)
from seedance_mock.web.responses import json_response

if TYPE_CHECKING:
    from seedance_mock.live_checks.reports import LiveReports


async def read_checks(request: Request) -> Response:
    """`GET /_mock/checks?account=NAME`: what the checks say about the requests of an account.

    Only entries of the journal after the number `after` are judged, all by default.
    """
    name = request.query_params.get("account")
    if name is None:
        message = "account is required: the name of an account, such as key-1"
        raise ApiError(INVALID_REQUEST, message, details={"param": "account"})
    after = integer_parameter(request, "after", 0, MAX_ENTRY_NUMBER) or 0
    account = existing(await admission_of(request).store.account_by_name(name))
    report = await _reports(request).report(account, after)
    return json_response(
        {
            "account": account.name,
            "after": after,
            "requests": report.requests,
            "truncated": report.is_truncated,
            "checks": [judgement.as_json() for judgement in report.judgements],
        }
    )


def _reports(request: Request) -> LiveReports:
    # Imported when somebody asks for checks: a server starts without the 30 modules of the kit.
    from seedance_mock.live_checks.reports import LiveReports

    state = request.app.state
    if state.live_reports is None:
        state.live_reports = LiveReports(state.journal)
    reports: LiveReports = state.live_reports
    return reports
