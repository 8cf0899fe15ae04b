from seedance_contract.declared.promises import PROMISES
from seedance_contract.declared.sources import Weight

ASSUMED = {
    "auth.any-key",
    "auth.workspace",
    "auth.key-limits",
    "request.inference",
    "request.codes",
    "request.duplicate-names",
    "request.content-type",
    "request.size",
    "request.depth",
    "request.values",
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


def test_undocumented_promises_are_assumed() -> None:
    assumed = {promise.id for promise in PROMISES if promise.source.weight is Weight.ASSUMED}

    assert assumed >= ASSUMED


def test_documented_promises_are_not_assumed() -> None:
    documented = {promise.id for promise in PROMISES if promise.source.weight is Weight.DOCUMENTED}

    assert documented >= {
        "auth.bearer",
        "task.order",
        "cancel.order",
        "billing.charge",
        "price.usd",
        "catalogue.agrees",
    }


def test_every_promise_has_a_text_and_a_source() -> None:
    assert [promise.id for promise in PROMISES if not promise.text] == []
    assert [promise.id for promise in PROMISES if not promise.source.place] == []


def test_promise_ids_are_unique() -> None:
    assert len({promise.id for promise in PROMISES}) == len(PROMISES)
