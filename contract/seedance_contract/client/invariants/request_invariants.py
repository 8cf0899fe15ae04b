"""The invariants about creates, keys and prompts: money and secrets."""

from __future__ import annotations

from seedance_contract.client.client_case import must, should
from seedance_contract.client.invariants import creates, secrets
from seedance_contract.client.invariants.invariant import Invariant, only_if
from seedance_contract.declared.sources import page

JOBS = page("async-jobs-polling")
ERRORS = page("error-handling")
KEYS = page("authentication")

# A report lists results in this order. What costs money comes first, then secrets.
INVARIANTS = (
    Invariant(
        must(
            "no-blind-create",
            "The client sends a create again only if the response proves that it had no effect.",
            only_if(
                creates.any_create_is_uncertain,
                "every response proved what the create did",
                creates.check_no_blind_create,
            ),
            cause=creates.BLIND_RETRY,
        ),
        page("error-handling, async-jobs-polling"),
    ),
    Invariant(
        must(
            "no-second-task",
            "The client sends no other create after one that has succeeded.",
            creates.check_no_second_task,
            cause=creates.DUPLICATE,
        ),
        JOBS,
    ),
    Invariant(
        must(
            "refusal-final",
            "The client does not repeat a create that the API has refused for good.",
            only_if(
                creates.any_create_has(creates.Effect.REFUSED),
                "no create was refused for good",
                creates.check_refusal_final,
            ),
            cause="refusal-repeated",
        ),
        ERRORS,
    ),
    # SHOULD: the documents do not say that a client keeps its tasks when it is killed. Timed: on a
    # busy machine the kill may come before the client has stored the task.
    Invariant(
        should(
            "restart-creates-nothing",
            "After a kill and a restart the client sends no second create.",
            creates.check_restart_creates_nothing,
            timed=True,
            cause="restart-forgets-task",
        ),
        JOBS,
    ),
    Invariant(
        must(
            "fields-unchanged",
            "Every create contains every field of the job, unchanged.",
            creates.check_fields_unchanged,
            cause="request-altered",
        ),
        page("best-practices, agent-first-api"),
    ),
    Invariant(
        should(
            "nothing-added",
            "No create orders something that the job does not contain.",
            creates.check_nothing_added,
            cause="request-altered",
        ),
        page("best-practices, agent-first-api"),
    ),
    Invariant(
        must(
            "valid-request",
            "Every create keeps the documented rules.",
            creates.check_documented_rules,
            cause="invalid-request",
        ),
        page("create-video"),
    ),
    Invariant(
        must(
            "key-stays",
            "The client sends its key to no other origin.",
            # In most situations no response names another origin. A pass there would claim
            # something that was not tested.
            only_if(
                secrets.leads_elsewhere,
                "no response named another origin",
                secrets.check_key_stays_at_origin,
            ),
            cause="key-sent-elsewhere",
        ),
        page("authentication, observability"),
    ),
    Invariant(
        must(
            "key-in-its-place",
            "No request target, body, cookie or other header contains the key.",
            secrets.check_key_in_its_place,
            cause="key-exposed",
        ),
        KEYS,
    ),
    Invariant(
        must(
            "bearer-once",
            "Each request has one bearer token and no other credentials.",
            secrets.check_bearer_once,
            cause="credentials-malformed",
        ),
        KEYS,
    ),
    Invariant(
        must(
            "key-not-disclosed",
            "No output, argument or file contains the key.",
            secrets.check_key_not_disclosed,
            cause="key-exposed",
        ),
        page("observability, error-handling"),
    ),
    Invariant(
        should(
            "prompt-stays",
            "The client sends the prompt to no other origin.",
            only_if(
                secrets.creates_are_redirected,
                "no create was redirected",
                secrets.check_prompt_stays_at_origin,
            ),
            cause="prompt-exposed",
        ),
        page("authentication, best-practices"),
    ),
    Invariant(
        must(
            "few-creates",
            f"The client sends at most {creates.MAX_CREATES} creates for a job.",
            only_if(
                creates.any_create_has(creates.Effect.NONE),
                "no response asked the client to create again",
                creates.check_few_creates,
            ),
            cause="create-retried-in-haste",
        ),
        page("rate-limits"),
    ),
)
