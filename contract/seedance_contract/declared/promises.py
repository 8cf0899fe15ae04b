"""The statements of the contract beyond the create request: one sentence each, with its source.

Together with the rules and the errors these are all claims of the product. A statement that no
document makes is marked as assumed, so that nobody takes it for the behaviour of the vendor.
"""

from __future__ import annotations

from dataclasses import dataclass

from seedance_contract.declared.errors import MAX_VALIDATION_ERRORS
from seedance_contract.declared.media_limits import MAX_MEDIA_TYPE_PARAMETERS
from seedance_contract.declared.model import all_durations
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import INFERENCE_SOURCE
from seedance_contract.declared.prices import (
    CNY_PER_USD_SOURCE,
    DEFAULT_INPUT_SECONDS,
    INPUT_SECONDS_SOURCE,
    ROUNDING_SOURCE,
    TOKENS_SOURCE,
)
from seedance_contract.declared.routes import (
    DELIVERY_POLICIES,
    DELIVERY_POLICY_HEADER,
    MAX_BODY_BYTES,
    MAX_BODY_DEPTH,
    MAX_BODY_VALUES,
    MAX_INTEGER_DIGITS,
)
from seedance_contract.declared.sources import (
    Source,
    assumed,
    guide,
    openapi,
    page,
    price_list,
    standard,
)

_DURATIONS = all_durations(MODELS)


@dataclass(frozen=True, slots=True)
class Promise:
    """A statement of the contract, in our words."""

    id: str
    text: str
    source: Source


PROMISES: tuple[Promise, ...] = (
    Promise("auth.bearer", "Keys come as Authorization: Bearer sk-…", page("authentication")),
    Promise(
        "auth.management",
        "A management token (mt-…) is no API key: 401",
        page("authentication"),
    ),
    Promise(
        "auth.catalogue",
        "Models and prices need no key, but a key that is sent is validated",
        openapi("GET /v1/models"),
    ),
    Promise(
        "auth.any-key",
        "Every well-formed key is accepted unless a list is pinned",
        assumed("accounts: the mock has none to look a key up in"),
    ),
    Promise(
        "auth.owner",
        "A task belongs to the workspace of the key that created it",
        page("async-jobs-polling"),
    ),
    Promise(
        "auth.workspace",
        "Each key has a workspace of its own unless it was added to another; keys of a workspace "
        "share tasks, money, clock, words and counters",
        assumed("which keys belong to a workspace, and what else they share"),
    ),
    Promise(
        "auth.key-limits",
        "In a workspace each key has its own state, quota and rate limit",
        assumed("whether the keys of a workspace share limits"),
    ),
    Promise(
        "request.inference",
        "An omitted operation is inferred from the inputs in a fixed order",
        INFERENCE_SOURCE,
    ),
    Promise(
        "request.all-violations",
        "Every violation is reported at once; `error` describes the first",
        openapi("ValidationError"),
    ),
    Promise(
        "request.validation-limit",
        f"validation_errors has at most {MAX_VALIDATION_ERRORS} entries; "
        "error.validation_errors_omitted is the number of the others",
        assumed("how many violations a response lists"),
    ),
    Promise(
        "request.codes",
        "The `code` of an entry in validation_errors names the kind of rule",
        assumed("which codes entries of validation_errors have"),
    ),
    Promise(
        "request.duplicate-names",
        "A body with the same name twice in an object is refused",
        assumed("duplicate names in a JSON object"),
    ),
    Promise(
        "request.content-type",
        "A body that parses as JSON is accepted with any content type",
        assumed("bodies that are not application/json"),
    ),
    Promise(
        "request.content-encoding",
        "A body with a Content-Encoding other than identity is 415 unsupported_media_type",
        assumed("whether bodies may be compressed"),
    ),
    Promise(
        "request.byte-order-mark",
        "A body that begins with a byte order mark is 400",
        assumed("a byte order mark before the JSON text"),
    ),
    Promise(
        "request.size",
        f"A body over {MAX_BODY_BYTES // 1024**2} MiB is 413 payload_too_large",
        assumed("the largest body"),
    ),
    Promise(
        "request.depth",
        f"A body with more than {MAX_BODY_DEPTH} arrays and objects inside each other is 400",
        assumed("how deeply a body may be nested"),
    ),
    Promise(
        "request.values",
        f"A body with more than {MAX_BODY_VALUES} values is 400",
        assumed("how many values a body may have"),
    ),
    Promise(
        "request.digits",
        f"A body with an integer of more than {MAX_INTEGER_DIGITS} digits is 400",
        assumed("how long a number in a body may be"),
    ),
    Promise(
        "request.priority",
        "priority is never combined with service_tier=flex; flex is refused in any case",
        openapi("VideoGenerationRequest.priority"),
    ),
    Promise(
        "request.safety-identifier",
        "An omitted safety_identifier takes the value of user",
        openapi("VideoGenerationRequest.safety_identifier"),
    ),
    Promise(
        "request.delivery-policy",
        f"{DELIVERY_POLICY_HEADER} is {', '.join(DELIVERY_POLICIES)}; any other value is 400",
        openapi("DeliveryPolicy"),
    ),
    Promise(
        "request.delivery-policy-order",
        f"The value of {DELIVERY_POLICY_HEADER} is checked before the body, and whether the tier "
        "is available after it",
        assumed("in which order a delivery policy and the body are checked"),
    ),
    Promise("media.never-fetched", "No media URL is fetched", assumed("whether inputs are read")),
    Promise(
        "media.data-url",
        "In a data URL scheme, media type and base64 may be in any case, and the media type may "
        "have parameters such as ;codecs=opus",
        standard("RFC 2397"),
    ),
    Promise(
        "media.data-url-parameters",
        f"A data URL with more than {MAX_MEDIA_TYPE_PARAMETERS} parameters is refused",
        assumed("how many parameters a data URL may have"),
    ),
    Promise("task.id", "An id is ldtask_ and 32 hexadecimal digits", page("get-task-status")),
    Promise("task.ids-equal", "id and task_id are equal", openapi("VideoTaskResponse.task_id")),
    Promise(
        "task.poll-url",
        "poll_url is a path, relative to the API's host",
        page("async-jobs-polling"),
    ),
    Promise(
        "task.order",
        "The order is pending, processing, then completed or failed; it never goes back",
        page("async-jobs-polling"),
    ),
    Promise(
        "task.lifecycle",
        "The chosen lifecycle decides how long a task is queued and how long it runs",
        assumed("how long a task takes"),
    ),
    Promise(
        "task.expiry",
        "A task that is queued longer than execution_expires_after fails",
        assumed("what an expired task looks like"),
    ),
    Promise(
        "task.retention",
        "The oldest finished tasks are removed first, and then answer 404",
        assumed("how long tasks are kept"),
    ),
    Promise(
        "task.adaptive",
        "adaptive is 16:9 for text; for media it is a ratio that depends only on the request",
        assumed("which ratio adaptive chooses"),
    ),
    Promise(
        "task.duration-chosen",
        f"duration -1 is {_DURATIONS.low} to {_DURATIONS.high} s, chosen only by the request",
        assumed("which length the model chooses"),
    ),
    Promise(
        "task.result",
        "A result is a downloadable file. The response states the requested length and size; "
        "the file has others",
        assumed("what a simulated video shows"),
    ),
    Promise(
        "cancel.order",
        "The checks are 401, 404, 403, 400 for the model, 409 for the state, in this order",
        page("cancel-task"),
    ),
    Promise(
        "cancel.race",
        "A cancelled task never runs; a task that a poll showed running is never cancelled",
        page("cancel-task"),
    ),
    Promise(
        "cancel.shape",
        "A cancelled task has the status failed and cancelled: true, and stays readable",
        page("cancel-task"),
    ),
    Promise(
        "errors.request-id",
        "Errors have request_id in the body; every response has X-Request-ID",
        page("observability"),
    ),
    Promise(
        "errors.www-authenticate", "A 401 has the header WWW-Authenticate", assumed("RFC 9110")
    ),
    Promise(
        "price.usd",
        "USD is CNY / 6.8, as a decimal string with eight decimals",
        CNY_PER_USD_SOURCE,
    ),
    Promise("price.tokens", "Tokens are width x height x frames / 1024 at 24 fps", TOKENS_SOURCE),
    Promise("price.rounding", "A fraction of a token counts as one", ROUNDING_SOURCE),
    Promise(
        "price.floor",
        "With video input at least (D + ceil(2D/3)) seconds are charged",
        price_list("floor"),
    ),
    Promise(
        "price.input-seconds",
        f"An input video counts {DEFAULT_INPUT_SECONDS} s, a continued task its own duration",
        INPUT_SECONDS_SOURCE,
    ),
    Promise(
        "price.longest",
        "duration -1 is estimated for the longest video",
        openapi("VideoGenerationRequest.duration"),
    ),
    Promise("billing.reserve", "Create reserves the estimate", page("billing")),
    Promise("billing.charge", "Completion charges the actual amount, once", page("billing")),
    Promise("billing.release", "Failure and cancellation charge nothing", page("billing")),
    Promise(
        "catalogue.agrees",
        "What the model detail lists is accepted; everything else is refused",
        guide("read the current model detail"),
    ),
    Promise(
        "catalogue.recommended-for",
        "recommended_for selects the models of that category",
        assumed("what recommended_for does to models of another category"),
    ),
    Promise(
        "catalogue.overview",
        "GET /llms.txt is an overview of the API as plain text, without a key",
        page("agent-first-api: get_api_overview"),
    ),
    Promise(
        "catalogue.overview-content",
        "The overview names the endpoints, the models, and the way from a request to a video",
        assumed("what llms.txt says"),
    ),
    Promise(
        "catalogue.values",
        "Dates, lifecycle and recommendation figures of the catalogue are invented",
        assumed("values that change from day to day"),
    ),
)
