"""V3: what the documents of the Volc-compatible routes ask of clients."""

from __future__ import annotations

from seedance_contract.case import Group, Level
from seedance_contract.client import v3_checks
from seedance_contract.client.checks import (
    ENDS_AS_SUCCESS,
    ENDS_BY_ITSELF,
    ONE_CREATE,
    REACHES_THE_END,
    REPORTS_FAILED_TASK,
    STOPS_POLLING,
    check_reaches_the_end,
    check_reports_success,
)
from seedance_contract.client.client_case import (
    ACTION,
    EXIT,
    ClientCase,
    ClientCheck,
    group,
    info,
    must,
    should,
)
from seedance_contract.client.jobs import SHORT_TASK
from seedance_contract.declared.dialects import V3
from seedance_contract.declared.sources import assumed, openapi, page
from seedance_contract.declared.v3.callbacks import CALLBACKS_SOURCE
from seedance_contract.declared.v3.rules.content_samples import text_item

GROUP = Group(name="v3", prefix="V3", title="Volc-compatible routes")

case = group(GROUP, V3)

KEY_SOURCE = page("create-volc: Idempotency-Key")
TASK_SOURCE = openapi("GET /api/v3/contents/generations/tasks/{id}")

REPEATS_WITH_KEY = must(
    "repeats-with-key",
    "The client sends no second create, except with the same Idempotency-Key and body.",
    v3_checks.check_repeats_with_key,
)


def _lost_reply(
    case_id: str, script: str, requirement: str, *further: ClientCheck, **options: object
) -> ClientCase:
    """Return a case in which a create takes effect, and the client does not learn of its task."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        KEY_SOURCE,
        f"{script} {SHORT_TASK}",
        REPEATS_WITH_KEY,
        *further,
        core=True,
        safe=True,
        cause="create-without-its-key",
        **options,
    )


def _other_end(status: str) -> ClientCase:
    return case(
        f"V3-06-{status}",
        Level.MUST,
        f"The client stops polling a task that is {status}, and reports no success.",
        TASK_SOURCE,
        f"{SHORT_TASK} end-{status}",
        STOPS_POLLING,
        REPORTS_FAILED_TASK,
        needs=EXIT,
        job={"deadline_s": 30},
        core=True,
        cause="polling-after-the-end",
    )


CASES = (
    case(
        "V3-01",
        Level.MUST,
        "The client creates its task under /api/v3 once, and polls it until it has succeeded.",
        page("create-volc"),
        "clock-polls after-2polls",
        must("under-v3", "The client creates under /api/v3.", v3_checks.check_works_under_v3),
        ONE_CREATE,
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
        cause="success-not-recognised",
    ),
    # `+`: the create takes effect. Without its key a second create is a second task, and billed.
    _lost_reply(
        "V3-02",
        "create-reset+",
        "After a broken connection the client repeats a create only with its Idempotency-Key.",
    ),
    _lost_reply(
        "V3-03",
        "create-hang+",
        "If a create receives no response, the client repeats it only with its Idempotency-Key.",
        ENDS_BY_ITSELF,
        job={"deadline_s": 30},
    ),
    _lost_reply(
        "V3-04",
        "create-500+",
        "After a 500 the client repeats a create only with its Idempotency-Key.",
    ),
    # The first create is in progress for as long as its key is held. A clock that only polls move
    # would hold it for ever, as there is no poll before the create has succeeded.
    case(
        "V3-05",
        Level.MUST,
        "If the first create is still in progress, the client waits and keeps its Idempotency-Key.",
        KEY_SOURCE,
        "clock-real queue-0s run-1s create-close+ idempotency-hold-3s",
        REPEATS_WITH_KEY,
        should(
            "waits-out-retry-after",
            "The client repeats the create no earlier than Retry-After allows.",
            v3_checks.check_waits_for_first_create,
            timed=True,
            cause="retry-after-ignored",
        ),
        should(
            "recovers-task",
            "The client repeats the create until it has its task.",
            v3_checks.check_recovers_task,
            timed=True,
            cause="retryable-create-abandoned",
        ),
        core=True,
        safe=True,
        cause="create-without-its-key",
    ),
    _other_end("cancelled"),
    _other_end("expired"),
    # The second task runs longer, so the end of the first is reported twice before it ends.
    case(
        "V3-07",
        Level.MUST,
        "The client does not take a callback that comes twice for the ends of two tasks.",
        CALLBACKS_SOURCE,
        "clock-real queue-0s run-1s callback-twice",
        must(
            "waits-for-each-end",
            "The client waits for the end of each of two tasks.",
            v3_checks.check_waits_for_each_end,
            timed=True,
        ),
        must(
            "succeeds",
            "The client reports the completed jobs as a success.",
            v3_checks.check_succeeds,
            timed=True,
        ),
        needs=ACTION | EXIT,
        job={
            "action": "batch",
            "count": 2,
            "callbacks": True,
            "requests": [{}, {"content": [text_item("A kite above a harbour [mock: run-4s]")]}],
        },
        cause="callbacks-trusted",
    ),
    case(
        "V3-08",
        Level.MUST,
        "The client polls a task whose callbacks do not come.",
        CALLBACKS_SOURCE,
        "clock-real queue-0s run-1s callback-never",
        must(
            "polls-anyway",
            "The client polls until the task has succeeded.",
            v3_checks.with_callback(check_reaches_the_end),
            timed=True,
        ),
        must(
            "succeeds",
            "The client reports the completed job as a success.",
            v3_checks.with_callback(check_reports_success),
            timed=True,
        ),
        needs=EXIT,
        job={"callbacks": True, "deadline_s": 30},
        cause="callbacks-trusted",
    ),
    case(
        "V3-09",
        Level.INFO,
        "A callback with an older status does not set the client back.",
        assumed("in which order callbacks come"),
        "clock-real queue-0s run-1s callback-shuffled",
        info(
            "succeeds",
            "The client reports the completed job as a success.",
            v3_checks.check_succeeds,
        ),
        needs=EXIT,
        job={"callbacks": True, "deadline_s": 30},
    ),
)
