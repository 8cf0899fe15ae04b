"""The invariants: each with its level, its source, and the cause of a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seedance_contract.case import Case, Group
from seedance_contract.client.checks import check_ends_by_itself
from seedance_contract.client.client_case import (
    CheckFunction,
    ClientCheck,
    NotExercised,
    must,
    should,
)
from seedance_contract.client.invariants import creates, outcomes, polls, secrets, waits
from seedance_contract.client.record import Record
from seedance_contract.declared.sources import Source, page, standard

GROUP = Group(name="explore", prefix="EXP", title="Any situation")


@dataclass(frozen=True, slots=True)
class Invariant:
    """A check that applies to a client in every situation, and the document that requires it."""

    check: ClientCheck
    source: Source

    @property
    def id(self) -> str:
        """The name of the check, such as "one-create"."""
        return self.check.id

    @property
    def case(self) -> Case:
        """The invariant as a case of a report."""
        return Case(
            id=f"{GROUP.prefix}-{self.id}",
            group=f"{GROUP.prefix} {GROUP.title}",
            level=self.check.level,
            requirement=self.check.requirement,
            source=self.source,
        )


def only_if(
    condition: Callable[[Record], bool], reason: str, check: CheckFunction
) -> CheckFunction:
    """Return a check function that is not exercised, for a reason, by other records."""

    def evaluate(record: Record) -> None:
        if not condition(record):
            raise NotExercised(reason)
        check(record)

    return evaluate


JOBS = page("async-jobs-polling")
ERRORS = page("error-handling")
KEYS = page("authentication")

# Money and secrets first: a report lists the results in this order.
_INVARIANTS = (
    Invariant(
        must(
            "no-blind-create",
            "The client sends a create again only if the response proves that it had no effect.",
            only_if(
                creates.any_create_is_uncertain,
                "every response proved what the create did",
                creates.check_no_blind_create,
            ),
            cause=creates.BLIND_RETRY,
        ),
        page("error-handling, async-jobs-polling"),
    ),
    Invariant(
        must(
            "no-second-task",
            "The client sends no other create after one that has succeeded.",
            creates.check_no_second_task,
            cause=creates.DUPLICATE,
        ),
        JOBS,
    ),
    Invariant(
        must(
            "refusal-final",
            "The client does not repeat a create that the API has refused for good.",
            only_if(
                creates.any_create_has(creates.Effect.REFUSED),
                "no create was refused for good",
                creates.check_refusal_final,
            ),
            cause="refusal-repeated",
        ),
        ERRORS,
    ),
    Invariant(
        should(
            "restart-creates-nothing",
            "After a kill and a restart the client sends no second create.",
            creates.check_restart_creates_nothing,
            timed=True,
            cause="restart-forgets-task",
        ),
        JOBS,
    ),
    Invariant(
        must(
            "as-told",
            "Every create contains every field of the job, unchanged.",
            creates.check_as_told,
            cause="request-altered",
        ),
        page("best-practices, agent-first-api"),
    ),
    Invariant(
        should(
            "nothing-added",
            "No create orders something that the job does not contain.",
            creates.check_nothing_added,
            cause="request-altered",
        ),
        page("best-practices, agent-first-api"),
    ),
    Invariant(
        must(
            "valid-request",
            "Every create keeps the documented rules.",
            creates.check_documented_rules,
            cause="invalid-request",
        ),
        page("create-video"),
    ),
    Invariant(
        must(
            "key-stays",
            "The client sends its key to no other origin.",
            only_if(
                secrets.leads_elsewhere,
                "no response named another origin",
                secrets.check_key_stays_at_origin,
            ),
            cause="key-sent-elsewhere",
        ),
        page("authentication, observability"),
    ),
    Invariant(
        must(
            "key-in-its-place",
            "No request target, body, cookie or other header contains the key.",
            secrets.check_key_in_its_place,
            cause="key-exposed",
        ),
        KEYS,
    ),
    Invariant(
        must(
            "bearer-once",
            "Each request has one bearer token and no other credentials.",
            secrets.check_bearer_once,
            cause="credentials-malformed",
        ),
        KEYS,
    ),
    Invariant(
        must(
            "key-not-disclosed",
            "No output, argument or file contains the key.",
            secrets.check_key_not_disclosed,
            cause="key-exposed",
        ),
        page("observability, error-handling"),
    ),
    Invariant(
        should(
            "prompt-stays",
            "The client sends the prompt to no other origin.",
            only_if(
                secrets.creates_are_redirected,
                "no create was redirected",
                secrets.check_prompt_stays_at_origin,
            ),
            cause="prompt-exposed",
        ),
        page("authentication, best-practices"),
    ),
    Invariant(
        must(
            "few-creates",
            f"The client sends at most {creates.MAX_CREATES} creates for a job.",
            only_if(
                creates.any_create_has(creates.Effect.NONE),
                "no response asked the client to create again",
                creates.check_few_creates,
            ),
            cause="create-retried-in-haste",
        ),
        page("rate-limits"),
    ),
    Invariant(
        must(
            "waits-out-retry-after",
            "The client repeats a request no earlier than Retry-After allows.",
            waits.check_waits_out_retry_after,
            timed=True,
            cause="retry-after-ignored",
        ),
        page("error-handling, rate-limits"),
    ),
    Invariant(
        should(
            "waits-out-longest",
            "If header and body name different waits, the client waits for the longer one.",
            waits.check_waits_out_longest,
            timed=True,
            cause="retry-after-ignored",
        ),
        page("rate-limits, agent-first-api"),
    ),
    Invariant(
        must(
            "backs-off",
            "The client pauses before it repeats a failed request.",
            waits.check_backs_off,
            timed=True,
            cause="polling-too-fast",
        ),
        page("error-handling, async-jobs-polling"),
    ),
    Invariant(
        must(
            "not-hammering",
            f"Polls are at least {waits.HAMMERING_GAP:g} s apart, unless the job says less.",
            waits.min_poll_gap(waits.HAMMERING_GAP),
            timed=True,
            cause="polling-too-fast",
        ),
        page("get-video-status, async-jobs-polling"),
    ),
    Invariant(
        should(
            "unhurried",
            f"Polls are at least {waits.RECOMMENDED_GAP:g} s apart, unless the job says less.",
            waits.min_poll_gap(waits.RECOMMENDED_GAP),
            timed=True,
            cause="polling-too-fast",
        ),
        page("get-video-status, async-jobs-polling"),
    ),
    Invariant(
        must(
            "polls-known-paths",
            "The client polls at poll_url or at the documented path.",
            polls.check_polls_known_paths,
            cause="poll-url-not-followed",
        ),
        page("get-task-status, video-generation"),
    ),
    Invariant(
        should(
            "polls-exact-url",
            "The client polls poll_url byte for byte.",
            polls.check_polls_exact_url,
            cause="poll-url-not-followed",
        ),
        page("get-task-status, video-generation"),
    ),
    Invariant(
        must(
            "stops-polling",
            "The client does not poll a task after a response showed that it has ended.",
            polls.check_polling_stops,
            cause="polling-after-the-end",
        ),
        JOBS,
    ),
    Invariant(
        must(
            "rejected-lookup-final",
            "After a 401, 403 or 404 the client polls the task at most once more.",
            polls.check_rejected_lookup_final,
            cause="hopeless-polling",
        ),
        page("error-handling, async-jobs-polling"),
    ),
    Invariant(
        must(
            "no-poll-without-task",
            "The client polls nothing if no response named a task.",
            polls.check_no_poll_without_task,
            cause="hopeless-polling",
        ),
        JOBS,
    ),
    Invariant(
        must(
            "waits-for-task",
            "The client polls on while its task runs, also after one failed poll.",
            outcomes.check_waits_for_task,
            timed=True,
            cause="failed-poll-taken-for-failure",
        ),
        page("async-jobs-polling, best-practices"),
    ),
    Invariant(
        should(
            "tolerates-odd-response",
            "The client polls on after one response that is unusual or unreadable.",
            outcomes.check_tolerates_odd_response,
            timed=True,
            cause="response-read-too-strictly",
        ),
        page("best-practices"),
    ),
    Invariant(
        should(
            "retries-create",
            "The client repeats a create that received a 429.",
            outcomes.check_retries_create,
            timed=True,
            cause="retryable-create-abandoned",
        ),
        page("error-handling, rate-limits"),
    ),
    Invariant(
        must(
            "success-is-true",
            "The client reports a success only if a response showed a video.",
            outcomes.check_success_is_true,
            cause="failure-reported-as-success",
        ),
        JOBS,
    ),
    Invariant(
        must(
            "video-is-success",
            "A client that received a video reports a success.",
            outcomes.check_video_is_success,
            timed=True,
            cause="success-not-recognised",
        ),
        page("video-generation"),
    ),
    Invariant(
        should(
            "failure-is-true",
            "The client reports a failed generation only if a response showed one.",
            outcomes.check_failure_is_true,
            cause="failed-poll-taken-for-failure",
        ),
        page("error-handling, best-practices"),
    ),
    Invariant(
        must(
            "cancellation-is-true",
            "The client reports a cancelled task only if a response showed one.",
            outcomes.check_cancellation_is_true,
            cause="cancellation-misread",
        ),
        page("cancel-task"),
    ),
    Invariant(
        should(
            "cancellation-is-named",
            "The client reports a cancelled task as cancelled.",
            outcomes.check_cancellation_is_named,
            cause="cancellation-misread",
        ),
        page("cancel-task, async-jobs-polling"),
    ),
    Invariant(
        should(
            "cancels-as-told",
            "The client cancels a task only if its job is a cancel.",
            polls.check_cancel_as_told,
            cause="cancellation-misread",
        ),
        JOBS,
    ),
    Invariant(
        must(
            "cancels-once",
            "The client cancels its own task, and repeats no cancel that the API has refused.",
            polls.check_cancelled_once,
            cause="cancellation-misread",
        ),
        page("cancel-task"),
    ),
    Invariant(
        must(
            "saves-served-file",
            "The file of a successful download equals the file that was served.",
            outcomes.check_saves_served_file,
            cause="download-damaged",
        ),
        standard("RFC 9112, 8"),
    ),
    Invariant(
        should(
            "ends-by-itself",
            "The client gives up by itself.",
            only_if(
                outcomes.is_without_end,
                "a response showed the client that its task has ended",
                check_ends_by_itself,
            ),
            timed=True,
            cause="no-deadline",
        ),
        page("error-handling, async-jobs-polling"),
    ),
    Invariant(
        should(
            "few-lookups",
            "The client does not request models and prices with every poll.",
            polls.check_few_lookups,
            cause="catalogue-read-too-often",
        ),
        page("rate-limits"),
    ),
)

INVARIANTS: Mapping[str, Invariant] = MappingProxyType(
    {invariant.id: invariant for invariant in _INVARIANTS}
)
"""The invariants by id, in the order of a report."""

INVARIANT_CHECKS: tuple[ClientCheck, ...] = tuple(invariant.check for invariant in _INVARIANTS)
"""The checks of all invariants, which can grade any record."""
