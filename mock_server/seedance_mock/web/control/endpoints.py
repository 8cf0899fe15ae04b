"""The control API under /_mock: words, accounts, time, tasks, journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from seedance_contract.declared.errors import INVALID_REQUEST, UNKNOWN_PATH
from seedance_contract.declared.operations import Body
from seedance_contract.declared.tasks import Status
from seedance_mock.domain.accounts import Account, balance
from seedance_mock.domain.clock import account_time, mode_name, with_advance, with_mode
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import parse_script
from seedance_mock.domain.task import Stage, Task, charge, stage, status
from seedance_mock.scripting.vocabulary import vocabulary_json
from seedance_mock.service.admission import Admission, with_script
from seedance_mock.service.journal import Journal, explain_entry
from seedance_mock.service.tasks import Service
from seedance_mock.web.bodies import parse_object, read_bytes
from seedance_mock.web.connection import connection_of, response_held
from seedance_mock.web.control.guard import require_local_or_token
from seedance_mock.web.control.schemas import CHANGE, OPENING, STATE, TIME, BodySchema, validated
from seedance_mock.web.responses import encode_json, json_response

JSON = dict[str, object]
Handler = Callable[[Request], Awaitable[Response]]

PREFIX = "/_mock"
MAX_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """A route of the control API."""

    method: str
    path: str
    summary: str
    handler: Handler
    body: BodySchema | None = None
    query: tuple[str, ...] = ()


def _admission(request: Request) -> Admission:
    admission: Admission = request.app.state.admission
    return admission


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _journal(request: Request) -> Journal:
    journal: Journal = request.app.state.journal
    return journal


async def _body(request: Request, shape: BodySchema) -> Body:
    announced = request.headers.get("content-length", "").encode()
    raw = await read_bytes(request.receive, announced, MAX_BODY)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # A web page can send other types here without asking first, this one it cannot.
        raise ApiError(INVALID_REQUEST, "Content-Type must be application/json")
    return validated(parse_object(raw), shape)


async def _account(request: Request) -> Account:
    account = await _admission(request).account_by_name(request.path_params["name"])
    if account is None:
        raise ApiError(UNKNOWN_PATH, "No account of this name")
    return account


async def words(request: Request) -> Response:
    """`GET /_mock/words`."""
    return json_response(vocabulary_json())


async def accounts(request: Request) -> Response:
    """`GET /_mock/accounts`."""
    every = await _admission(request).store.accounts()
    return json_response({"accounts": [_summary(_service(request), one) for one in every]})


async def open_account(request: Request) -> Response:
    """`POST /_mock/accounts`: open the account of a key, or change it."""
    body = await _body(request, OPENING)
    parse_script(str(body.get("words", "")))
    account = await _admission(request).open_account(str(body["key"]))
    return await _changed(request, account.name, body)


async def change_account(request: Request) -> Response:
    """`POST /_mock/accounts/{name}`: give it words, set its balance, top it up."""
    account = await _account(request)
    return await _changed(request, account.name, await _body(request, CHANGE))


async def _changed(request: Request, name: str, body: Body) -> Response:
    admission = _admission(request)
    script = parse_script(str(body["words"])) if "words" in body else None

    def alter(account: Account) -> Account:
        if script is not None:
            text, now = str(body["words"]), admission.clock()
            account = with_script(account, text, script, admission.settings, now)
        if "mode" in body:
            timeline = with_mode(account.timeline, str(body["mode"]), admission.clock())
            account = account._replace(timeline=timeline)
        if "balance_usd" in body:
            spent = account.reserved + account.charged
            account = account._replace(granted=spent + Decimal(str(body["balance_usd"])))
        if "top_up_usd" in body and account.granted is not None:
            account = account._replace(granted=account.granted + Decimal(str(body["top_up_usd"])))
        return account

    after = await admission.change_account(name, alter)
    assert after is not None, "the account was there a moment ago"
    return json_response(await _shown(_service(request), after))


async def read_account(request: Request) -> Response:
    """`GET /_mock/accounts/{name}`: its money, its time, its script, a ledger of its tasks."""
    return json_response(await _shown(_service(request), await _account(request)))


async def reset_account(request: Request) -> Response:
    """`DELETE /_mock/accounts/{name}`: as its key first opened it."""
    account = await _admission(request).reset(await _account(request))
    _journal(request).clear(account.name)
    return json_response(await _shown(_service(request), account))


async def reset_all(request: Request) -> Response:
    """`DELETE /_mock/accounts`: forget everything."""
    await _admission(request).reset_all()
    _journal(request).clear()
    return json_response({"accounts": []})


async def read_clock(request: Request) -> Response:
    """`GET /_mock/accounts/{name}/clock`."""
    return json_response(_clock(_service(request), await _account(request)))


async def set_clock(request: Request) -> Response:
    """`POST /_mock/accounts/{name}/clock`: advance it, or set its mode.

    When it has answered, the new state holds.
    """
    account = await _account(request)
    body = await _body(request, TIME)
    admission = _admission(request)

    def alter(account: Account) -> Account:
        timeline = account.timeline
        if "mode" in body:
            timeline = with_mode(timeline, str(body["mode"]), admission.clock())
        if "advance_s" in body:
            timeline = with_advance(timeline, float(str(body["advance_s"])))
        return account._replace(timeline=timeline)

    after = await admission.change_account(account.name, alter)
    assert after is not None, "the account was there a moment ago"
    return json_response(_clock(_service(request), after))


async def tasks(request: Request) -> Response:
    """`GET /_mock/tasks`, of one `account` or all."""
    service = _service(request)
    asked, rows = request.query_params.get("account"), []
    for account in await service.store.accounts():
        if asked in (None, account.name):
            owned = await service.store.tasks(account.owner)
            rows += [{"account": account.name, **_row(service, account, task)} for task in owned]
    return json_response({"tasks": rows})


async def force_task(request: Request) -> Response:
    """`POST /_mock/tasks/{id}`: give a task a state from now on."""
    service = _service(request)
    body = await _body(request, STATE)
    task = await service.store.task(request.path_params["id"])
    account = None if task is None else await service.store.account(task.owner)
    if task is None or account is None:
        raise ApiError(UNKNOWN_PATH, "No task of this id")
    after, _ = await service.force(account, task.id, Status(str(body["status"])))
    return json_response(_row(service, account, after))


async def journal(request: Request) -> Response:
    """`GET /_mock/journal`, filtered by `account`, `task_id`, `place` and `status`."""
    query = request.query_params
    code = query.get("status")
    if code is not None and not (code.isdecimal() and len(code) == 3):
        raise ApiError(INVALID_REQUEST, "status has three digits", details={"param": "status"})
    found = _journal(request).entries(
        account=query.get("account"),
        task_id=query.get("task_id"),
        place=query.get("place"),
        status=None if code is None else int(code),
    )
    return json_response({"entries": [entry.as_json() for entry in found]})


async def clear_journal(request: Request) -> Response:
    """`DELETE /_mock/journal`, of one `account` or all."""
    _journal(request).clear(request.query_params.get("account"))
    return json_response({"entries": []})


async def why(request: Request) -> Response:
    """`GET /_mock/why/{request_id}`: why a request was answered so, in plain sentences."""
    entry = _journal(request).find(request.path_params["request_id"])
    if entry is None:
        raise ApiError(UNKNOWN_PATH, "No request of this id, or it is no longer remembered")
    return json_response(
        {"request_id": entry.request_id, "why": explain_entry(entry), "entry": entry.as_json()}
    )


async def events(request: Request) -> Response:
    """`GET /_mock/events`: the journal's entries as they come, as server-sent events."""

    async def stream() -> AsyncIterator[bytes]:
        yield b": listening\n\n"
        with response_held(connection_of(request.scope)):
            async for entry in _journal(request).listen():
                head = f"id: {entry.number}\nevent: exchange\ndata: ".encode()
                yield head + encode_json(entry.as_json()) + b"\n\n"

    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    return StreamingResponse(stream(), media_type="text/event-stream")


def _summary(service: Service, account: Account) -> JSON:
    left = balance(account)
    return {
        "name": account.name,
        "words": account.words,
        "clock": _clock(service, account),
        "granted_usd": _usd(account.granted),
        "balance_usd": _usd(left),
        "reserved_usd": _usd(account.reserved),
        "charged_usd": _usd(account.charged),
        "quota_usd": _usd(account.quota),
        "requests_a_minute": account.rate_limit,
    }


async def _shown(service: Service, account: Account) -> JSON:
    await service.settle_due(account)
    account = await service.store.account(account.owner) or account
    ledger = [_row(service, account, task) for task in await service.store.tasks(account.owner)]
    return {**_summary(service, account), "ledger": ledger}


def _row(service: Service, account: Account, task: Task) -> JSON:
    now = service.now(account, task)
    ended = stage(task, now) is Stage.ENDED
    return {
        "task_id": task.id,
        "model": task.model,
        "status": status(task, now),
        "created": task.created,
        "reserved_usd": _usd(Decimal(0) if ended else task.estimate),
        "charged_usd": _usd(charge(task) if ended else Decimal(0)),
    }


def _clock(service: Service, account: Account) -> JSON:
    return {
        "mode": mode_name(account.timeline),
        "now": account_time(account.timeline, service.clock()),
    }


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


CONTROL_ROUTES: tuple[ControlRoute, ...] = (
    ControlRoute("GET", "/words", "Every word, and what it does", words),
    ControlRoute("GET", "/accounts", "Every account", accounts),
    ControlRoute(
        "POST", "/accounts", "Open the account of a key, or change it", open_account, OPENING
    ),
    ControlRoute("DELETE", "/accounts", "Forget everything", reset_all),
    ControlRoute("GET", "/accounts/{name}", "Money, time, script and ledger", read_account),
    ControlRoute("POST", "/accounts/{name}", "Change script or balance", change_account, CHANGE),
    ControlRoute("DELETE", "/accounts/{name}", "Back to how the key opened it", reset_account),
    ControlRoute("GET", "/accounts/{name}/clock", "The account's time", read_clock),
    ControlRoute("POST", "/accounts/{name}/clock", "Advance it, or set its mode", set_clock, TIME),
    ControlRoute("GET", "/tasks", "The tasks", tasks, query=("account",)),
    ControlRoute("POST", "/tasks/{id}", "Force a state", force_task, STATE),
    ControlRoute(
        "GET",
        "/journal",
        "What happened",
        journal,
        query=("account", "task_id", "place", "status"),
    ),
    ControlRoute("DELETE", "/journal", "Forget what happened", clear_journal, query=("account",)),
    ControlRoute("GET", "/why/{request_id}", "Why a request was answered so", why),
    ControlRoute("GET", "/events", "The journal as it grows, as server-sent events", events),
)


def control_openapi() -> JSON:
    """Return the OpenAPI document of the control API."""
    paths: dict[str, JSON] = {}
    for one in CONTROL_ROUTES:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Control API of seedance-mock", "version": "1"},
        "paths": paths,
    }


def _operation(control: ControlRoute) -> JSON:
    inside = [name.strip("{}") for name in control.path.split("/") if name.startswith("{")]
    text = {"type": "string"}
    operation: JSON = {
        "operationId": f"{control.method.lower()}{control.path.replace('/', '_')}",
        "summary": control.summary,
        "tags": ["control"],
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": text} for name in inside),
            *({"name": name, "in": "query", "schema": text} for name in control.query),
        ],
        "responses": {"200": {"description": control.summary}},
    }
    if control.body is not None:
        content = {"application/json": {"schema": control.body.schema()}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


async def _document(request: Request) -> Response:
    """`GET /_mock/openapi.json`."""
    return json_response(control_openapi())


def control_routes() -> list[Route]:
    """Return the routes of the control API, each behind its guard."""
    paths: dict[str, dict[str, Handler]] = {}
    for one in CONTROL_ROUTES:
        paths.setdefault(PREFIX + one.path, {})[one.method] = one.handler
    paths[f"{PREFIX}/openapi.json"] = {"GET": _document}
    return [
        Route(path, _guarded(handlers), methods=list(handlers)) for path, handlers in paths.items()
    ]


def _guarded(handlers: Mapping[str, Handler]) -> Handler:
    async def handle(request: Request) -> Response:
        require_local_or_token(request)
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return handle
