"""The endpoints of the control API for accounts and their clocks."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_contract.declared.operations import Body
from seedance_mock.domain.accounts import OPENING_KEY, Account
from seedance_mock.domain.clock import Timeline, with_advance, with_mode
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import parse_script
from seedance_mock.service.admission import Admission
from seedance_mock.service.keys import key_digest
from seedance_mock.service.pauses import with_pauses
from seedance_mock.service.tasks import Service
from seedance_mock.service.workspaces import open_in_workspace, with_scripted_words
from seedance_mock.settings import Settings
from seedance_mock.web.control.requests import (
    admission_of,
    callbacks_of,
    existing,
    forget_requests,
    read_json_body,
    requested_account,
    service_of,
)
from seedance_mock.web.control.schemas.bodies import (
    CHANGE_ACCOUNT_BODY,
    CHANGE_CLOCK_BODY,
    OPEN_ACCOUNT_BODY,
)
from seedance_mock.web.control.serializers import (
    account_summary,
    account_with_ledger,
    clock_state,
)
from seedance_mock.web.responses import json_response


async def list_accounts(request: Request) -> Response:
    """`GET /_mock/accounts`."""
    service = service_of(request)
    accounts = await service.store.accounts()
    rows = [
        account_summary(service, await _settled(service, account))
        async for account in with_pauses(accounts)
    ]
    return json_response({"accounts": rows})


async def _settled(service: Service, account: Account) -> Account:
    """Return the account after the tasks that have ended since somebody looked."""
    # Nothing is reserved for most accounts, and for those the store need not be asked.
    if not account.reserved or not await service.settle_due(account):
        return account
    return await service.store.account(account.owner) or account


async def open_account(request: Request) -> Response:
    """`POST /_mock/accounts`: open the account of a key, or change it; add a key to a workspace."""
    body = await read_json_body(request, OPEN_ACCOUNT_BODY)
    admission, key = admission_of(request), str(body["key"])
    settings: Settings = request.app.state.settings
    if settings.keys and key not in settings.keys:
        # Its account would look like any other, and every request with it would be a 401.
        message = "key: this server accepts the keys of --key only"
        raise ApiError(INVALID_REQUEST, message, details={"param": "key"})
    words = None if "words" not in body else str(body["words"])
    # Raises for an unknown word. A refused request must not leave an account behind.
    parse_script(words or "")
    if "workspace" in body:
        account = await open_in_workspace(admission, key, str(body["workspace"]), words)
    else:
        account = await admission.open_account(key)
    return await _account_response(request, account.name, body, key_digest(key))


async def change_account(request: Request) -> Response:
    """`POST /_mock/accounts/{name}`: replace its words, set its balance, top it up."""
    account = await requested_account(request)
    body = await read_json_body(request, CHANGE_ACCOUNT_BODY)
    return await _account_response(request, account.name, body)


async def _account_response(
    request: Request, name: str, changes: Body, key: str = OPENING_KEY
) -> Response:
    """Apply changes to an account and return a response with it.

    `key` is the digest of the key that words are for.
    """
    admission = admission_of(request)

    # `change_account` calls this again if a request has replaced the account in the meantime.
    def alter(account: Account) -> Account:
        if "words" in changes:
            account = with_scripted_words(admission, account, str(changes["words"]), key)
        if "mode" in changes:
            account = replace(account, timeline=_with_mode(account, changes, admission))
        if "balance_usd" in changes:
            # A balance is what is left, so what is spent or reserved is added to it.
            spent = account.reserved + account.charged
            account = replace(account, granted=spent + Decimal(str(changes["balance_usd"])))
        if "top_up_usd" in changes and account.granted is not None:
            top_up = Decimal(str(changes["top_up_usd"]))
            account = replace(account, granted=account.granted + top_up)
        return account

    after = existing(await admission.change_account(name, alter))
    return json_response(await account_with_ledger(service_of(request), after))


def _with_mode(account: Account, changes: Body, admission: Admission) -> Timeline:
    return with_mode(account.timeline, str(changes["mode"]), admission.clock())


async def read_account(request: Request) -> Response:
    """`GET /_mock/accounts/{name}`."""
    return json_response(
        await account_with_ledger(service_of(request), await requested_account(request))
    )


async def reset_account(request: Request) -> Response:
    """`DELETE /_mock/accounts/{name}`: restore its first state."""
    account = existing(await admission_of(request).reset(request.path_params["name"]))
    await forget_requests(request, account.name)
    return json_response(await account_with_ledger(service_of(request), account))


async def reset_server(request: Request) -> Response:
    """`DELETE /_mock/accounts`: delete every account, task and journal entry."""
    await admission_of(request).reset_all()
    await forget_requests(request)
    return json_response({"accounts": []})


async def read_clock(request: Request) -> Response:
    """`GET /_mock/accounts/{name}/clock`."""
    return json_response(clock_state(service_of(request), await requested_account(request)))


async def change_clock(request: Request) -> Response:
    """`POST /_mock/accounts/{name}/clock`: advance it, or set its mode.

    Every request that arrives after the response sees the new time.
    """
    account = await requested_account(request)
    changes = await read_json_body(request, CHANGE_CLOCK_BODY)
    admission = admission_of(request)

    def alter(account: Account) -> Account:
        timeline = account.timeline
        if "mode" in changes:
            timeline = _with_mode(account, changes, admission)
        if "advance_s" in changes:
            timeline = with_advance(timeline, float(str(changes["advance_s"])))
        return replace(account, timeline=timeline)

    after = existing(await admission.change_account(account.name, alter))
    # What has become due is delivered before the response, so that a test need not wait for it.
    await callbacks_of(request).deliver_within_limit(after.owner)
    return json_response(clock_state(service_of(request), after))
