"""Who comes in: the account of a key, its limits, and the fault that strikes a request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from seedance_contract.declared.errors import (
    EXPIRED_KEY,
    INVALID_KEY,
    RATE_LIMITED,
    ErrorKind,
)
from seedance_mock.domain.accounts import (
    Account,
    RateLimitStatus,
    count_against_rate_limit,
    with_counted_request,
)
from seedance_mock.domain.clock import Clock, account_time, with_mode
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import id_seed, parse_script, parse_task_script, seeded_hex
from seedance_mock.domain.task import NO_REQUEST_COUNTS
from seedance_mock.domain.task import with_counted_task_request as task_counted
from seedance_mock.scripting.script import PLAIN, Fault, Script, matching_fault, storm_fault
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, Store, TaskChange, ensure_account

SCRIPT_KEY_PREFIX = "sk-mock-"
NONCE_SEPARATOR = "--"

CHALLENGE = {"WWW-Authenticate": "Bearer"}

KEY_ERRORS: Mapping[str, ErrorKind] = {"revoked": INVALID_KEY, "expired": EXPIRED_KEY}
"""What is said of keys whose words say that they are not valid."""


class AdmittedRequest(NamedTuple):
    """A request let in: whose, when on the account's clock, and what strikes it.

    `script` is the one whose words strike. `request_id` is given where ids repeat.
    """

    account: Account
    now: float
    rate_limit_status: RateLimitStatus | None = None
    fault: Fault | None = None
    script: Script = PLAIN
    request_id: str | None = None


def owner_id(key: str) -> str:
    """Return a digest of the key, so that no record holds the key itself."""
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def key_words(key: str) -> str:
    """Return the words that a key carries: those of "sk-mock-busy.queue-9s--a" before "--"."""
    if not key.startswith(SCRIPT_KEY_PREFIX):
        return ""
    return key.removeprefix(SCRIPT_KEY_PREFIX).partition(NONCE_SEPARATOR)[0]


class Admission:
    """Lets keys in, and remembers how often they came."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self._numbers = count(1)

    async def authenticate(self, key: str) -> Account:
        """Return the account of a key, also one whose words say that the key is not valid.

        Raises ApiError: `invalid_api_key`, `expired_api_key`, or an unknown word in the key.
        """
        settings = self.settings
        if key in settings.expired_keys:
            raise ApiError(EXPIRED_KEY, headers=CHALLENGE)
        if settings.keys and key not in settings.keys:
            raise ApiError(INVALID_KEY, headers=CHALLENGE)
        return await self.open_account(key)

    def authorize(self, account: Account) -> float:
        """Return the account's time. Raises ApiError where its words say the key is not valid."""
        kind = KEY_ERRORS.get(account.script.key)
        if kind is not None:
            raise ApiError(kind, headers=CHALLENGE)
        return account_time(account.timeline, self.clock())

    async def open_account(self, key: str) -> Account:
        """Return the account of a key whatever its state."""
        owner = owner_id(key)
        return await self.store.account(owner) or await self._open(owner, key)

    async def _open(self, owner: str, key: str) -> Account:
        fresh = self._new_account(owner, key_words(key))
        while not await self.store.commit(AccountChange(None, fresh)):
            if account := await self.store.account(owner):
                return account
        return fresh

    def _new_account(self, owner: str, words: str, name: str | None = None) -> Account:
        script = parse_script(words)
        account = Account(
            owner=owner,
            name=name or f"key-{next(self._numbers)}",
            key_words=words,
            granted=self.settings.balance,
        )
        return with_script(account, words, script, self.settings, self.clock())

    async def reset(self, account: Account) -> Account:
        """Forget the tasks of an account, and return it as its key opened it."""
        await self.store.forget(account.owner)
        fresh = self._new_account(account.owner, account.key_words, account.name)
        await self.store.commit(AccountChange(None, fresh))
        return fresh

    async def reset_all(self) -> None:
        """Forget everything; the next key is the first again."""
        await self.store.clear()
        self._numbers = count(1)

    async def account_by_name(self, name: str) -> Account | None:
        """Return the account of a name, or None."""
        return next((one for one in await self.store.accounts() if one.name == name), None)

    async def change_account(
        self, name: str, change: Callable[[Account], Account]
    ) -> Account | None:
        """Replace the account of a name by what `alter` makes of it; None where there is none."""
        while account := await self.account_by_name(name):
            after = change(account)
            if await self.store.commit(AccountChange(account, after)):
                return after
        return None

    async def admit(
        self, account: Account, now: float, place: str, task_id: str | None = None
    ) -> AdmittedRequest:
        """Count a request that came at `now`, and return it with the fault that strikes it.

        Downloads are not requests of the API: no rate limit and no clause for any concerns them.

        Raises ApiError: `rate_limit_exceeded`.
        """
        task = None if task_id is None else await self.store.task(task_id)
        own = None if task is None else task.prompt_script
        if account.script is PLAIN and account.rate_limit is None and own is None:
            return AdmittedRequest(account, now)
        account, allowance = await self._count_account_request(account, place)
        if allowance is not None and not allowance.allowed:
            raise _rate_limit_error(allowance)
        ordinals = account.request_counts
        if task_id is not None:
            ordinals = {
                **ordinals,
                **await self._count_task_request(account.script_number, place, task_id),
            }
        now = account_time(account.timeline, self.clock())
        scripts = [account.script] if own is None else [own, account.script]
        fault, script = _first_fault(scripts, place, ordinals)
        return AdmittedRequest(account, now, allowance, fault, script, _request_id(account))

    async def _count_account_request(
        self, account: Account, place: str
    ) -> tuple[Account, RateLimitStatus | None]:
        while True:
            now = account_time(account.timeline, self.clock())
            after, allowance = account, None
            if place != "asset":
                after, allowance = count_against_rate_limit(account, now)
            if allowance is None or allowance.allowed:
                after = with_counted_request(
                    with_counted_request(after, "any") if place != "asset" else after, place
                )
            if await self.store.commit(AccountChange(account, after)):
                return after, allowance
            account = await ensure_account(self.store, account)

    async def _count_task_request(self, epoch: int, place: str, task_id: str) -> Mapping[str, int]:
        """Count a request about a task, in the task."""
        while task := await self.store.task(task_id):
            after = task_counted(task, place, epoch)
            if await self.store.commit(TaskChange(task, after)):
                return after.request_counts
        return {}

    async def admit_prompt(self, account: Account, words: str, text: str) -> AdmittedRequest:
        """Return what the words of a prompt make of its create request.

        Requests with the same text are counted together, so that a retry is the second.
        """
        script = parse_task_script(words)
        kind = "prompt/" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        while True:
            before = await ensure_account(self.store, account)
            after = with_counted_request(before, kind)
            if await self.store.commit(AccountChange(before, after)):
                fault = matching_fault(script, "create", after.request_counts[kind])
                now = account_time(after.timeline, self.clock())
                return AdmittedRequest(after, now, fault=fault, script=script)


def _first_fault(
    scripts: Sequence[Script], place: str, ordinals: Mapping[str, int]
) -> tuple[Fault | None, Script]:
    """Return the fault that strikes, and its script: a task's own words come first."""
    for script in scripts:
        fault = matching_fault(script, place, ordinals[place])
        if fault is None and place != "asset":
            fault = matching_fault(script, "any", ordinals["any"])
        if fault is None and place != "asset" and script.storm is not None:
            fault = storm_fault(script.storm, place, ordinals[place])
        if fault is not None:
            return fault, script
    return None, scripts[-1]


def with_script(
    account: Account, words: str, script: Script, settings: Settings, now: float
) -> Account:
    """Return the account under a new script. Its money and its time go on unless words set them.

    Counters begin again, so that "the first two requests" are the next two.
    """
    clock, spent = script.clock, account.reserved + account.charged
    limit = script.rate_limit if script.rate_limit is not None else settings.rate_limit
    return account._replace(
        words=words,
        script=script,
        granted=account.granted if script.balance is None else spent + script.balance,
        quota=script.quota,
        rate_limit=limit,
        retention_seconds=script.retention_seconds
        if script.retention_seconds is not None
        else settings.retention,
        timeline=with_mode(account.timeline, clock, now) if clock else account.timeline,
        script_number=account.script_number + 1,
        request_counts=NO_REQUEST_COUNTS,
    )


def _request_id(account: Account) -> str | None:
    seed = id_seed(account.script)
    if seed is None:
        return None
    digits = seeded_hex(seed, account.owner, "request", account.request_counts.get("any", 0))
    return f"req_{digits[:24]}"


def _rate_limit_error(status: RateLimitStatus) -> ApiError:
    return ApiError(
        RATE_LIMITED,
        details={"retry_after": status.retry_after},
        headers={"Retry-After": str(status.retry_after), **rate_limit_headers(status)},
    )


def rate_limit_headers(status: RateLimitStatus) -> dict[str, str]:
    """Return the headers that tell a client how much it may still ask. Source: page, rate-limits"""
    return {
        "X-RateLimit-Limit": str(status.limit),
        "X-RateLimit-Remaining": str(status.remaining),
        "X-RateLimit-Reset": str(status.reset),
    }
