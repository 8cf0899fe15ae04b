"""The routes of the control API as one table, and Starlette's routes for it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seedance_mock.service.journal.entries import JOURNAL_FILTERS
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.control.guard import require_local_or_token
from seedance_mock.web.control.requests import (
    CONSOLE_HEADER,
    leave_out_of_log,
    require_known_parameters,
)
from seedance_mock.web.control.route import ControlEndpoint, ControlRoute
from seedance_mock.web.control.schemas.bodies import (
    CHANGE_ACCOUNT_BODY,
    CHANGE_CLOCK_BODY,
    END_MATERIAL_BODY,
    EXPLAIN_BODY,
    FORCE_TASK_BODY,
    OPEN_ACCOUNT_BODY,
)
from seedance_mock.web.responses import EVENT_STREAM_TYPE

# No endpoint is imported here. The start of a server is measured (`make bench`), and the endpoints
# import much that most servers never use: the checks of clients, the explanations, schemas.
CONTROL_ROUTES: tuple[ControlRoute, ...] = (
    ControlRoute(
        "GET",
        "/server",
        "Read the version and settings of the server",
        "server:read_server",
        response="Server",
    ),
    ControlRoute(
        "GET",
        "/words",
        "List every word and its effect",
        "words:list_words",
        response="Words",
    ),
    ControlRoute(
        "POST",
        "/explain",
        "Say what words will do",
        "words:explain_words",
        EXPLAIN_BODY,
        response="Explanation",
    ),
    ControlRoute(
        "GET",
        "/request-form",
        "List the fields of a create request",
        "request_form:read_request_form",
        response="RequestForm",
    ),
    ControlRoute(
        "POST",
        "/validate",
        "Check a create request without a task",
        "request_form:check_request",
        response="Validation",
    ),
    ControlRoute(
        "GET",
        "/accounts",
        "List the accounts",
        "accounts:list_accounts",
        response="AccountList",
    ),
    ControlRoute(
        "POST",
        "/accounts",
        "Open the account of a key or change it; add a key to a workspace",
        "accounts:open_account",
        OPEN_ACCOUNT_BODY,
        response="AccountWithLedger",
    ),
    ControlRoute(
        "DELETE",
        "/accounts",
        "Delete every account, task and entry",
        "accounts:reset_server",
        response="AccountList",
    ),
    ControlRoute(
        "GET",
        "/accounts/{name}",
        "Read an account and its ledger",
        "accounts:read_account",
        response="AccountWithLedger",
    ),
    ControlRoute(
        "POST",
        "/accounts/{name}",
        "Change the script or the credit of an account",
        "accounts:change_account",
        CHANGE_ACCOUNT_BODY,
        response="AccountWithLedger",
    ),
    ControlRoute(
        "DELETE",
        "/accounts/{name}",
        "Reset an account to its first state",
        "accounts:reset_account",
        response="AccountWithLedger",
    ),
    ControlRoute(
        "GET",
        "/accounts/{name}/clock",
        "Read the clock of an account",
        "accounts:read_clock",
        response="Clock",
    ),
    ControlRoute(
        "POST",
        "/accounts/{name}/clock",
        "Advance the clock of an account, or set its mode",
        "accounts:change_clock",
        CHANGE_CLOCK_BODY,
        response="Clock",
    ),
    ControlRoute(
        "GET",
        "/deliveries",
        "List the deliveries of callbacks",
        "deliveries:list_deliveries",
        query=("account", "task"),
        response="DeliveryList",
    ),
    ControlRoute(
        "POST",
        "/deliveries/{id}/redeliver",
        "Send a callback once more",
        "deliveries:redeliver",
        response="DeliveryList",
    ),
    ControlRoute(
        "GET",
        "/tasks",
        "List the tasks",
        "tasks:list_tasks",
        query=("account", "last"),
        response="TaskList",
    ),
    ControlRoute(
        "POST",
        "/tasks/{id}",
        "Force the status of a task",
        "tasks:force_task",
        FORCE_TASK_BODY,
        response="Task",
    ),
    ControlRoute(
        "GET",
        "/tasks/{id}/files/{name}",
        "Read a result without a trace",
        "tasks:read_task_file",
        media_types=("video/mp4", "image/png"),
    ),
    ControlRoute(
        "GET",
        "/materials",
        "List the materials",
        "materials:list_materials",
        query=("account",),
        response="MaterialList",
    ),
    ControlRoute(
        "POST",
        "/materials/{id}",
        "End the import of a material",
        "materials:end_material",
        END_MATERIAL_BODY,
        response="Material",
    ),
    ControlRoute(
        "GET",
        "/journal",
        "Read a page of the journal",
        "journal:read_journal",
        query=(*JOURNAL_FILTERS, "after", "limit", "last"),
        response="JournalPage",
    ),
    ControlRoute(
        "DELETE",
        "/journal",
        "Clear the journal",
        "journal:clear_journal",
        query=("account",),
        response="JournalPage",
    ),
    ControlRoute(
        "GET",
        "/requests/{request_id}",
        "Read all that is known of a request",
        "requests:read_request",
        response="RequestDetails",
    ),
    ControlRoute(
        "GET",
        "/export",
        "Export the journal as an HTTP Archive (HAR 1.2)",
        "requests:export_journal",
        query=JOURNAL_FILTERS,
        response="Archive",
    ),
    ControlRoute(
        "GET",
        "/why/{request_id}",
        "Explain the response to a request",
        "journal:explain_request",
        response="ExplainedRequest",
    ),
    ControlRoute(
        "GET",
        "/events",
        "Follow the journal as server-sent events",
        "event_stream:stream_events",
        query=(*JOURNAL_FILTERS, "after"),
        media_types=(EVENT_STREAM_TYPE,),
    ),
    ControlRoute(
        "GET",
        "/checks",
        "Judge the requests of an account by the checks of check-client",
        "checks:read_checks",
        query=("account", "after"),
        response="CheckReport",
    ),
)


def control_routes() -> list[Route]:
    """Return Starlette's routes for the control API, each behind the guard."""
    # One route for each path, as Starlette's 405 names the methods of one route only.
    paths: dict[str, dict[str, ControlRoute]] = {}
    for route in (*CONTROL_ROUTES, _DOCUMENT):
        paths.setdefault(CONTROL_PREFIX + route.path, {})[route.method] = route
    return [
        Route(path, _guarded(by_method), methods=list(by_method))
        for path, by_method in paths.items()
    ]


# Not in the table: a document does not describe itself.
_DOCUMENT = ControlRoute(
    "GET", "/openapi.json", "Describe the control API", "openapi_document:read_control_openapi"
)


def _guarded(by_method: Mapping[str, ControlRoute]) -> ControlEndpoint:
    """Return one endpoint for all methods of a path, which checks the permission first."""

    async def endpoint(request: Request) -> Response:
        # First the guard: a client without permission must not hide its attempts from the log.
        require_local_or_token(request)
        if CONSOLE_HEADER in request.headers:
            leave_out_of_log(request)
        # Starlette adds HEAD to each route with GET. The server leaves out the body.
        route = by_method["GET" if request.method == "HEAD" else request.method]
        require_known_parameters(request, route.query)
        return await route.load_endpoint()(request)

    return endpoint
