"""REQ: the create request of a client, and its reaction to a rejected create."""

from __future__ import annotations

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import ENDS_AS_FAILURE, KEEPS_MODEL, ONE_CREATE
from seedance_contract.client.client_case import (
    EXIT,
    ClientCase,
    NotExercised,
    generate_job,
    group,
    info,
    must,
    should,
)
from seedance_contract.client.invariants.creates import (
    UNDOCUMENTED_FIELD_RULE,
    check_documented_rules,
    check_fields_unchanged,
    create_violations,
    job_bodies,
    violation_mismatch,
)
from seedance_contract.client.job_fields import ignores_job, require_known
from seedance_contract.client.jobs import SHORT_TASK
from seedance_contract.client.record import REDACTED_KEY, Record, RecordedExchange
from seedance_contract.client.traffic import (
    faulted_requests,
    reports_success,
    request_body,
    response_body,
    sent_creates,
    user_output,
)
from seedance_contract.client.wording import counted, shown
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.sources import Weight, guide, openapi, page

GROUP = Group(name="requests", prefix="REQ", title="Request shape")

case = group(GROUP)


def _check_json_object(record: Record) -> None:
    for create in sent_creates(record):
        types = [value.partition(";")[0].strip().lower() for value in create.header("content-type")]
        if not request_body(create) or "\ufffd" in create.body:
            raise Mismatch(expected="one JSON object in UTF-8", actual="another body")
        if types != ["application/json"]:
            actual = ", ".join(types) or "no Content-Type"
            raise Mismatch(expected="Content-Type: application/json", actual=actual)
        if not _has_valid_length(create):
            raise Mismatch(expected="a correct length, or chunks", actual="another length")


def _has_valid_length(create: RecordedExchange) -> bool:
    lengths = create.header("content-length")
    # RFC 9112, section 6.2: a message has no Content-Length if it has Transfer-Encoding.
    if create.header("transfer-encoding"):
        return not lengths
    # The recorder replaces a key in the body by its name, which has another length.
    expected = str(len(create.body.encode()))
    return len(lengths) == 1 and (lengths == [expected] or REDACTED_KEY in create.body)


CHOSEN_FIELDS = ("model", "duration", "resolution")
"""What the user chooses in REQ-02."""


def _check_fields_unchanged(record: Record) -> None:
    check_fields_unchanged(record)
    require_known(record, *CHOSEN_FIELDS)


def _check_documented_fields(record: Record) -> None:
    undocumented = [
        violation.breach.field
        for violation in create_violations(record)
        if violation.rule.id == UNDOCUMENTED_FIELD_RULE
    ]
    if undocumented:
        raise Mismatch(expected="documented fields only", actual=", ".join(undocumented))


DOCUMENTED_FIELDS = should(
    "documented-fields",
    "The request contains documented fields only.",
    _check_documented_fields,
    cause="invalid-request",
)


def _check_assumed_rules(record: Record) -> None:
    for violation in create_violations(record):
        if violation.rule.source.weight is Weight.ASSUMED:
            raise violation_mismatch(record, violation)


def _check_aliases_agree(record: Record) -> None:
    for body in job_bodies(record):
        for field in (FIELDS[name] for name in ("duration", "aspect_ratio", "output_audio")):
            values = {name: body[name] for name in (field.name, *field.aliases) if name in body}
            if not values:
                require_known(record, field.name)
            if any(value != next(iter(values.values())) for value in values.values()):
                actual = ", ".join(f"{name}: {shown(value)}" for name, value in values.items())
                raise Mismatch(expected="one value under all names", actual=actual)


def _check_operation(record: Record) -> None:
    if any("operation" not in request_body(create) for create in sent_creates(record)):
        raise Mismatch(expected="an operation", actual="none")


def _require_job_taken(record: Record) -> None:
    """Raise NotExercised if the client does not know which video it has to request."""
    if ignores_job(record):
        require_known(record, "prompt")
        raise NotExercised("the client ignores its job")
    require_known(record, "model", "resolution")


def _check_unaltered(record: Record) -> None:
    _require_job_taken(record)
    bodies = [request_body(create) for create in record.creates]
    for body in bodies:
        for name in ("model", "resolution"):
            expected = record.job["request"][name]
            if body.get(name) != expected:
                actual = f"{name}: {shown(body.get(name))}"
                raise Mismatch(expected=f"{name}: {shown(expected)}", actual=actual)
    if len(bodies) > 1:
        # It repeats what the user asked for: another mistake than to change it.
        raise Mismatch(
            expected="at most 1 create",
            actual=counted(len(bodies), "create"),
            cause="refusal-repeated",
        )


def _check_error_reported(record: Record) -> None:
    _require_job_taken(record)
    if record.killed or reports_success(record):
        raise Mismatch(expected="an error", actual="none")


def _check_hint_shown(record: Record) -> None:
    error = response_body(faulted_requests(record, "create")[0]).get("error", {})
    hint = error.get("did_you_mean")
    if not isinstance(hint, str):
        raise NotExercised("the error contained no suggestion")
    if hint not in user_output(record):
        raise Mismatch(expected=f"the suggestion {hint!r}", actual="not shown")


def _unusual_error(variant: str, requirement: str) -> ClientCase:
    """Return a case in which the error body has an unusual form."""
    return case(
        "REQ-08" if variant == "bare" else f"REQ-08-{variant}",
        Level.SHOULD,
        requirement,
        page("error-handling, agent-first-api"),
        f"create-model-not-allowedx0 refusal-{variant}",
        ONE_CREATE,
        ENDS_AS_FAILURE,
        needs=EXIT,
        cause="refusal-repeated",
    )


CASES = (
    case(
        "REQ-01",
        Level.MUST,
        "The client sends one JSON object in UTF-8, with the right Content-Type and length.",
        page("create-video"),
        SHORT_TASK,
        must(
            "json-object",
            "The body is one JSON object that matches its Content-Type and length.",
            _check_json_object,
        ),
        core=True,
        cause="invalid-request",
    ),
    case(
        "REQ-02",
        Level.MUST,
        "The client sends the user's choices unchanged.",
        page("best-practices, agent-first-api"),
        SHORT_TASK,
        must(
            "fields-unchanged",
            "The client drops or changes no field of the job.",
            _check_fields_unchanged,
        ),
        job=generate_job(**dict(zip(CHOSEN_FIELDS, ("seedance-2.0", 6, "480p"), strict=True))),
        core=True,
        safe=True,
        cause="request-altered",
    ),
    case(
        "REQ-03",
        Level.MUST,
        "The create request obeys every documented rule.",
        openapi("VideoGenerationRequest"),
        SHORT_TASK,
        must("valid", "The request breaks no documented rule.", check_documented_rules),
        DOCUMENTED_FIELDS,
        info("assumed-rules", "The request breaks no assumed rule.", _check_assumed_rules),
        core=True,
        cause="invalid-request",
    ),
    case(
        "REQ-04",
        Level.MUST,
        "The client sends the same value under all names of a field.",
        page("create-video: aliases"),
        SHORT_TASK,
        must(
            "aliases-agree",
            "Duration, aspect ratio and audio each have one value.",
            _check_aliases_agree,
        ),
        job=generate_job(duration=6, aspect_ratio="16:9", output_audio=False),
        cause="invalid-request",
    ),
    case(
        "REQ-05",
        Level.SHOULD,
        "The client names the operation in the create request.",
        guide("operations"),
        SHORT_TASK,
        should("operation", "The request contains an operation.", _check_operation),
        core=True,
        cause="invalid-request",
    ),
    # `ok` injects no fault: the API itself rejects this resolution for this model.
    case(
        "REQ-06",
        Level.MUST,
        "If the model lacks the resolution, the client reports an error and does not generate a"
        " smaller video.",
        guide("models"),
        "ok",
        must(
            "unaltered",
            "The client sends no create, or one with the model and resolution of the job.",
            _check_unaltered,
        ),
        must(
            "ends-as-failure",
            "The client reports an error to its user.",
            _check_error_reported,
            timed=True,
            cause="failure-reported-as-success",
        ),
        job=generate_job(model="seedance-2.0-fast", resolution="1080p"),
        needs=EXIT,
        may_send_nothing=True,
        core=True,
        safe=True,
        cause="request-altered",
    ),
    # Each create is rejected with a suggestion (did_you_mean) in the error.
    case(
        "REQ-07",
        Level.MUST,
        "The client shows a suggested model to its user and does not try it.",
        page("agent-first-api"),
        "create-create-model-not-foundx0",
        ONE_CREATE,
        KEEPS_MODEL,
        info("hint-shown", "The client shows the suggestion to its user.", _check_hint_shown),
        core=True,
        safe=True,
        cause="refusal-repeated",
    ),
    _unusual_error("bare", "The client understands an error with message and type only."),
    _unusual_error("rich", "The client ignores unknown members of an error."),
    _unusual_error("swapped", "The client understands an error whose type and code are swapped."),
    case(
        "REQ-09",
        Level.MUST,
        "The client does not repeat a request that is too large.",
        page("error-handling"),
        "create-413x0",
        ONE_CREATE,
        core=True,
        cause="refusal-repeated",
    ),
)
