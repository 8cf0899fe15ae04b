"""Servers with one defect each, and the checks that must find it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from material_server_mutants import MATERIAL_MUTANTS
from seedance_mock.domain import accounts, errors
from seedance_mock.domain.lifecycle import LIFECYCLES
from seedance_mock.service import admission
from seedance_mock.service import tasks as service
from seedance_mock.service.tasks import Service
from seedance_mock.web import app, serializers
from seedance_mock.web.context import as_endpoint
from seedance_mock.web.endpoints import catalogue as catalogue_endpoints
from seedance_mock.web.endpoints import request_bodies
from seedance_mock.web.endpoints import tasks as task_endpoints
from seedance_mock.web.faults import injection
from server_defects import (
    Mutant,
    cancel_every_model,
    cancel_running_task,
    cancel_twice,
    charge_cancelled_task,
    charge_twice,
    detail_with_4k,
    downgrade_video,
    echo_key,
    echo_prompt,
    fail_old_task,
    ignore_owner,
    is_cancelled,
    keep_reservation,
    lose_races,
    not_found,
    other_task_id,
    pricing_with_floats,
    processing_at_once,
    refuse_if,
    reserve_before_validation,
    round_charges,
    status_goes_back,
    unmarked_failure,
    updated_changes,
    with_error_response,
    with_function,
    with_members,
    with_serializer,
    without_category_decision,
    without_error_type,
    without_older_path,
    without_request_ids,
    without_retry_after,
    without_rule,
)
from v3_server_mutants import V3_MUTANTS

MUTANTS = (
    *V3_MUTANTS,
    *MATERIAL_MUTANTS,
    Mutant(
        "an alias may contradict its field",
        ("duration.spellings",),
        without_rule("duration.spellings"),
    ),
    Mutant(
        "fast accepts 1080p",
        ("seedance-2.0-fast.resolution", "catalogue.agrees-seedance-2.0-fast"),
        without_rule("seedance-2.0-fast.resolution"),
    ),
    Mutant("unknown fields are ignored", ("request.known",), without_rule("request.known")),
    Mutant("16 s are accepted", ("duration.range",), without_rule("duration.range")),
    Mutant(
        "ten images are accepted",
        ("reference_images.count",),
        without_rule("reference_images.count"),
    ),
    Mutant(
        "the category decision is unknown",
        ("examples.catalogue.decision-is-a-category",),
        without_category_decision,
    ),
    Mutant(
        "the delivery policy is ignored",
        ("examples.errors.delivery-policy",),
        with_function(task_endpoints, "delivery_policy", lambda context: "auto"),
    ),
    Mutant(
        "there is no overview",
        ("examples.endpoints.llms-txt",),
        with_function(app, "overview", as_endpoint(not_found)),
    ),
    Mutant("flex is ignored", ("service_tier.flex",), without_rule("service_tier.flex")),
    Mutant("strings are accepted as numbers", ("duration.type",), without_rule("duration.type")),
    Mutant(
        "URLs of any scheme are accepted", ("image_url.media",), without_rule("image_url.media")
    ),
    Mutant(
        "data URLs have no parameters",
        ("examples.media.data-urls-in-any-case-and-with-parameters",),
        refuse_if(lambda body: ";codecs=" in str(body)),
    ),
    Mutant(
        "reference videos need an image",
        ("examples.operations.reference-videos-without-image",),
        refuse_if(lambda body: body.keys() == {"model", "operation", "prompt", "video_urls"}),
    ),
    Mutant("the video is downgraded", ("requests.video-as-requested",), downgrade_video),
    Mutant(
        "a wrong status for violations",
        ("duration.range", "requests.any-fault", "answers.status"),
        with_members(errors, "INVALID_REQUEST", status=422),
    ),
    Mutant(
        "a wrong code for violations",
        ("duration.range", "requests.any-fault"),
        with_members(errors, "INVALID_REQUEST", code="bad_request"),
    ),
    Mutant(
        "invalid UTF-8 is replaced",
        ("requests.body-not-utf-8",),
        with_function(
            request_bodies, "parse_object", lambda raw: json.loads(raw.decode(errors="replace"))
        ),
    ),
    Mutant(
        "a running task can be cancelled",
        ("tasks.cancel-late", "races.cancel-start"),
        with_function(service, "with_cancellation", cancel_running_task),
    ),
    Mutant(
        "a task is cancelled twice",
        ("tasks.cancel-late", "races.cancel"),
        with_function(service, "with_cancellation", cancel_twice),
    ),
    Mutant(
        "pending tasks cannot be cancelled",
        ("tasks.cancel-waiting",),
        with_function(service, "with_cancellation", lambda task, now: None),
    ),
    Mutant("mini can be cancelled", ("tasks.cancel-model",), cancel_every_model),
    Mutant(
        "the reservation of a cancelled task stays",
        ("tasks.reserved",),
        with_function(service, "with_settlement", keep_reservation),
    ),
    Mutant(
        "a cancelled task is charged",
        ("tasks.charged",),
        with_function(service, "with_settlement", charge_cancelled_task),
    ),
    Mutant(
        "a completed task is charged twice",
        ("tasks.charged",),
        with_function(service, "with_settlement", charge_twice),
    ),
    Mutant(
        "charges are rounded",
        ("tasks.charged",),
        with_function(service, "with_settlement", round_charges),
    ),
    Mutant(
        "tasks are shown to other keys",
        ("tasks.isolation", "refusals.foreign-task"),
        with_function(Service, "visible_task", ignore_owner),
    ),
    Mutant(
        "`updated` is stale",
        ("tasks.updated",),
        with_function(serializers, "updated_time", lambda task, now: task.created),
    ),
    Mutant(
        "`updated` is before `created`",
        ("tasks.updated",),
        with_function(serializers, "updated_time", lambda task, now: task.created - 5),
    ),
    Mutant("reading changes a task", ("tasks.pure",), updated_changes()),
    Mutant("the status goes back", ("tasks.order",), status_goes_back()),
    Mutant("an ended task changes", ("tasks.ended",), with_serializer("status", fail_old_task)),
    Mutant(
        "no billing id",
        ("tasks.billing-id", "answers.schema"),
        with_function(serializers, "billing_id", lambda task, now: None),
    ),
    Mutant(
        "one billing id for all",
        ("tasks.billing-id",),
        with_function(serializers, "billing_id", lambda task, now: "btx_1"),
    ),
    Mutant(
        "the billing id is the task's",
        ("tasks.billing-id",),
        with_function(serializers, "billing_id", lambda task, now: task.id),
    ),
    Mutant(
        "completed without a video",
        ("tasks.result", "requests.video-as-requested"),
        with_function(serializers, "_files", lambda task, base: {}),
    ),
    Mutant(
        "id and task_id differ",
        ("tasks.ids",),
        with_function(task_endpoints, "created_body", other_task_id),
    ),
    Mutant(
        "poll_url leads elsewhere",
        ("tasks.poll-url",),
        with_function(serializers, "poll_url", lambda task, base: "/v1/tasks"),
    ),
    Mutant(
        "a new task is processing",
        ("tasks.created", "answers.schema"),
        with_function(task_endpoints, "created_body", processing_at_once),
    ),
    Mutant(
        "the older path is gone",
        ("tasks.old-path", "tasks.readable"),
        with_function(app, "endpoint_handlers", without_older_path),
    ),
    Mutant(
        "a cancelled task is gone",
        ("tasks.readable",),
        with_function(Service, "_is_past_retention", is_cancelled),
    ),
    Mutant(
        "a refusal reserves money",
        ("duration.range",),
        with_function(Service, "create", reserve_before_validation),
    ),
    Mutant(
        "the balance is not checked",
        ("tasks.unaffordable", "races.spending"),
        with_function(accounts, "covers", lambda account, amount: True),
    ),
    Mutant(
        "a charged account is refused",
        ("tasks.affordable",),
        with_function(accounts, "covers", lambda account, amount: not account.charged),
    ),
    Mutant(
        "a cancelled task is not marked",
        ("tasks.cancelled",),
        with_function(serializers, "_failure", unmarked_failure),
    ),
    Mutant(
        "the balance is checked too early",
        ("races.spending",),
        lose_races,
    ),
    Mutant(
        "tasks never end",
        ("tasks.ends",),
        lambda patch: patch.setattr(service, "LIFECYCLES", {"quick": LIFECYCLES["manual"]}),
    ),
    Mutant(
        "no key is needed",
        ("refusals.no-key",),
        with_function(injection, "authorization_values", lambda scope: (b"Bearer sk-anyone",)),
    ),
    Mutant(
        "no X-Request-ID",
        ("answers.request-id",),
        without_request_ids,
    ),
    Mutant("the key is echoed", ("answers.no-key",), with_error_response(echo_key)),
    Mutant(
        "the prompt is echoed",
        ("answers.no-secrets", "requests.discreet"),
        with_error_response(echo_prompt),
    ),
    Mutant("errors without a type", ("answers.envelope",), with_error_response(without_error_type)),
    Mutant(
        "a 429 without Retry-After",
        ("answers.retry-after",),
        with_function(admission, "_rate_limit_error", without_retry_after),
    ),
    Mutant(
        "the detail promises 4k",
        ("catalogue.detail-seedance-2.0-fast", "catalogue.agrees-seedance-2.0-fast"),
        with_function(catalogue_endpoints, "_encoded_model_detail", detail_with_4k),
    ),
    Mutant(
        "prices are floats",
        ("catalogue.prices-seedance-2.0", "answers.schema"),
        with_function(catalogue_endpoints, "_encoded_model_pricing", pricing_with_floats),
    ),
)

LONG_SEARCHES: Mapping[str, int] = {"an ended task changes": 60, "the status goes back": 8}
"""Mutants that the state machine takes seconds to find, and the number of examples for each.

With 60 examples sixteen of sixteen seeds found the first, with 8 examples four missed it. What a
seed draws depends on the constants in the source, too, so any change can turn the result.
"""

CAUSES: Mapping[str, set[str]] = {
    "a cancelled task is charged": {"charged-wrongly"},
    "a refusal reserves money": {"reservation-not-released"},
    "a running task can be cancelled": {"cancellation-wrong", "cancellation-race"},
    "a wrong code for violations": {"wrong-error"},
    "completed without a video": {"task-incomplete", "video-differs"},
    "data URLs have no parameters": {"valid-request-refused"},
    "errors without a type": {"error-envelope-lost"},
    "fast accepts 1080p": {"invalid-request-accepted", "catalogue-disagrees"},
    "invalid UTF-8 is replaced": {"malformed-body-accepted"},
    "no key is needed": {"key-not-required"},
    "no X-Request-ID": {"header-lost"},
    "tasks are shown to other keys": {"workspaces-not-separated"},
    "the balance is not checked": {"balance-check-wrong"},
    "the detail promises 4k": {"catalogue-wrong", "catalogue-disagrees"},
    "the key is echoed": {"key-disclosed"},
    "the prompt is echoed": {"prompt-disclosed"},
    "the status goes back": {"status-goes-back"},
    "the video is downgraded": {"video-differs"},
    "v3: a delete does nothing": {"charged-wrongly", "cancellation-wrong"},
    "v3: an Idempotency-Key is claimed too late": {"created-twice"},
}
"""The causes that the report must name for a sample of the defects."""
