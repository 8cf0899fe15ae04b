"""What the OpenAPI run judges, how much it tries, and which checks of Schemathesis it uses.

Values only, so that the cases can be listed without Schemathesis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seedance_contract.case import Case, Level
from seedance_contract.declared.sources import Source, assumed, guide, openapi, page

GROUP = "OpenAPI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much is tried.

    Args:
        examples: requests of each operation, and sequences of operations, made at random.
        models: the first so many models of the family are tried systematically.
        every: of the systematic requests to create, take each so-manieth; of the others, all.
    """

    examples: int
    models: int
    sampling_interval: int


FULL = Depth(examples=40, models=3, sampling_interval=1)
"""Some 4,000 requests where they may cost money, 3,000 where they may not."""

QUICK = Depth(examples=10, models=1, sampling_interval=3)
"""Some 700 requests."""


def _must(name: str, requirement: str, source: Source) -> Case:
    return Case(
        id=f"openapi.{name}",
        group=GROUP,
        level=Level.MUST,
        requirement=requirement,
        source=source,
    )


COMPLETED = _must(
    "completed",
    "Every request of the run is answered",
    openapi("paths"),
)
STATUS = _must(
    "status",
    "An answer has a status that the operation documents",
    openapi("responses"),
)
CONTENT_TYPE = _must(
    "content-type",
    "An answer is application/json",
    openapi("responses, content"),
)
BODY = _must(
    "body",
    "The body of an answer is what the schema of its operation and status says",
    openapi("components, schemas"),
)
HEADERS = _must(
    "headers",
    "An answer has the required headers, such as X-Request-ID, and each is well formed",
    page("observability"),
)
SERVER_ERROR = _must(
    "no-server-error",
    "No request makes the server fail: no 5xx",
    page("error-handling"),
)
ACCEPTED = _must(
    "valid-accepted",
    "A request that keeps every rule is accepted, or refused for the account or the task only",
    openapi("requestBody"),
)
REFUSED = _must(
    "invalid-refused",
    "A request that the document does not allow is refused, and not with a 5xx",
    openapi("requestBody"),
)
FAIL_CLOSED = _must(
    "fail-closed",
    "A create request that breaks a documented rule is never accepted, downgraded or ignored",
    guide("fail-closed"),
)
AUTHORISED = _must(
    "auth",
    "What needs a key refuses requests without one and with a wrong one",
    page("authentication"),
)
AVAILABLE = _must(
    "created-available",
    "A task that was just created can be read and cancelled by its id",
    page("async-jobs-polling"),
)
METHOD = _must(
    "method",
    "A known path with a method it does not have is 405 with Allow",
    assumed("known path, wrong method"),
)
METHOD_ENVELOPE = _must(
    "method-envelope",
    "A wrong method is refused with the error body of the API",
    assumed("the body of a 405"),
)
ALLOW = _must(
    "allow",
    "Allow names exactly the methods that the path has",
    assumed("what OPTIONS answers"),
)
ENVELOPE = _must(
    "error-envelope",
    "A refusal has error.message and a documented error.type; error.request_id, where it is "
    "given, equals X-Request-ID",
    page("error-handling"),
)
RETRY_AFTER = _must(
    "retry-after",
    "A 429 has a Retry-After of whole seconds, 1 or more, and the same error.retry_after",
    page("rate-limits"),
)
POLL_URL = _must(
    "poll-url",
    "The poll_url of a created task is on the same origin and answers with that task",
    page("async-jobs-polling"),
)
CANCELLED = _must(
    "cancelled-readable",
    "A cancelled task stays readable, as failed with cancelled: true",
    page("cancel-task"),
)
NO_ECHO = _must(
    "no-key-echo",
    "No answer contains the API key",
    page("authentication"),
)

CASES: tuple[Case, ...] = (
    COMPLETED,
    STATUS,
    CONTENT_TYPE,
    BODY,
    HEADERS,
    SERVER_ERROR,
    ACCEPTED,
    REFUSED,
    FAIL_CLOSED,
    AUTHORISED,
    AVAILABLE,
    METHOD,
    METHOD_ENVELOPE,
    ALLOW,
    ENVELOPE,
    RETRY_AFTER,
    POLL_URL,
    CANCELLED,
    NO_ECHO,
)
"""Every case, in the order of the report."""

SCHEMATHESIS_CHECKS: Mapping[str, Case] = {
    "status_code_conformance": STATUS,
    "content_type_conformance": CONTENT_TYPE,
    "response_schema_conformance": BODY,
    "response_headers_conformance": HEADERS,
    "not_a_server_error": SERVER_ERROR,
    "positive_data_acceptance": ACCEPTED,
    "negative_data_rejection": REFUSED,
    "ignored_auth": AUTHORISED,
    "ensure_resource_availability": AVAILABLE,
    "unsupported_method": METHOD,
    "allow_header_conformance": ALLOW,
}
"""The checks of Schemathesis that are on, by their names."""

DISABLED_CHECKS: Mapping[str, str] = {
    "use_after_free": "a cancelled task stays readable; openapi.cancelled-readable asks for that",
    "missing_required_header": "the one required header is Authorization, which ignored_auth omits",
    "object_level_authorization": "it needs a second key; other checks judge ownership",
    "max_response_time": "the contract promises no time",
}
"""The checks of Schemathesis that are off, each with its reason."""
