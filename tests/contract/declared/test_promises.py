import pytest

from seedance_contract.declared.promises import PROMISES, Promise
from seedance_contract.declared.sources import Weight

ASSUMED = {
    "auth.any-key",
    "auth.owner",
    "request.inference",
    "request.codes",
    "request.duplicate-names",
    "request.content-type",
    "request.size",
    "media.never-fetched",
    "task.lifecycle",
    "task.expiry",
    "task.retention",
    "task.adaptive",
    "task.duration-chosen",
    "task.result",
    "errors.www-authenticate",
    "price.rounding",
    "price.input-seconds",
    "catalogue.recommended-for",
    "catalogue.values",
}


def test_choices_of_ours_are_marked_as_assumed() -> None:
    assumed = {one.id for one in PROMISES if one.source.weight is Weight.ASSUMED}

    assert assumed >= ASSUMED


def test_facts_of_the_documents_are_not_assumed() -> None:
    documented = {one.id for one in PROMISES if one.source.weight is Weight.DOCUMENTED}

    assert documented >= {
        "auth.bearer",
        "task.order",
        "cancel.order",
        "billing.charge",
        "price.usd",
        "catalogue.agrees",
    }


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.id)
def test_every_promise_has_a_text_and_a_source(promise: Promise) -> None:
    assert promise.text
    assert promise.source.place


def test_promises_have_ids_of_their_own() -> None:
    assert len({one.id for one in PROMISES}) == len(PROMISES)
