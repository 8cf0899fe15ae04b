import pytest

from seedance_contract.declared.errors import ERROR_TYPES, ERRORS, ErrorKind
from seedance_contract.declared.sources import Weight

INVALID = "invalid_request_error"

CATALOGUE = [
    ("invalid-request", 400, "invalid_request_error", INVALID),
    ("create-model-not-found", 400, "model_not_found", INVALID),
    ("unsupported-cancel", 400, "unsupported_task_cancel", INVALID),
    ("material-source-invalid", 400, "seedance_material_source_invalid", INVALID),
    ("invalid-key", 401, "invalid_api_key", "invalid_api_key"),
    ("expired-key", 401, "expired_api_key", "expired_api_key"),
    ("insufficient-balance", 402, "insufficient_balance", "insufficient_balance"),
    ("quota-exceeded", 402, "quota_exceeded", "quota_exceeded"),
    ("task-not-owned", 403, "task_not_owned", "permission_error"),
    ("model-not-allowed", 403, "model_not_allowed", "permission_error"),
    ("link-expired", 403, "link_expired", "permission_error"),
    ("task-not-found", 404, "async_task_not_found", INVALID),
    ("model-not-found", 404, "model_not_found", INVALID),
    ("material-not-found", 404, "seedance_material_not_found", "not_found_error"),
    ("unknown-path", 404, "not_found", "not_found_error"),
    ("method-not-allowed", 405, "method_not_allowed", INVALID),
    ("task-not-cancellable", 409, "task_not_cancellable", INVALID),
    ("material-preparing", 409, "seedance_material_preparing", INVALID),
    ("material-conflict", 409, "seedance_material_conflict", INVALID),
    ("payload-too-large", 413, "payload_too_large", INVALID),
    ("unsupported-media-type", 415, "unsupported_media_type", INVALID),
    ("range-not-satisfiable", 416, "range_not_satisfiable", INVALID),
    ("material-source-refused", 422, "seedance_material_source_invalid", INVALID),
    ("rate-limited", 429, "rate_limit_exceeded", "rate_limit_exceeded"),
    ("server-error", 500, "server_error", "server_error"),
    ("upstream-error", 502, "upstream_error", "upstream_error"),
    ("all-channels-failed", 503, "all_channels_failed", "all_channels_failed"),
    (
        "material-library-failed",
        503,
        "seedance_material_library_request_failed",
        "server_error",
    ),
    ("store-unavailable", 503, "server_error", "server_error"),
    ("delivery-tier-unavailable", 503, "delivery_tier_unavailable", "all_channels_failed"),
    ("timeout", 504, "timeout_error", "timeout_error"),
]
BY_ID = {kind.id: kind for kind in ERRORS}


@pytest.mark.parametrize(("error", "status", "code", "kind"), CATALOGUE)
def test_an_error_is_as_documented(error: str, status: int, code: str, kind: str) -> None:
    declared = BY_ID[error]

    assert (declared.status, declared.code, declared.type) == (status, code, kind)


def test_there_is_no_other_error() -> None:
    assert [kind.id for kind in ERRORS] == [error for error, _, _, _ in CATALOGUE]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.id)
def test_every_type_is_in_the_public_enum(kind: ErrorKind) -> None:
    assert kind.type in ERROR_TYPES


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.id)
def test_every_error_has_message_and_source(kind: ErrorKind) -> None:
    assert kind.message
    assert kind.source.place


def test_status_and_code_identify_an_error() -> None:
    assert len({(kind.status, kind.code) for kind in ERRORS}) == len(ERRORS)


def test_retryable_errors() -> None:
    retryable = {kind.status for kind in ERRORS if kind.retryable}

    assert retryable - {409} == {429, 500, 502, 503, 504}
    assert [kind.code for kind in ERRORS if kind.retryable and kind.status == 409] == [
        "seedance_material_preparing"
    ]


def test_errors_with_retry_after() -> None:
    seconds = {kind.id: kind.retry_after for kind in ERRORS if kind.retry_after is not None}

    assert seconds == {"rate-limited": 1, "all-channels-failed": 30, "store-unavailable": 1}


def test_undocumented_errors_are_assumed() -> None:
    assumed = {kind.id for kind in ERRORS if kind.source.weight is Weight.ASSUMED}

    assert assumed == {
        "link-expired",
        "material-conflict",
        "material-not-found",
        "unknown-path",
        "method-not-allowed",
        "range-not-satisfiable",
        "store-unavailable",
        "unsupported-media-type",
    }
