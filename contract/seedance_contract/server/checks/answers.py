"""What holds of every answer, whatever was asked: watched while the other checks run."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.declared.examples import request
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.routes import ENDPOINTS, Endpoint
from seedance_contract.declared.sources import Source, openapi, page
from seedance_contract.derived.openapi import document
from seedance_contract.server.budget import UnexercisedError
from seedance_contract.server.check_context import CheckContext, ServerCheck, error_object
from seedance_contract.server.target import ReceivedResponse, SentRequest

GROUP = "answers"

Look = Callable[[SentRequest, ReceivedResponse], None]


def _request_id(sent: SentRequest, answer: ReceivedResponse) -> None:
    if not answer.headers.get("x-request-id"):
        raise Mismatch("an X-Request-ID", f"{answer.summary} without one")


def _json_type(sent: SentRequest, answer: ReceivedResponse) -> None:
    kind = answer.headers.get("content-type", "")
    if sent.method != "HEAD" and kind.partition(";")[0].strip() != "application/json":
        raise Mismatch("Content-Type: application/json", kind or "none")


def _envelope(sent: SentRequest, answer: ReceivedResponse) -> None:
    if answer.status >= 400:
        error_object(answer)


def _error_id(sent: SentRequest, answer: ReceivedResponse) -> None:
    if answer.status >= 400:
        told, header = answer.json.get("request_id"), answer.headers.get("x-request-id")
        inside = error_object(answer).get("request_id")
        if header not in (told, inside):
            raise Mismatch(f"request_id {header} in the body too", answer.summary)


def _task_id(sent: SentRequest, answer: ReceivedResponse) -> None:
    """A task that is shown is named in a header as well."""
    told = _object(answer)
    if answer.status == 200 and "poll_url" in told:
        header = answer.headers.get("x-task-id")
        if header != told.get("id"):
            raise Mismatch(f"X-Task-ID: {told.get('id')}", f"{header}")


def _no_key(sent: SentRequest, answer: ReceivedResponse) -> None:
    shown = answer.body.decode(errors="replace") + str(dict(answer.headers))
    if sent.key is not None and sent.key in shown:
        raise Mismatch("an answer without the API key", "the key in it")


def _no_prompt(sent: SentRequest, answer: ReceivedResponse) -> None:
    """A refusal repeats neither a prompt nor a media URL."""
    if answer.status < 400 or sent.body is None:
        return
    for secret in _secrets(sent.body):
        if secret in answer.body:
            raise Mismatch("a refusal that does not repeat what was sent", answer.summary)


SECRET = re.compile(rb'"((?:https?|data):[^"\\]{12,})"|"prompt": "([^"\\]{12,})"')


def _secrets(body: bytes) -> set[bytes]:
    found = {each for match in SECRET.findall(body[:4_000]) for each in match if each}
    return {each for each in found if each not in _public()}


@cache
def _public() -> bytes:
    """Return our own small requests: a server may recommend them in these very words."""
    return json.dumps([dict(request(operation)) for operation in OPERATIONS.values()]).encode()


def _retry_after(sent: SentRequest, answer: ReceivedResponse) -> None:
    if answer.status != 429:
        return
    header, told = answer.headers.get("retry-after", ""), error_object(answer).get("retry_after")
    if not header.isdecimal() or int(header) < 1 or told != int(header):
        raise Mismatch("Retry-After, and retry_after equal to it", f"{header!r} and {told!r}")


def _status(sent: SentRequest, answer: ReceivedResponse) -> None:
    endpoint = _endpoint(sent)
    if endpoint is not None and answer.status not in endpoint.statuses:
        wanted = ", ".join(map(str, endpoint.statuses))
        raise Mismatch(f"one of {wanted}", answer.summary)


def _schema(sent: SentRequest, answer: ReceivedResponse) -> None:
    endpoint = _endpoint(sent)
    if endpoint is None or answer.status not in endpoint.statuses:
        return
    validator = _validator(endpoint.path, endpoint.method.lower(), answer.status)
    for error in validator.iter_errors(answer.json):
        place = "/".join(map(str, error.instance_path)) or "the body"
        raise Mismatch(f"{place} as documented", f"{error.message[:300]}")


def _object(answer: ReceivedResponse) -> Mapping[str, Any]:
    told = answer.json
    return told if isinstance(told, dict) else {}


_PATTERNS = [
    (endpoint, re.compile(re.sub(r"{\w+}", "[^/]+", endpoint.path))) for endpoint in ENDPOINTS
]


def _endpoint(sent: SentRequest) -> Endpoint | None:
    path = urlsplit(sent.path).path
    for endpoint, pattern in _PATTERNS:
        if endpoint.method == sent.method and pattern.fullmatch(path):
            return endpoint
    return None


@cache
def _validator(path: str, method: str, status: int) -> jsonschema_rs.Draft202012Validator:
    whole: Any = document()
    answer = whole["paths"][path][method]["responses"][str(status)]
    schema = answer["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": whole["components"]})


def _case(name: str, requirement: str, source: Source) -> Case:
    return Case(
        id=f"answers.{name}",
        group=GROUP,
        level=Level.MUST,
        requirement=requirement,
        source=source,
    )


_OBSERVED, _SECRET = page("observability"), page("error-handling")

LOOKS: Mapping[str, tuple[str, Source, Look]] = {
    "request-id": ("Every answer has an X-Request-ID.", _OBSERVED, _request_id),
    "json": ("Every answer is JSON and says so.", openapi("responses"), _json_type),
    "envelope": (
        "Every refusal has an error with a message and a documented type.",
        openapi("ApiError"),
        _envelope,
    ),
    "error-id": ("A refusal repeats the request id in its body.", _OBSERVED, _error_id),
    "task-id": ("An answer about a task names it in X-Task-ID.", _OBSERVED, _task_id),
    "no-key": ("No answer repeats the API key.", _SECRET, _no_key),
    "no-secrets": ("No refusal repeats a prompt or a media URL.", _SECRET, _no_prompt),
    "retry-after": (
        "A 429 says when to come back, in the header and in the body.",
        page("rate-limits"),
        _retry_after,
    ),
    "status": ("Every status is a documented one.", openapi("responses"), _status),
    "schema": ("Every body has the documented schema.", openapi("responses"), _schema),
}
"""What is looked at in each answer."""


class ResponseMonitor:
    """Looks at every answer, and keeps the first that does not hold for each thing looked at."""

    def __init__(self) -> None:
        self.response_count = 0
        self.mismatches: dict[str, tuple[Mismatch, SentRequest, ReceivedResponse]] = {}
        self._lock = threading.Lock()

    def __call__(self, sent: SentRequest, answer: ReceivedResponse) -> None:
        """Look at an answer."""
        with self._lock:
            self.response_count += 1
        for name, (_, _, look) in LOOKS.items():
            if name not in self.mismatches:
                self._look(name, look, sent, answer)

    def _look(self, name: str, look: Look, sent: SentRequest, answer: ReceivedResponse) -> None:
        try:
            look(sent, answer)
        except Mismatch as mismatch:
            self.mismatches[name] = (mismatch, sent, answer)


def _held(name: str, subject: CheckContext) -> None:
    watch = subject.monitor
    if not watch.response_count:
        raise UnexercisedError("no other check sent anything")
    if name in watch.mismatches:
        mismatch, sent, answer = watch.mismatches[name]
        subject.target.log = [(sent, answer)]
        raise mismatch


CHECKS = tuple(
    ServerCheck(case=_case(name, says, source), run=partial(_held, name))
    for name, (says, source, _) in LOOKS.items()
)
