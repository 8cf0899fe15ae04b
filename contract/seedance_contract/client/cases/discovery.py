"""DISC: whether a client reads models and prices, or believes to know them."""

from __future__ import annotations

import json
import re

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import KEEPS_MODEL, ONE_CREATE
from seedance_contract.client.record import Exchange, Record
from seedance_contract.client.scene import ACTION, Unexercised, generate, group, must, should
from seedance_contract.client.traffic import said, struck, success, told
from seedance_contract.declared.sources import guide, openapi, page

GROUP = "DISC Models and prices"

_LONG_DECIMAL = re.compile(r'"(\d+\.\d{12,})"')


def _asked(record: Record) -> list[Exchange]:
    found = [one for one in record.at("models", "pricing") if one.status == 200]
    if not found:
        raise Unexercised("the client did not ask for models or prices")
    return found


def _asks(record: Record) -> None:
    if record.creates:
        raise Unexercised("the client does not take the job it is given")
    if not record.at("models", "pricing"):
        raise Mismatch(expected="a request for models or prices", actual="none")


def _shows_true_models(record: Record) -> None:
    listed = [one for answer in _asked(record) for one in told(answer).get("data") or ()]
    names = {str(one.get("id") or one.get("model")) for one in listed}
    if not names:
        raise Unexercised("the client asked for no list")
    if missing := [name for name in sorted(names) if name not in said(record)]:
        raise Mismatch(expected=f"{missing[0]} among what is shown", actual="not there")


def _no_crash(record: Record) -> None:
    _asked(record)
    if not success(record):
        raise Mismatch(expected="a success", actual="a failure")


def _decimals_exact(record: Record) -> None:
    exact = {price for one in _asked(record) for price in _LONG_DECIMAL.findall(one.answer_body)}
    text = said(record)
    if any(price in text for price in exact):
        return
    if any(json.dumps(float(price)) in text for price in exact):
        raise Mismatch(expected=f"the price {min(exact)}", actual="a rounded price")
    raise Unexercised("the client shows no prices")


def _once(record: Record) -> None:
    if len(record.polls) < 3:
        raise Unexercised("the client did not poll three times")
    for place in ("models", "pricing"):
        targets = [one.target for one in record.at(place)]
        if len(targets) > len(set(targets)):
            raise Mismatch(expected=f"{place} once", actual=f"{len(targets)} times")


def _no_substitute(record: Record) -> None:
    if record.creates or not record.at("models", "pricing"):
        struck(record, "create")
        KEEPS_MODEL.judge(record)


def _not_repeated(record: Record) -> None:
    if record.creates or not record.at("models", "pricing"):
        ONE_CREATE.judge(record)


scene = group(GROUP)

SCENES = (
    scene(
        "DISC-01",
        Level.SHOULD,
        "Models and prices are read from the API, not known beforehand.",
        guide("read the current model detail"),
        "catalogue-invented",
        should("asks", "The API is asked.", _asks),
        should("shows-true-models", "Its models are shown.", _shows_true_models),
        job={"action": "models"},
        needs=ACTION,
        core=True,
    ),
    scene(
        "DISC-02",
        Level.MUST,
        "Unknown categories, absent summaries and exact prices are taken as they are.",
        openapi("GET /v1/pricing"),
        "catalogue-odd",
        must("no-crash", "The client copes.", _no_crash),
        must("decimals-exact", "Prices keep their digits.", _decimals_exact),
        job={"action": "pricing"},
        needs=ACTION,
    ),
    scene(
        "DISC-03",
        Level.MUST,
        "A model that is gone is not replaced by another.",
        page("best-practices, agent-first-api"),
        "catalogue-less create-create-model-not-foundx0",
        must("no-substitute", "No other model is sent.", _no_substitute),
        must("one-create", "One create is sent at most.", _not_repeated),
        job=generate(model="seedance-2.0"),
        silent=True,
        core=True,
        safe=True,
    ),
    scene(
        "DISC-04",
        Level.SHOULD,
        "Models and prices are not asked for at every poll.",
        page("rate-limits"),
        "clock-polls after-4polls",
        should("once", "Each is asked for once at most.", _once),
    ),
)
