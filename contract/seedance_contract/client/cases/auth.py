"""AUTH: how a client sends its API key, and how it reacts to a rejected key."""

from __future__ import annotations

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import (
    ENDS_AS_FAILURE,
    KEEPS_MODEL,
    ONE_CREATE,
    abandons_task,
    check_no_poll,
)
from seedance_contract.client.client_case import EXIT, NotExercised, group, info, must
from seedance_contract.client.invariants.secrets import (
    check_bearer_once,
    check_key_in_its_place,
)
from seedance_contract.client.record import Record
from seedance_contract.client.traffic import faulted_requests
from seedance_contract.declared.sources import openapi, page

GROUP = Group(name="auth", prefix="AUTH", title="Authentication")

case = group(GROUP)


def _check_not_called_a_failure(record: Record) -> None:
    faulted_requests(record, "poll")
    if record.outcome is not None and record.outcome.get("outcome") == "failed":
        raise Mismatch(expected="an error of the lookup", actual="a failed generation")


def _check_requests_without_key(record: Record) -> None:
    requests = record.exchanges_at("models", "pricing")
    if not requests:
        raise NotExercised("the client did not request models or prices")
    if any(request.header("authorization") for request in requests):
        raise Mismatch(expected="no key, although a key is allowed", actual="a key")


CASES = (
    case(
        "AUTH-01",
        Level.MUST,
        "The client sends its key once in every request that needs one, as Authorization: Bearer.",
        page("authentication"),
        "clock-polls after-1polls",
        must(
            "bearer-once",
            "Each request has one bearer token and no other credentials.",
            check_bearer_once,
        ),
        core=True,
        cause="credentials-malformed",
    ),
    case(
        "AUTH-02",
        Level.MUST,
        "The client sends its key in no place other than Authorization.",
        page("authentication"),
        "clock-polls after-1polls",
        must(
            "key-in-its-place",
            "No request target, body, cookie or other header contains the key.",
            check_key_in_its_place,
        ),
        core=True,
        safe=True,
        cause="key-exposed",
    ),
    # Every create receives a 401, so a client that retries would retry forever.
    case(
        "AUTH-03",
        Level.MUST,
        "After the API rejects its key, the client sends no other create and no poll.",
        page("error-handling"),
        "create-401x0",
        ONE_CREATE,
        must(
            "no-poll",
            "The client sends no poll, because no task exists.",
            check_no_poll,
            cause="error-not-understood",
        ),
        ENDS_AS_FAILURE,
        needs=EXIT,
        core=True,
        safe=True,
        cause="refusal-repeated",
    ),
    # The first poll succeeds, every later one receives a 401. The task itself keeps running.
    case(
        "AUTH-04",
        Level.MUST,
        "If the key expires while a task runs, the client stops polling and does not report"
        " the task as failed.",
        page("error-handling, best-practices"),
        "clock-polls after-9polls poll-expired-keyx0~2",
        *abandons_task(401),
        must(
            "not-called-a-failure",
            "The client does not report the generation as failed.",
            _check_not_called_a_failure,
        ),
        core=True,
        cause="timeout-called-failure",
    ),
    # Another model is another video at another price, which the user did not ask for.
    case(
        "AUTH-05",
        Level.MUST,
        "If the key may not use a model, the client neither repeats the create nor tries"
        " another model.",
        page("error-handling, best-practices"),
        "create-model-not-allowedx0",
        ONE_CREATE,
        KEEPS_MODEL,
        core=True,
        cause="refusal-repeated",
    ),
    case(
        "AUTH-06",
        Level.INFO,
        "The client may request models and prices with or without a key.",
        openapi("GET /v1/models"),
        "clock-polls after-1polls",
        info(
            "requests-without-key",
            "The client requests models and prices without a key.",
            _check_requests_without_key,
        ),
    ),
)
