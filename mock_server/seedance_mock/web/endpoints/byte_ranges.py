"""Files in memory, and the parts of them that a client requests (RFC 9110, 13 and 14).

Starlette's FileResponse does the same for files on a disk. The files of the results are read once
and then kept: a test may hide the disk, as pyfakefs does.
"""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from seedance_mock.domain.clock import http_date

Span = tuple[int, int]
"""The first byte of a part, and the one after its last."""

MAX_RANGES = 100
"""A request for more parts gets the whole file. RFC 9110, 14.2, allows that."""

# `first-last`, `first-` or `-suffix_length` (RFC 9110, 14.1.2). 18 digits fit into 64 bits; int()
# raises for more than 4300 digits.
_BYTE_RANGE = re.compile(r"(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)

# StaticFiles evaluates If-None-Match and If-Modified-Since; nothing else of it is used, so it needs
# no directory.
_STATIC_FILES = StaticFiles()


def file_response(
    content: bytes, media_type: str, etag: str, modified: float, request_headers: Headers
) -> Response:
    """Return the file, the parts of it that are requested, or that it is not modified.

    Args:
        content: the whole file.
        media_type: its type, such as "video/mp4".
        etag: its entity tag, with the quotes.
        modified: when it was last modified, in seconds since the Unix epoch.
        request_headers: Range, If-Range, If-None-Match and If-Modified-Since are evaluated.
    """
    headers = {
        "accept-ranges": "bytes",
        "etag": etag,
        "last-modified": http_date(modified),
    }
    response = Response(content, headers=headers, media_type=media_type)
    if _STATIC_FILES.is_not_modified(response.headers, request_headers):
        return NotModifiedResponse(response.headers)
    # A weak entity tag matches nothing here (RFC 9110, 13.1.5), and neither does an older date.
    if request_headers.get("if-range", etag) not in (etag, headers["last-modified"]):
        return response
    spans = requested_spans(request_headers.get("range", ""), len(content))
    if spans is None:
        return response
    if not spans:
        return Response(status_code=416, headers={"content-range": f"bytes */{len(content)}"})
    if len(spans) == 1:
        [(start, end)] = spans
        headers["content-range"] = f"bytes {start}-{end - 1}/{len(content)}"
        return Response(content[start:end], 206, headers, media_type)
    boundary = secrets.token_hex(16)
    body = b"".join(_body_part(content, span, media_type, boundary) for span in spans)
    body += f"--{boundary}--".encode()
    return Response(body, 206, headers, f"multipart/byteranges; boundary={boundary}")


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


def _body_part(content: bytes, span: Span, media_type: str, boundary: str) -> bytes:
    """Return one part of a multipart response (RFC 9110, 14.6)."""
    start, end = span
    head = (
        f"--{boundary}\r\nContent-Type: {media_type}\r\n"
        f"Content-Range: bytes {start}-{end - 1}/{len(content)}\r\n\r\n"
    )
    return head.encode() + content[start:end] + b"\r\n"
