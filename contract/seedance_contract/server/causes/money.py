"""Causes around money, keys and workspaces."""

from __future__ import annotations

from seedance_contract.cause import Cause
from seedance_contract.declared.sources import guide, page

CAUSES = (
    Cause(
        id="workspaces-not-separated",
        title="A key reaches the tasks of another workspace",
        happened="A request with the key of one workspace got, changed or cancelled a task of"
        " another one, or could not tell that the task is not its own.",
        consequence="Customers see the prompts and videos of others, and can stop their paid"
        " tasks.",
        fix="Store with each task the workspace of the key that created it, and compare it in every"
        " handler, before anything else is read. A gateway must not share cached responses between"
        " keys: make the Authorization header a part of the cache key, or do not cache.",
        source=page("cancel-task, async-jobs-polling"),
    ),
    Cause(
        id="cached-response",
        title="A response is repeated: there is a cache in between",
        happened="Two requests received the same response, with the same X-Request-ID. Something"
        " between client and server answered in the server's place.",
        consequence="Polls show an old status, so clients wait for a video that is ready, and one"
        " customer can receive the task of another.",
        fix="Do not cache /v1/tasks and /v1/videos at all, in no proxy and no CDN. If a cache must"
        " stay for the catalogue, let it vary by Authorization.",
        source=page("observability"),
    ),
    Cause(
        id="key-not-required",
        title="A request without a valid key is not refused with a 401",
        happened="A request without a key, with another scheme or with a malformed key was not"
        " refused with a 401.",
        consequence="Whoever finds the server can use it, and somebody else pays.",
        fix="Check the Authorization header before routing, for every method and path that needs"
        " a key: the scheme Bearer and a known key that begins with `sk-`. Everything else is a"
        " 401 with the code `invalid_api_key`.",
        source=page("authentication"),
    ),
    Cause(
        id="unsafe-server",
        title="A request that must be refused was accepted, so no more was sent",
        happened="The server accepted a create that breaks a documented rule. On this server that"
        " costs money, so the rest of the run sent no such requests.",
        consequence="Your own users are charged for requests that the API documents as refused.",
        fix="Find out which validation is missing: the first failure of the run names the rule."
        " Then run the suite again, since most of it was not exercised.",
        source=guide("fail-closed"),
    ),
    Cause(
        id="created-twice",
        title="A repeated create with one Idempotency-Key makes a second task",
        happened="Two create requests with the same API key, Idempotency-Key and body did not lead"
        " to one task, or another body with a used key was not refused.",
        consequence="A client that repeats a create after a lost response does what the"
        " documentation says, and its user pays for two videos.",
        fix="Store the Idempotency-Key with the API key and a digest of the JSON value in the"
        " transaction that creates the task, under a unique constraint. Whoever meets an existing"
        " key returns its task with `Idempotency-Replayed: true`, 409 IdempotencyConflict for"
        " another body, or 409 IdempotencyRequestInProgress with Retry-After while the first"
        " request runs.",
        source=page("create-volc: Idempotency-Key"),
    ),
    Cause(
        id="charged-wrongly",
        title="Charges do not match the tasks",
        happened="A task was charged twice, or without being completed, or its charge has no id of"
        " its own.",
        consequence="Customers pay for videos that they did not get, and cannot dispute it.",
        fix="Settle a task in the transaction that completes it, once: charge the price, release"
        " the reservation, and write a `billing_transaction_id` that no other task has. Failed and"
        " cancelled tasks cost nothing.",
        source=page("billing"),
    ),
    Cause(
        id="reservation-not-released",
        title="Reserved money is not given back",
        happened="Balance, reservations and charges do not add up: money stays reserved after a"
        " task has ended, or is reserved for a request that was refused.",
        consequence="The balance of customers shrinks although they bought nothing, until their"
        " requests are refused with a 402.",
        fix="Reserve in the transaction that creates the task, and release in the one that ends it,"
        " however it ends. A request that is refused must reserve nothing.",
        source=page("billing"),
    ),
    Cause(
        id="balance-check-wrong",
        title="The balance is not checked correctly",
        happened="Create requests were accepted beyond the balance, or refused although it was"
        " enough. Requests at the same time are the usual reason.",
        consequence="Customers owe money that they never had, or cannot use the money they have.",
        fix="Check and reserve in one step that no other request can interrupt: a transaction, or"
        " an update with the condition `balance >= cost`.",
        source=page("billing"),
    ),
    Cause(
        id="prices-wrong",
        title="The prices differ from the price list",
        happened="The price API shows other amounts or another form than the price list.",
        consequence="Clients show and estimate costs that do not match the invoice.",
        fix="Compute USD as decimals from the price list, and write them as strings with at most"
        " eight decimals.",
        source=page("get-pricing"),
    ),
)
"""The causes, the costliest first."""
