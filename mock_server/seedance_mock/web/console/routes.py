"""The routes of the console: its page, and the files that the page loads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from seedance_contract.declared.errors import UNKNOWN_PATH
from seedance_mock.domain.errors import ApiError
from seedance_mock.settings import Settings
from seedance_mock.web.console.files import ConsoleFile, console_files
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.control.guard import CONTROL_REFUSED, is_from_this_machine
from seedance_mock.web.control.requests import leave_out_of_log

PAGE_PATH = f"{CONTROL_PREFIX}/"
FILES_PATH = f"{CONTROL_PREFIX}/console/{{name:path}}"

SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "connect-src 'self'",
        # Results are fetched with the token, which an element cannot send, and shown as blobs.
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # No code of the page can turn text into markup, not even by mistake: much of what it shows
        # was sent by a client.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": SECURITY_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        # A browser asks each time whether its copy is current, so that an upgraded server is never
        # shown by the modules of the old one.
        "Cache-Control": "no-cache",
    }
)


def _may_load(request: Request) -> bool:
    """Return whether a request may load the page.

    A browser cannot send the token when it opens a page, and the files have no secrets. So with a
    token they are open to everybody, and the page asks for the token.
    """
    settings: Settings = request.app.state.settings
    return is_from_this_machine(request) or bool(settings.control_token)


async def show_page(request: Request) -> Response:
    """`GET /_mock/`: the page; a page that says what to do if it is not open to this browser."""
    if not _may_load(request):
        return _response(request, console_files()["refused.html"], CONTROL_REFUSED.status)
    leave_out_of_log(request)
    return _response(request, console_files()["index.html"])


async def redirect_to_page(request: Request) -> Response:
    """`GET /_mock`: the page has a slash at its end, to which its relative URLs are added."""
    leave_out_of_log(request)
    # A relative reference, as a proxy may serve this under a prefix that the server does not know.
    return RedirectResponse(f"{CONTROL_PREFIX[1:]}/")


async def serve_file(request: Request) -> Response:
    """`GET /_mock/console/{name}`."""
    if not _may_load(request):
        raise ApiError(CONTROL_REFUSED)
    leave_out_of_log(request)
    file = console_files().get(request.path_params["name"])
    if file is None:
        raise ApiError(UNKNOWN_PATH)
    return _response(request, file)


def _response(request: Request, file: ConsoleFile, status: int = 200) -> Response:
    headers = {**SECURITY_HEADERS, "ETag": file.etag}
    if status == 200 and file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(file.content, status, headers, file.media_type)


def console_routes() -> list[Route]:
    """Return Starlette's routes for the console."""
    return [
        Route(PAGE_PATH, show_page),
        Route(CONTROL_PREFIX, redirect_to_page),
        Route(FILES_PATH, serve_file),
    ]
