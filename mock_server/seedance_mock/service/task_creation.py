"""The parts of a create that need no store: the new task, and the error if it cannot be paid."""

from __future__ import annotations

import random
from collections.abc import Mapping

from seedance_contract.declared.contract import Contract
from seedance_contract.declared.errors import INSUFFICIENT_BALANCE, QUOTA_EXCEEDED
from seedance_contract.derived.cost import Video, cheaper_models, cost_usd, estimated_cost
from seedance_mock.domain.accounts import Account, balance, within_quota
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.lifecycle import Lifecycle
from seedance_mock.domain.scenarios import (
    durations,
    id_seed,
    parse_task_script,
    seeded_hex,
    seeded_task_id,
    with_scripted_end,
)
from seedance_mock.domain.task import Task, new_task_id
from seedance_mock.domain.v3.details import MAX_SUFFIX, V3Details, new_v3_task_id
from seedance_mock.scripting.script import PLAIN, Script, with_words
from seedance_mock.scripting.words import parse

# A generator of its own: a test suite that calls `random.seed()` for each test, as plugins do,
# would otherwise give every test the same task ids.
_random_bits = random.Random().getrandbits


def new_task(
    account: Account,
    words: str,
    request: Mapping[str, object],
    video: Video,
    lifecycle: Lifecycle,
    now: float,
    key: str,
    v3: V3Details | None = None,
) -> Task:
    """Return the task that an accepted create request makes.

    Args:
        account: the account that creates it.
        words: the words in the text of the request.
        request: the normalised request.
        video: the video that the request asks for.
        lifecycle: the durations of tasks whose script has none.
        now: the account's time, in seconds since the Unix epoch.
        key: the digest of the key that creates it, or `OPENING_KEY`.
        v3: what only the dialect v3 shows; None for a task of v1.
    """
    script, prompt_script = _task_scripts(account, words) if words else (account.script, None)
    task_id = _new_task_id(account, script, None if v3 is None else now)
    clock_by_polls = script.end_at_poll is not None
    by_polls = clock_by_polls or account.timeline.by_polls
    queue_seconds, run_seconds = lifecycle(task_id, video)
    # Nearly every task has no words, and is not looked at for what they can say.
    is_scripted = script is not PLAIN or by_polls
    if is_scripted:
        default = queue_seconds, run_seconds
        queue_seconds, run_seconds = durations(script, default, by_polls=by_polls)
    expires_after = request["execution_expires_after"]
    assert isinstance(expires_after, int)
    task = Task(
        id=task_id,
        owner=account.owner,
        model=video.model,
        video=video,
        audio=request["output_audio"] is True,
        last_frame=request["return_last_frame"] is True,
        watermark=request["watermark"] is True,
        # A model without a choice has no such field.
        container=str(request.get("output_format", "mp4")),
        created=now,
        queue_seconds=queue_seconds,
        run_seconds=run_seconds,
        expires_after=expires_after,
        estimate=estimated_cost(request, video),
        # Stored with the task, because it is charged later, perhaps by a release with other prices.
        price=cost_usd(video),
        number=account.created_count,
        script=script,
        prompt_script=prompt_script,
        clock_by_polls=clock_by_polls,
        key=key,
        v3=v3,
    )
    return with_scripted_end(task) if is_scripted else task


def _task_scripts(account: Account, words: str) -> tuple[Script, Script | None]:
    """Return the script of a new task whose prompt has words, and the script of its prompt."""
    # First, because it raises ApiError for wrong words where `parse` raises WordError.
    prompt_script = parse_task_script(words)
    return with_words(account.script, parse(words)), prompt_script


def _new_task_id(account: Account, script: Script, v3_time: float | None) -> str:
    """Return the id of a task; `v3_time` is the time of its creation if it belongs to v3."""
    seed = None if script is PLAIN else id_seed(script)
    if v3_time is not None:
        return new_v3_task_id(_v3_number(account, seed), account.owner, v3_time)
    if seed is None:
        return new_task_id(f"{_random_bits(96):024x}", account.owner)
    return seeded_task_id(seed, account.owner, account.created_count)


def _v3_number(account: Account, seed: int | None) -> int:
    if seed is None:
        return _random_bits(64) % MAX_SUFFIX
    digits = seeded_hex(seed, account.owner, "task", account.created_count)
    return int(digits, 16) % MAX_SUFFIX


def payment_error(account: Account, task: Task, contract: Contract) -> ApiError:
    """Return the error for a task that the account cannot pay: its quota first."""
    cost = {"estimated_cost_usd": float(task.estimate)}
    if not within_quota(account, task.estimate, task.key):
        return ApiError(QUOTA_EXCEEDED, details=cost)
    available = balance(account)
    assert available is not None, "unlimited credit covers every task"
    return ApiError(
        INSUFFICIENT_BALANCE,
        details={
            "balance_usd": float(available),
            **cost,
            "suggestions": [{"id": model} for model in cheaper_models(task.video, contract)],
            "hint": "A shorter or smaller video, or a cheaper model, costs less",
        },
    )
