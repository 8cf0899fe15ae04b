"""Accounts, tasks and clocks as the control API shows them."""

from __future__ import annotations

import math
from decimal import Decimal

from seedance_contract.declared.tasks import Status
from seedance_mock.domain.accounts import OPENING_KEY, Account, AddedKey, balance, spent_by
from seedance_mock.domain.clock import account_time, mode_name
from seedance_mock.domain.task import (
    Stage,
    Task,
    charge,
    end_time,
    failure_reason,
    stage,
    start_time,
    status,
    will_expire,
)
from seedance_mock.domain.v3.details import shown_id
from seedance_mock.service.pauses import with_pauses
from seedance_mock.service.tasks import Service
from seedance_mock.web.endpoints.assets import file_names
from seedance_mock.web.serializers import JSON

LEDGER_ATTEMPTS = 10
"""How often an account and its tasks are read until they agree."""


def account_summary(service: Service, account: Account) -> JSON:
    """Return an account without its tasks."""
    return {
        "name": account.name,
        "words": account.words,
        "clock": clock_state(service, account),
        "granted_usd": _usd(account.granted),
        "balance_usd": _usd(balance(account)),
        "reserved_usd": _usd(account.reserved),
        "charged_usd": _usd(account.charged),
        "quota_usd": _usd(account.quota),
        "requests_a_minute": account.rate_limit,
        "keys": _key_rows(account),
    }


def _key_rows(account: Account) -> list[JSON]:
    """Return what each key of an account has of its own. The key that opened it is the first."""
    opening = AddedKey(
        words=account.words,
        state=account.script.key_state,
        quota=account.quota,
        rate_limit=account.rate_limit,
        spent=spent_by(account, OPENING_KEY),
    )
    keys = {account.owner: opening, **account.added_keys}
    return [
        {
            "digest": digest,
            "words": key.words,
            "state": key.state,
            "quota_usd": _usd(key.quota),
            "spent_usd": _usd(key.spent),
            "requests_a_minute": key.rate_limit,
        }
        for digest, key in keys.items()
    ]


async def account_with_ledger(service: Service, account: Account) -> JSON:
    """Return an account with a row for each of its tasks, whose sums are those of the account.

    The sums may differ if requests have changed the account during each of `LEDGER_ATTEMPTS`.
    """
    store, ledger = service.store, list[JSON]()
    for _ in range(LEDGER_ATTEMPTS):
        # Tasks end without anybody looking. Without this the amounts would lag behind the statuses.
        await service.settle_due(account)
        account = await store.account(account.owner) or account
        tasks = await store.tasks(account.owner)
        ledger = [task_row(service, account, task) async for task in with_pauses(tasks)]
        # A task may end, or another request may settle one, between the two reads.
        is_settled = not any(
            row["reserved_usd"] == "0" and not task.is_settled
            for row, task in zip(ledger, tasks, strict=True)
        )
        if is_settled and await store.account(account.owner) in (account, None):
            break
    return {**account_summary(service, account), "ledger": ledger}


def task_row(service: Service, account: Account, task: Task) -> JSON:
    """Return a task with its amounts: reserved until it ends, then charged."""
    now = service.now(account, task)
    ended = stage(task, now) is Stage.ENDED
    width, height = task.video.size
    return {
        "task_id": shown_id(task.id),
        "model": task.model,
        "status": status(task, now),
        "created": task.created,
        "now": now,
        **_course(task),
        "cancelled": ended and task.cancelled_at is not None,
        "failure": failure_reason(task) if ended else None,
        "reserved_usd": _usd(Decimal(0) if ended else task.estimate),
        "charged_usd": _usd(charge(task) if ended else Decimal(0)),
        "video": {
            "resolution": task.video.resolution,
            "ratio": task.video.ratio,
            "seconds": task.video.seconds,
            "width": width,
            "height": height,
            "audio": task.audio,
        },
        "files": file_names(task) if status(task, now) is Status.COMPLETED else [],
    }


def _course(task: Task) -> JSON:
    """Return when the task starts and ends, or did, by its own clock. None if it never does."""
    start, end = start_time(task), end_time(task)
    ends_in_queue = will_expire(task) or task.cancelled_at is not None
    is_started = start < end or (start == end and not ends_in_queue)
    return {
        "starts_at": start if is_started and start < math.inf else None,
        "ends_at": end if end < math.inf else None,
    }


def clock_state(service: Service, account: Account) -> JSON:
    """Return the mode and the time of an account's clock."""
    return {
        "mode": mode_name(account.timeline),
        "now": account_time(account.timeline, service.clock()),
    }


def _usd(amount: Decimal | None) -> str | None:
    # A string, as a JSON number becomes a binary floating point number in most clients. The format
    # has no exponent.
    return None if amount is None else f"{amount:f}"
