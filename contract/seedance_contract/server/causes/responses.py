"""Causes around responses: their status, their headers, their form, and what they disclose."""

from __future__ import annotations

from seedance_contract.cause import Cause
from seedance_contract.declared.sources import openapi, page

CAUSES = (
    Cause(
        id="key-disclosed",
        title="A response contains the API key",
        happened="The key of a request was found in its response.",
        consequence="Responses are logged, cached and shown to people, and the key spends money.",
        fix="Leave headers out of error messages. Redact the value of Authorization before"
        " anything is formatted.",
        source=page("authentication, error-handling"),
    ),
    Cause(
        id="prompt-disclosed",
        title="An error repeats the prompt or a media URL",
        happened="The prompt or a media URL of a refused request was found in the error.",
        consequence="Errors are logged in many places, and prompts and signed URLs are"
        " confidential.",
        fix="Name the field and the rule in an error, not the value. Frameworks that validate"
        " repeat the input by default: switch that off.",
        source=page("error-handling"),
    ),
    Cause(
        id="server-error",
        title="A request makes the server fail",
        happened="A request received a 5xx, although it should have been answered or refused.",
        consequence="Clients repeat a 5xx, so that one bad request becomes many. After a create"
        " nobody knows whether a task exists.",
        fix="Find the exception by the X-Request-ID of the response, and turn it into a 4xx with a"
        " documented code. If it comes from a proxy, look at its timeouts and limits.",
        source=page("error-handling"),
    ),
    Cause(
        id="no-response",
        title="A request gets no complete response",
        happened="The connection broke or the response did not end.",
        consequence="After a create the client does not know whether it has bought a video.",
        fix="Look for a crash, a timeout of a proxy, or a Content-Length that does not match.",
        source=openapi("paths"),
    ),
    Cause(
        id="error-envelope-lost",
        title="An error has another form than documented",
        happened="An error response had no JSON object `error` with `message` and a documented"
        " `type`, or did not repeat the id of the request.",
        consequence="Clients cannot tell why a request was refused, and show a crash of their"
        " parser.",
        fix="Wrap every error, also those of the framework and of the proxy, in"
        ' {"error": {"message": …, "type": …, "code": …, "request_id": …}}.',
        source=openapi("ApiError"),
    ),
    Cause(
        id="header-lost",
        title="A documented header is missing",
        happened="A response lacked a header that the documents promise, such as X-Request-ID or"
        " X-Task-ID, or its value was wrong.",
        consequence="Nobody can find the request in the logs when a customer complains.",
        fix="Set the headers in one middleware for all responses, errors included. A gateway has to"
        " pass them on, and to list them in Access-Control-Expose-Headers for browsers.",
        source=page("observability"),
    ),
    Cause(
        id="retry-after-lost",
        title="A 429 does not say when to try again",
        happened="A request over the rate limit was not refused with a 429, or without Retry-After,"
        " `error.retry_after` or the X-RateLimit headers.",
        consequence="Clients guess, and repeat too early, so that the overload lasts.",
        fix="Send Retry-After in whole seconds, 1 or more, and the same number as"
        " `error.retry_after`. A rate limiter in front of the server needs the same error.",
        source=page("rate-limits"),
    ),
    Cause(
        id="status-undocumented",
        title="A status is not documented for its operation",
        happened="A response had a status that the OpenAPI document does not list for the"
        " operation.",
        consequence="Generated clients raise an error of their own, and hide the real one.",
        fix="Use the documented status. An unknown path or method, and what a proxy rejects, needs"
        " one too.",
        source=openapi("responses"),
    ),
    Cause(
        id="body-undocumented",
        title="A body does not match its schema",
        happened="A response was not JSON, or its body did not match the schema of its operation"
        " and status.",
        consequence="Typed clients fail when they parse it, after the video was paid for.",
        fix="Compare the body with `seedance-mock openapi`: the failure names the place. Numbers"
        " that became strings and members that became null are the usual reasons.",
        source=openapi("components, schemas"),
    ),
    Cause(
        id="document-differs",
        title="A documented example has another outcome",
        happened="A request that was written from the documents got another response than they"
        " show.",
        consequence="Whoever builds a client from the documents builds it against another server.",
        fix="Read the sentence of the document that the case names, and compare expected and"
        " actual.",
        source=page("create-video"),
    ),
)
"""The causes, the costliest first."""
