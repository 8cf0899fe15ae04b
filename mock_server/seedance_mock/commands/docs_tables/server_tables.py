"""The tables about the server: the control API, the limits, the files of results."""

from __future__ import annotations

from seedance_contract.declared.errors import MAX_VALIDATION_ERRORS
from seedance_contract.declared.materials.requests import MAX_METADATA_BYTES
from seedance_contract.declared.pixels import PIXELS
from seedance_contract.declared.routes import MAX_BODY_DEPTH, MAX_BODY_VALUES, MAX_INTEGER_DIGITS
from seedance_contract.derived.tables import markdown_table
from seedance_fixtures.media import VideoOrder, video
from seedance_mock.commands.docs_tables.cells import code_list
from seedance_mock.domain.accounts import MAX_COUNTERS, MAX_KEYS
from seedance_mock.live_checks.reports import MAX_JUDGED
from seedance_mock.scripting.words import MAX_WORDS
from seedance_mock.server.closing import HEAD_TIMEOUT
from seedance_mock.server.draining import DRAIN_BYTES, DRAIN_SECONDS
from seedance_mock.server.protocol import MAX_HEAD
from seedance_mock.server.run import GRACE_SECONDS
from seedance_mock.service.journal.content_log import MAX_BODY_BYTES
from seedance_mock.service.journal.entries import MAX_PAGE_ENTRIES
from seedance_mock.service.materials.groups import MAX_GROUPS
from seedance_mock.service.materials.library import MAX_MATERIALS
from seedance_mock.settings import KEEP_ALIVE, Settings
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.control.endpoints.event_stream import MAX_BEHIND
from seedance_mock.web.control.requests import MAX_CONTROL_BODY
from seedance_mock.web.control.routes import CONTROL_ROUTES
from seedance_mock.web.control.schemas.bodies import CONTROL_FIELDS
from seedance_mock.web.ignored_fields import MAX_LISTED_NAMES


def control_table() -> str:
    """Return the routes of the control API."""
    rows = (
        (
            f"`{route.method} {CONTROL_PREFIX}{route.path}`",
            route.summary,
            "–" if route.body is None else code_list((*route.body.required, *route.body.optional)),
            code_list(route.query),
        )
        for route in CONTROL_ROUTES
    )
    return markdown_table(("request", "does", "members of the body", "query"), rows)


def control_fields_table() -> str:
    """Return the members of the bodies of the control API."""
    rows = ((f"`{name}`", field.requirement) for name, field in CONTROL_FIELDS.items())
    return markdown_table(("member", "value"), rows)


def limits_table() -> str:
    """Return the limits of the server, and what happens beyond each of them."""
    # The numbers come from the modules that apply them: a limit that changes there changes here.
    settings = Settings()
    drops_oldest = "the oldest is dropped"
    rows = (
        ("request body", _size(settings.max_body), "`--max-body`", "413 `payload_too_large`"),
        ("arrays and objects inside each other in a body", MAX_BODY_DEPTH, "–", "400"),
        ("values in a body", f"{MAX_BODY_VALUES:,}", "–", "400"),
        ("digits of an integer in a body", f"{MAX_INTEGER_DIGITS:,}", "–", "400"),
        (
            "`validation_errors`",
            MAX_VALIDATION_ERRORS,
            "–",
            "counted in `validation_errors_omitted`",
        ),
        ("request line and headers", _size(MAX_HEAD), "–", "400, and the connection is closed"),
        ("trailers of a chunked body", _size(MAX_HEAD), "–", "400, and the connection is closed"),
        ("time until a head has come", f"{HEAD_TIMEOUT:g} s", "–", "the connection is closed"),
        (
            "rest of a body after an early response",
            _size(DRAIN_BYTES),
            "–",
            "the connection is aborted",
        ),
        ("time for this rest", f"{DRAIN_SECONDS:g} s", "–", "the connection is aborted"),
        ("body of the control API", _size(MAX_CONTROL_BODY), "–", "413"),
        ("tasks", f"{settings.max_tasks:,}", "`--max-tasks`", "the first that ended is dropped"),
        ("accounts without an open task", "as many as tasks", "`--max-tasks`", drops_oldest),
        ("journal entries", f"{settings.journal:,}", "`--journal`", drops_oldest),
        ("memory of the journal", _size(settings.journal_bytes), "`--journal-bytes`", drops_oldest),
        ("entries of a page of the journal", f"{MAX_PAGE_ENTRIES:,}", "–", "on the next page"),
        ("words of a script, and `[mock: …]` in a text", MAX_WORDS, "–", "400"),
        ("keys of a workspace", MAX_KEYS, "–", "400"),
        ("materials of a workspace", f"{MAX_MATERIALS:,}", "–", "400"),
        ("groups of materials of a workspace", MAX_GROUPS, "–", "400"),
        ("metadata of a material or group", _size(MAX_METADATA_BYTES), "–", "400"),
        ("request counters of an account", MAX_COUNTERS, "–", drops_oldest),
        ("requests of an account that are judged", f"{MAX_JUDGED:,}", "–", "the latest ones are"),
        ("kept body", _size(MAX_BODY_BYTES), "–", "it is cut"),
        ("fields named in `Mock-Ignored`", MAX_LISTED_NAMES, "–", "`...`"),
        ("entries that a reader of events lags behind", f"{MAX_BEHIND:,}", "–", "they are skipped"),
        ("idle connection", f"{KEEP_ALIVE} s", "`--keep-alive`", "it is closed"),
        ("running requests at a shutdown", f"{GRACE_SECONDS:g} s", "–", "they are aborted"),
    )
    return markdown_table(("limit", "default", "option", "beyond it"), rows)


def result_files_table() -> str:
    """Return the sizes of results in kB (1,000 bytes)."""
    columns = [(seconds, audio) for seconds in (4, 5, 15) for audio in (True, False)]
    rows = (
        (
            f"{resolution} {ratio}",
            f"{size[0]}×{size[1]}",
            *(f"{video(VideoOrder(*size, *column)).size / 1000:.0f}" for column in columns),
        )
        for (resolution, ratio), size in PIXELS.items()
    )
    titles = (f"{seconds} s" if audio else f"{seconds} s, silent" for seconds, audio in columns)
    return markdown_table(("video", "size in pixels", *titles), rows)


def _size(size: int) -> str:
    unit, name = (1024**2, "MiB") if size >= 1024**2 else (1024, "KiB")
    return f"{size // unit} {name}"
