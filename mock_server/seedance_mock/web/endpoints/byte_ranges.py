"""Files in memory, and the parts of them that a client requests (RFC 9110, 13 and 14).

Starlette's FileResponse does the same for files on a disk. The files of the results consist of
parts in memory. No response holds a copy of a file: it copies a block at a time as it is sent.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from seedance_fixtures.segmented_file import SegmentedFile
from seedance_mock.domain.clock import http_date

Span = tuple[int, int]
"""The first byte of a part, and the one after its last."""

BLOCK_SIZE = 32 * 1024
"""How many bytes of a file are copied at a time. A connection of uvicorn stops to take more when it
holds 64 kB that its client has not received."""

MAX_RANGES = 100
"""A request for more parts gets the whole file. RFC 9110, 14.2, allows that."""

# `first-last`, `first-` or `-suffix_length` (RFC 9110, 14.1.2). 18 digits fit into 64 bits; int()
# raises for more than 4300 digits.
_BYTE_RANGE = re.compile(r"(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)

# StaticFiles evaluates If-None-Match and If-Modified-Since; nothing else of it is used, so it needs
# no directory.
_STATIC_FILES = StaticFiles()


class BlockResponse(Response):
    """A response whose body is made block by block, as fast as the client receives it."""

    def __init__(
        self,
        blocks: Iterable[bytes],
        size: int,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        headers = {**(headers or {}), "content-length": str(size)}
        super().__init__(None, status_code, headers, media_type)
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response; to a HEAD request without its body."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        for block in () if scope["method"] == "HEAD" else self._blocks:
            await send({"type": "http.response.body", "body": block, "more_body": True})
            # `send` does not wait as long as the client is fast: other requests get their turn.
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


def whole_file_response(file: SegmentedFile, media_type: str) -> Response:
    """Return the whole file, without the headers that invite clients to request a part of it."""
    return BlockResponse(_blocks(file, (0, file.size)), file.size, media_type=media_type)


def file_response(
    file: SegmentedFile, media_type: str, modified: float, request_headers: Headers
) -> Response:
    """Return the file, the parts of it that are requested, or that it is not modified.

    Args:
        file: the whole file.
        media_type: its type, such as "video/mp4".
        modified: when it was last modified, in seconds since the Unix epoch.
        request_headers: Range, If-Range, If-None-Match and If-Modified-Since are evaluated.
    """
    # Of the content, as file stores have it. A cryptographic hash would need another module.
    etag = f'"{file.checksum:08x}"'
    headers = {
        "accept-ranges": "bytes",
        "etag": etag,
        "last-modified": http_date(modified),
    }
    response = BlockResponse(_blocks(file, (0, file.size)), file.size, 200, headers, media_type)
    if _STATIC_FILES.is_not_modified(response.headers, request_headers):
        return NotModifiedResponse(response.headers)
    # A weak entity tag matches nothing here (RFC 9110, 13.1.5), and neither does an older date.
    if request_headers.get("if-range", etag) not in (etag, headers["last-modified"]):
        return response
    spans = requested_spans(request_headers.get("range", ""), file.size)
    if spans is None:
        return response
    if not spans:
        return Response(status_code=416, headers={"content-range": f"bytes */{file.size}"})
    if len(spans) == 1:
        [(start, end)] = spans
        headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
        return BlockResponse(_blocks(file, spans[0]), end - start, 206, headers, media_type)
    return _multipart_response(file, spans, headers, media_type)


def _blocks(file: SegmentedFile, span: Span) -> Iterable[bytes]:
    return file.blocks(*span, BLOCK_SIZE)


def _multipart_response(
    file: SegmentedFile, spans: Sequence[Span], headers: Mapping[str, str], media_type: str
) -> Response:
    """Return the response with several parts of a file (RFC 9110, 14.6)."""
    boundary = secrets.token_hex(16)
    heads = [_part_head(file, span, media_type, boundary) for span in spans]
    tail = f"--{boundary}--".encode()
    size = sum(len(head) + end - start + 2 for head, (start, end) in zip(heads, spans, strict=True))
    parts = (
        chain([head], _blocks(file, span), [b"\r\n"])
        for head, span in zip(heads, spans, strict=True)
    )
    return BlockResponse(
        chain(chain.from_iterable(parts), [tail]),
        size + len(tail),
        206,
        headers,
        f"multipart/byteranges; boundary={boundary}",
    )


def requested_spans(header: str, size: int) -> list[Span] | None:
    """Return the parts that a Range header selects of a file, in order and without overlaps.

    The list is empty if all of them are beyond the end. None for a header that is invalid, has
    another unit or too many ranges: RFC 9110, 14.2, lets a server ignore it, as file stores do.
    """
    unit, _, ranges = header.partition("=")
    # Empty elements of a list are ignored (RFC 9110, 5.6.1.2).
    matches = [_BYTE_RANGE.fullmatch(part.strip()) for part in ranges.split(",") if part.strip()]
    if unit.strip().lower() != "bytes" or not 0 < len(matches) <= MAX_RANGES:
        return None
    spans: list[Span] = []
    for match in matches:
        if match is None or (match[2] and int(match[1]) > int(match[2])):
            return None
        spans.append(_span(match, size))
    return _merged(sorted(span for span in spans if span[0] < span[1]))


def _span(byte_range: re.Match[str], size: int) -> Span:
    """Return the part that a range selects; it ends where it starts if it is beyond the end."""
    first, last, suffix_length = byte_range.groups()
    if suffix_length is not None:
        return max(0, size - int(suffix_length)), size
    return int(first), min(int(last) + 1, size) if last else size


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _part_head(file: SegmentedFile, span: Span, media_type: str, boundary: str) -> bytes:
    """Return what stands before a part of a file: the boundary, and the headers of the part."""
    start, end = span
    head = (
        f"--{boundary}\r\nContent-Type: {media_type}\r\n"
        f"Content-Range: bytes {start}-{end - 1}/{file.size}\r\n\r\n"
    )
    return head.encode()
