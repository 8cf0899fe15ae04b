"""The cases of the OpenAPI run, how much it tries, and which checks of Schemathesis it uses.

Values only, so that the cases can be listed without Schemathesis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seedance_contract.case import Case, Group, Level
from seedance_contract.declared.sources import Source, assumed, guide, openapi, page

GROUP = Group(name="openapi", prefix="openapi", title="openapi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much is tried.

    Args:
        examples: the number of random requests for each operation, and of random sequences.
        models: the number of models, from the first of the family on, that are tried
            systematically.
        sampling_interval: of the systematic create requests every n-th is sent. All systematic
            requests of other operations are sent.
    """

    examples: int
    models: int
    sampling_interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPart:
    """A part of a run of the document. Parts may run at the same time.

    Args:
        model: the number of the model whose create requests the part tries systematically, from 0.
            None for everything but systematic create requests.
    """

    model: int | None


FULL = Depth(examples=40, models=3, sampling_interval=1)
"""Some 4,000 requests if they may cost money, 3,000 if they may not."""

QUICK = Depth(examples=10, models=1, sampling_interval=3)
"""Some 700 requests."""

V3_FULL = Depth(examples=10, models=1, sampling_interval=2)
"""Some 600 requests. The branches of the models differ in a few fields only."""

V3_QUICK = Depth(examples=4, models=1, sampling_interval=10)
"""Some 300 requests."""


# Four of five requests of a full run are systematic create requests, one after the other.
def document_parts(depth: Depth) -> tuple[DocumentPart, ...]:
    """Return the parts of a run. One that tries fewer models leaves out theirs."""
    models = (DocumentPart(model=number) for number in range(depth.models))
    return (*models, DocumentPart(model=None))


PARTS = document_parts(FULL)
"""The parts of a run of the document of v1."""


def _case(name: str, requirement: str, source: Source) -> Case:
    return Case(
        id=f"{GROUP.prefix}.{name}",
        group=GROUP.title,
        level=Level.MUST,
        requirement=requirement,
        source=source,
    )


COMPLETED = _case(
    "completed",
    "Every request of the run gets a response.",
    openapi("paths"),
)
STATUS = _case(
    "status",
    "Every response has a status that its operation documents.",
    openapi("responses"),
)
CONTENT_TYPE = _case(
    "content-type",
    "Every response has the content type application/json.",
    openapi("responses, content"),
)
BODY = _case(
    "body",
    "Every response body matches the schema of its operation and status.",
    openapi("components, schemas"),
)
HEADERS = _case(
    "headers",
    "Every response has the required headers, such as X-Request-ID, and each is well formed.",
    page("observability"),
)
SERVER_ERROR = _case(
    "no-server-error",
    "No request leads to a 5xx.",
    page("error-handling"),
)
ACCEPTED = _case(
    "valid-accepted",
    "A request that keeps every rule is accepted, or refused only because of its account or task.",
    openapi("requestBody"),
)
REFUSED = _case(
    "invalid-refused",
    "A request that the document does not allow is refused, and not with a 5xx.",
    openapi("requestBody"),
)
FAIL_CLOSED = _case(
    "fail-closed",
    "A create request that breaks a documented rule is never accepted, downgraded or ignored.",
    guide("fail-closed"),
)
AUTHORISED = _case(
    "auth",
    "An operation that needs a key refuses requests without one and with a wrong one.",
    page("authentication"),
)
AVAILABLE = _case(
    "created-available",
    "A new task can be read and cancelled by its id.",
    page("async-jobs-polling"),
)
METHOD = _case(
    "method",
    "A known path with an undocumented method is a 405 with Allow.",
    assumed("known path, wrong method"),
)
METHOD_ENVELOPE = _case(
    "method-envelope",
    "A 405 has the error body of the API.",
    assumed("the body of a 405"),
)
ALLOW = _case(
    "allow",
    "Allow lists exactly the methods of the path.",
    assumed("what OPTIONS answers"),
)
ENVELOPE = _case(
    "error-envelope",
    "An error response has error.message, a documented error.type, and a request_id equal to "
    "X-Request-ID.",
    page("error-handling"),
)
RETRY_AFTER = _case(
    "retry-after",
    "A 429 has a Retry-After of whole seconds, 1 or more, and the same error.retry_after.",
    page("rate-limits"),
)
POLL_URL = _case(
    "poll-url",
    "The poll_url of a new task is on the same origin and returns that task.",
    page("async-jobs-polling"),
)
CANCELLED = _case(
    "cancelled-readable",
    "A cancelled task stays readable, as failed with cancelled: true.",
    page("cancel-task"),
)
NO_ECHO = _case(
    "no-key-echo",
    "No response contains the API key.",
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

NOT_REACHED = "no response of the run was about this"

UNEXERCISED_REASONS: Mapping[Case, str] = {
    RETRY_AFTER: "no response had the status 429",
    AVAILABLE: "no task could be created",
    POLL_URL: "no task could be created",
    CANCELLED: "no task could be cancelled",
}
"""Why the run did not reach a case, for cases that depend on what the server does."""

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
"""The checks of Schemathesis that are enabled, by name, and the cases that they decide."""

DISABLED_CHECKS: Mapping[str, str] = {
    "use_after_free": "a cancelled task stays readable: openapi.cancelled-readable requires it",
    "missing_required_header": "the one required header is Authorization, which ignored_auth omits",
    "object_level_authorization": (
        "it needs a key of another workspace, and the group tasks checks ownership"
    ),
    "max_response_time": "the contract promises no response time",
}
"""The checks of Schemathesis that are disabled, each with the reason."""
