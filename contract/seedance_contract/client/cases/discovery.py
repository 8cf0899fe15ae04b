"""DISC: whether a client reads models and prices from the API or has them built in."""

from __future__ import annotations

import json
import re

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import check_keeps_model
from seedance_contract.client.client_case import (
    ACTION,
    NotExercised,
    generate_job,
    group,
    must,
    should,
)
from seedance_contract.client.invariants.creates import check_created_once
from seedance_contract.client.invariants.polls import check_few_lookups
from seedance_contract.client.job_fields import require_action
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    faulted_requests,
    reports_success,
    response_body,
    user_output,
)
from seedance_contract.declared.sources import guide, openapi, page

GROUP = Group(name="discovery", prefix="DISC", title="Models and prices")

case = group(GROUP)

# A binary float holds 15 to 17 significant digits. The script `catalogue-odd` contains prices with
# more, which only a client with exact decimals prints unchanged.
_LONG_DECIMAL = re.compile(r'"(\d+\.\d{12,})"')


def _successful_lookups(record: Record) -> list[RecordedExchange]:
    lookups = record.exchanges_at("models", "pricing")
    if not (successful := [lookup for lookup in lookups if lookup.status == 200]):
        raise NotExercised("the client did not request models or prices")
    return successful


def _check_requests_catalogue(record: Record) -> None:
    if record.creates:
        raise NotExercised("the client ignores its job")
    if not record.exchanges_at("models", "pricing"):
        require_action(record, "models")
        raise Mismatch(expected="a request for models or prices", actual="none")


def _check_shows_true_models(record: Record) -> None:
    models = [
        model
        for lookup in _successful_lookups(record)
        for model in response_body(lookup).get("data") or ()
    ]
    names = {str(model.get("id") or model.get("model")) for model in models}
    if not names:
        raise NotExercised("the client did not request a list")
    require_action(record, "models")
    if missing := [name for name in sorted(names) if name not in user_output(record)]:
        raise Mismatch(expected=f"{missing[0]} in the output", actual="not there")


def _check_no_crash(record: Record) -> None:
    _successful_lookups(record)
    if not reports_success(record):
        raise Mismatch(expected="a success", actual="a failure")


def _check_decimals_exact(record: Record) -> None:
    prices = {
        price
        for lookup in _successful_lookups(record)
        for price in _LONG_DECIMAL.findall(lookup.answer_body)
    }
    text = user_output(record)
    if any(price in text for price in prices):
        return
    if any(json.dumps(float(price)) in text for price in prices):
        require_action(record, "pricing")
        raise Mismatch(expected=f"the price {min(prices)}", actual="a rounded price")
    raise NotExercised("the client shows no prices")


# A client that looks the model up first may find that it is missing and send no create at all.
def _missing_model_found(record: Record) -> bool:
    return bool(record.exchanges_at("models", "pricing")) and not record.creates


def _check_no_substitute(record: Record) -> None:
    if not _missing_model_found(record):
        faulted_requests(record, "create")
        check_keeps_model(record)


def _check_not_repeated(record: Record) -> None:
    if not _missing_model_found(record):
        check_created_once(record)


CASES = (
    # The catalogue contains invented models, so a list that is built into the client is wrong.
    case(
        "DISC-01",
        Level.SHOULD,
        "The client reads models and prices from the API instead of having them built in.",
        guide("read the current model detail"),
        "catalogue-invented",
        should(
            "requests-catalogue", "The client requests models or prices.", _check_requests_catalogue
        ),
        should(
            "shows-true-models",
            "The client shows the models that the API returned.",
            _check_shows_true_models,
        ),
        job={"action": "models"},
        needs=ACTION,
        core=True,
        cause="catalogue-built-in",
    ),
    case(
        "DISC-02",
        Level.MUST,
        "The client accepts unknown categories, missing summaries and prices with many digits.",
        openapi("GET /v1/pricing"),
        "catalogue-odd",
        must(
            "no-crash",
            "The client reports success.",
            _check_no_crash,
            cause="response-read-too-strictly",
        ),
        must(
            "decimals-exact",
            "The client shows prices with all digits.",
            _check_decimals_exact,
            cause="prices-rounded",
        ),
        job={"action": "pricing"},
        needs=ACTION,
    ),
    # The model of the job is missing from the catalogue, and every create for it is rejected.
    case(
        "DISC-03",
        Level.MUST,
        "The client does not replace a missing model by another one.",
        page("best-practices, agent-first-api"),
        "catalogue-less create-create-model-not-foundx0",
        must(
            "no-substitute",
            "The client sends no other model.",
            _check_no_substitute,
            cause="request-altered",
        ),
        must("one-create", "The client sends at most one create.", _check_not_repeated),
        job=generate_job(model="seedance-2.0"),
        may_send_nothing=True,
        core=True,
        safe=True,
        cause="refusal-repeated",
    ),
    case(
        "DISC-04",
        Level.SHOULD,
        "The client does not request models and prices with every poll.",
        page("rate-limits"),
        "clock-polls after-4polls",
        should("once", "The client requests each of them at most once.", check_few_lookups),
        cause="catalogue-read-too-often",
    ),
)
