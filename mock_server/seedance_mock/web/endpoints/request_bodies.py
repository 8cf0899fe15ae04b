"""The body of a create request: received and parsed before faults are injected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from seedance_mock.domain.errors import ApiError
from seedance_mock.service import redaction, request_warnings
from seedance_mock.web.bodies import parse_object, payload_too_large, read_bytes, require_unencoded
from seedance_mock.web.context import RequestContext

MAX_JOURNALED_BODY = 4 * 1024
"""The size in bytes up to which the journal keeps a body and summarises it only when it is read."""

HeaderWarnings = Callable[[Collection[bytes]], Sequence[str]]


class RequestBodies:
    """Receives bodies of at most `max_body` bytes.

    `header_warnings` returns the warnings about the names of headers, for the journal.
    `repeatable_header` is the header, in lower case, with which a create may be sent again.
    """

    def __init__(
        self,
        max_body: int,
        header_warnings: HeaderWarnings = request_warnings.header_warnings,
        repeatable_header: bytes = b"",
    ) -> None:
        self._max_body = max_body
        self._repeatable_header = repeatable_header
        self._header_warnings = header_warnings

    async def receive(self, context: RequestContext) -> None:
        """Read and parse the body of a create request. The endpoint raises the error of parsing.

        Raises ApiError: `payload_too_large`.
        """
        # Runs before faults are injected, so that the journal shows the body of a request that is
        # refused or lost, too.
        raw = context.raw_body
        if not isinstance(raw, bytes):
            content_length = context.headers.get(b"content-length", b"")
            raw = await read_bytes(raw, content_length, self._max_body)
        elif len(raw) > self._max_body:
            raise payload_too_large(self._max_body)
        entry = context.log_entry
        if context.secret.encode() in raw:
            entry.exposed = (*entry.exposed, "body")
        try:
            if b"content-encoding" in context.headers:
                require_unencoded(context.scope["headers"])
            body = context.body = parse_object(raw)
        except ApiError as error:
            # Not raised yet: an injected fault or the rate limit answers before the validation.
            context.body = error
            return
        entry.header_warnings = self._header_warnings(context.headers)
        entry.is_repeatable = self._repeatable_header in context.headers
        # Most entries are never read, so a summary is made on demand. A large body (inline media)
        # is summarised at once: the journal would keep megabytes of each. Bytes, not the parsed
        # body: thousands of kept containers would lengthen each run of the garbage collector.
        if len(raw) <= MAX_JOURNALED_BODY:
            entry.raw_body = raw
        else:
            entry.request = redaction.request_summary(body)
            entry.job = redaction.body_digest(raw)
