"""The invariants about waiting, polling and the end of a job."""

from __future__ import annotations

from seedance_contract.client.checks import check_ends_by_itself
from seedance_contract.client.client_case import must, should
from seedance_contract.client.invariants import outcomes, polls, waits
from seedance_contract.client.invariants.invariant import Invariant, only_if
from seedance_contract.declared.sources import page, standard

JOBS = page("async-jobs-polling")

# `timed` marks what a busy machine can make fail: the runner confirms such a failure by running the
# situation again, alone. The other invariants look at the order of requests only.
INVARIANTS = (
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
    # Two limits: the documents recommend an interval, which is a SHOULD, and state no maximum rate.
    # Only a client far below the recommendation fails a MUST.
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
            "cancels-only-if-required",
            "The client cancels a task only if its job is a cancel.",
            polls.check_cancel_required,
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
