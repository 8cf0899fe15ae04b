"""Admission: the account of a key, its rate limit, and the fault that a request gets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from seedance_contract.declared.errors import EXPIRED_KEY, INVALID_KEY, RATE_LIMITED, ErrorKind
from seedance_mock.domain.accounts import (
    OPENING_KEY,
    Account,
    RateLimitStatus,
    count_against_rate_limit,
    rate_limit_of,
    with_counted_request,
)
from seedance_mock.domain.clock import Clock, account_time, with_mode
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.scenarios import id_seed, parse_script, parse_task_script, seeded_hex
from seedance_mock.domain.task import NO_REQUEST_COUNTS, Task, with_counted_task_request
from seedance_mock.scripting.script import (
    PLAIN,
    Fault,
    Script,
    is_plain,
    matching_fault,
    storm_fault,
)
from seedance_mock.scripting.vocabulary import ANY_PLACE
from seedance_mock.service.account_locks import AccountLocks
from seedance_mock.service.keys import key_digest, key_words, new_added_key
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, Store, TaskChange, ensure_account

# RFC 9110, section 15.5.2: a 401 must have a challenge.
CHALLENGE = {"WWW-Authenticate": "Bearer"}

KEY_ERRORS: Mapping[str, ErrorKind] = {"revoked": INVALID_KEY, "expired": EXPIRED_KEY}
"""Value of the setting `key` to the error for requests with such a key."""


StoredId = Callable[[str, str], str]
"""Returns the id under which a task is stored, from the id that the API shows and the owner."""


class AdmittedRequest(NamedTuple):
    """An admitted request.

    Args:
        account: the account after the request was counted.
        now: the account's time, in seconds since the Unix epoch.
        task: the task that the request is about, after the request was counted, if there is one.
        rate_limit_status: the state of the rate limit; None if the key has none.
        fault: the fault to inject; None for an ordinary response.
        script: the script that the fault belongs to.
        request_id: the id of the request if ids repeat under a seed, else None.
    """

    account: Account
    now: float
    task: Task | None = None
    rate_limit_status: RateLimitStatus | None = None
    fault: Fault | None = None
    script: Script = PLAIN
    request_id: str | None = None


class Admission:
    """Finds the accounts of keys, counts their requests, and selects the faults to inject."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self._locks = AccountLocks()

    async def authenticate(
        self, key: str, task_id: str | None = None, stored_id: StoredId | None = None
    ) -> tuple[Account, str, Task | None]:
        """Return the account of a key, which of its keys that is, and a task.

        The key is its digest or `OPENING_KEY`. The task is read together with the account, whether
        or not it belongs to it; it is None without a `task_id`, and if there is no such task.
        `stored_id` returns the id under which the task is stored, if that is another one: it
        depends on the owner of the account.

        Words may still say that the key is not valid.

        Raises ApiError: `invalid_api_key`, `expired_api_key`, or an unknown word in the key.
        """
        settings = self.settings
        if key in settings.expired_keys:
            raise ApiError(EXPIRED_KEY, headers=CHALLENGE)
        if settings.keys and key not in settings.keys:
            raise ApiError(INVALID_KEY, headers=CHALLENGE)
        # The digest is computed for each request. A cache of digests would hold the keys.
        digest = key_digest(key)
        task = None
        if task_id is None:
            account = await self.store.account_of_key(digest)
        else:
            known_id = task_id if stored_id is None else stored_id(task_id, digest)
            account, task = await self.store.account_and_task(digest, known_id)
            if stored_id is not None and account is not None and account.owner != digest:
                # An added key: its tasks belong to the key that opened the account.
                task = await self.store.task(stored_id(task_id, account.owner))
        if account is None:
            account = await self.open_account(key)
        return account, (OPENING_KEY if account.owner == digest else digest), task

    def authorize(self, account: Account, key: str) -> float:
        """Return the account's time. Raises ApiError if words say that the key is not valid.

        This is a step of its own so that the journal entry of a refused key has its account.
        """
        added = account.added_keys.get(key) if key else None
        kind = KEY_ERRORS.get(account.script.key_state if added is None else added.state)
        if kind is not None:
            raise ApiError(kind, headers=CHALLENGE)
        return account_time(account.timeline, self.clock())

    async def open_account(self, key: str) -> Account:
        """Return the account of a key, and open it if there is none yet."""
        digest = key_digest(key)
        account = await self.store.account_of_key(digest)
        if account is not None:
            return account
        return await self.store.open_account(self.new_account(digest, key_words(key)))

    def new_account(self, owner: str, words: str) -> Account:
        """Return the account that a key opens. Raises ApiError for an unknown word in `words`."""
        script = parse_script(words)
        account = Account(owner=owner, key_words=words, granted=self.settings.balance)
        return with_script(account, words, script, self.settings, self.clock())

    async def reset(self, name: str) -> Account | None:
        """Delete the tasks of the account with this name, and return its first state.

        It keeps its keys: each is as it was when it was added. Returns None if there is no such
        account.
        """
        while account := await self.store.account_by_name(name):
            initial = replace(
                self.new_account(account.owner, account.key_words),
                name=name,
                added_keys={
                    digest: new_added_key(added.key_words, self.settings)
                    for digest, added in account.added_keys.items()
                },
            )
            if await self.store.reset(account, initial):
                return initial
        return None

    async def reset_all(self) -> None:
        """Delete all accounts and tasks. The next account is `key-1` again."""
        await self.store.clear()

    async def change_account(
        self, name: str, change: Callable[[Account], Account]
    ) -> Account | None:
        """Apply `change` to the account with this name, and return the result.

        Returns None if there is no such account. `change` is called again if another request
        has replaced the account in the meantime.
        """
        while account := await self.store.account_by_name(name):
            after = change(account)
            if await self.store.commit(AccountChange(account, after)):
                return after
        return None

    async def admit(
        self,
        account: Account,
        now: float,
        place: str,
        task: Task | None = None,
        key: str = OPENING_KEY,
    ) -> AdmittedRequest:
        """Count a request and return it with the fault that it gets.

        `task` is the task that the request is about, as it was just read. `key` says which key of
        the account it has, as `authenticate` does.

        Downloads are not requests of the API: they have no rate limit, and clauses for the place
        `any` do not apply to them.

        Raises ApiError: `rate_limit_exceeded`.
        """
        prompt_script = None if task is None else task.prompt_script
        # Without words and without a rate limit no count can matter. Most requests end here and
        # cost no commit.
        rate_limit = rate_limit_of(account, key) if key else account.rate_limit
        if is_plain(account.script) and rate_limit is None and prompt_script is None:
            return AdmittedRequest(account, now, task)
        account, limit_status = await self._counted(account, place, key)
        if limit_status is not None and not limit_status.allowed:
            raise _rate_limit_error(limit_status)
        ordinals = account.request_counts
        if task is not None:
            task = await self._count_task_request(account.script_number, place, task)
        if task is not None:
            ordinals = {**ordinals, **task.request_counts}
        # Another request may have set the account's clock while this one was counted.
        now = account_time(account.timeline, self.clock())
        scripts = [account.script] if prompt_script is None else [prompt_script, account.script]
        fault, script = _first_fault(scripts, place, ordinals)
        request_id = _request_id(account)
        return AdmittedRequest(account, now, task, limit_status, fault, script, request_id)

    async def _counted(
        self, account: Account, place: str, key: str
    ) -> tuple[Account, RateLimitStatus | None]:
        if not self.store.is_async:
            return await self._count_account_request(account, place, key)
        async with self._locks.hold(account.owner) as has_waited:
            if has_waited:
                account = self.store.known_account(account.owner) or account
            return await self._count_account_request(account, place, key)

    async def _count_account_request(
        self, account: Account, place: str, key: str
    ) -> tuple[Account, RateLimitStatus | None]:
        """Count a request in the record of its account, and return the account after it."""
        while True:
            now = account_time(account.timeline, self.clock())
            after, limit_status = account, None
            if place != "asset":
                after, limit_status = count_against_rate_limit(account, now, key)
            # A request beyond the rate limit is refused before any fault, so no clause counts it.
            if limit_status is None or limit_status.allowed:
                after = with_counted_request(
                    with_counted_request(after, ANY_PLACE) if place != "asset" else after, place
                )
            if await self.store.commit(AccountChange(account, after)):
                return after, limit_status
            account = await ensure_account(self.store, account)

    async def _count_task_request(self, script_number: int, place: str, task: Task) -> Task | None:
        """Count a request in the record of its task, and return it; None if it was deleted."""
        current: Task | None = task
        while current is not None:
            after = with_counted_task_request(current, place, script_number)
            if await self.store.commit(TaskChange(current, after)):
                return after
            current = await self.store.task(task.id)
        return None

    async def admit_prompt(self, account: Account, words: str, text: str) -> AdmittedRequest:
        """Count a create request whose prompt has words, and return it with its fault.

        Requests with the same text share a counter, so that a retry counts as the second request.
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
    """Return the first fault that applies, and its script. The script of a prompt comes first."""
    for script in scripts:
        # A clause for the place itself comes before one for `any`, and both before a storm.
        fault = matching_fault(script, place, ordinals[place])
        if fault is None and place != "asset":
            fault = matching_fault(script, ANY_PLACE, ordinals[ANY_PLACE])
        if fault is None and place != "asset" and script.storm is not None:
            fault = storm_fault(script.storm, place, ordinals[place])
        if fault is not None:
            return fault, script
    return None, scripts[-1]


def with_script(
    account: Account, words: str, script: Script, settings: Settings, now: float
) -> Account:
    """Return the account under a new script. Money and time stay unless words set them.

    Counters start again: "the first two requests" are the next two.
    """
    mode, spent = script.clock_mode, account.reserved + account.charged
    rate_limit, retention_seconds = script.rate_limit, script.retention_seconds
    return replace(
        account,
        words=words,
        script=script,
        granted=account.granted if script.balance is None else spent + script.balance,
        quota=script.quota,
        rate_limit=settings.rate_limit if rate_limit is None else rate_limit,
        retention_seconds=settings.retention if retention_seconds is None else retention_seconds,
        timeline=with_mode(account.timeline, mode, now) if mode else account.timeline,
        script_number=account.script_number + 1,
        request_counts=NO_REQUEST_COUNTS,
    )


def _request_id(account: Account) -> str | None:
    seed = id_seed(account.script)
    if seed is None:
        return None
    digits = seeded_hex(seed, account.owner, "request", account.request_counts.get(ANY_PLACE, 0))
    return f"req_{digits[:24]}"


def _rate_limit_error(status: RateLimitStatus) -> ApiError:
    return ApiError(
        RATE_LIMITED,
        details={"retry_after": status.retry_after},
        headers={"Retry-After": str(status.retry_after), **rate_limit_headers(status)},
    )


def rate_limit_headers(status: RateLimitStatus) -> dict[str, str]:
    """Return the headers that describe the rate limit. Source: page, rate-limits"""
    return {
        "X-RateLimit-Limit": str(status.limit),
        "X-RateLimit-Remaining": str(status.remaining),
        "X-RateLimit-Reset": str(status.reset),
    }
