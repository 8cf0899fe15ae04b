"""The generated tables of the documentation, and the program that rewrites them.

    python -m seedance_mock.commands.docs_tables README.md docs

A table stands between `<!-- table: NAME -->` and `<!-- end -->`. Two tables show what clients did
in a run: `clients` and `naive`. `examples/results.py` writes them, and they are left alone here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import click

from seedance_contract.case import VERDICT_MEANINGS
from seedance_contract.cause import Cause
from seedance_contract.client.causes import CAUSES as CLIENT_CAUSES
from seedance_contract.client.job_fields import (
    CASE_FIELDS,
    JOB_FIELDS,
    REQUEST_FIELDS,
    WHOLE_JOB,
)
from seedance_contract.client.tables import CASE_TABLES, invariants_table
from seedance_contract.declared.errors import MAX_VALIDATION_ERRORS
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.materials.requests import MAX_METADATA_BYTES
from seedance_contract.declared.pixels import PIXELS
from seedance_contract.declared.routes import MAX_BODY_DEPTH, MAX_BODY_VALUES, MAX_INTEGER_DIGITS
from seedance_contract.declared.sources import Weight
from seedance_contract.derived import tables as contract_tables
from seedance_contract.derived.claims import claims
from seedance_contract.derived.tables import markdown_table, write_tables
from seedance_contract.profiles import PROFILE_PROMISES, Profile
from seedance_contract.server.causes import CAUSES as SERVER_CAUSES
from seedance_fixtures.media import VideoOrder, video
from seedance_mock.commands.framework.environment import EnvironmentOption, variable_name
from seedance_mock.commands.framework.exit_codes import EXIT_CODE_MEANINGS, EXIT_CODES_OF_COMMANDS
from seedance_mock.commands.main import COMMANDS, main
from seedance_mock.domain.accounts import MAX_COUNTERS, MAX_KEYS
from seedance_mock.live_checks.catalogue import LIVE_CHECKS
from seedance_mock.live_checks.reports import MAX_JUDGED
from seedance_mock.scripting.tables import WORD_TABLES
from seedance_mock.scripting.words import MAX_WORDS
from seedance_mock.server.closing import HEAD_TIMEOUT
from seedance_mock.server.draining import DRAIN_BYTES, DRAIN_SECONDS
from seedance_mock.server.protocol import MAX_HEAD
from seedance_mock.server.run import GRACE_SECONDS
from seedance_mock.service.content_log import MAX_BODY_BYTES
from seedance_mock.service.journal import MAX_PAGE_ENTRIES
from seedance_mock.service.material_groups import MAX_GROUPS
from seedance_mock.service.materials import MAX_MATERIALS
from seedance_mock.settings import KEEP_ALIVE, Settings
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.control.event_stream import MAX_BEHIND
from seedance_mock.web.control.requests import MAX_CONTROL_BODY
from seedance_mock.web.control.routes import CONTROL_ROUTES
from seedance_mock.web.control.schemas import CONTROL_FIELDS
from seedance_mock.web.endpoints.tasks import MAX_LISTED_NAMES

HELP_WIDTH = 100
"""The width of a help text, in characters."""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(texts: Iterable[object]) -> str:
    return " ".join(f"`{text}`" for text in texts) or "–"


def assumptions_table() -> str:
    """Return every claim that rests on an assumption, with the question it decides."""
    rows = (
        (f"`{claim.id}`", _cell(claim.text), _cell(claim.source.place))
        for claim in claims()
        if claim.source.weight is Weight.ASSUMED
    )
    return markdown_table(("claim", "this project assumes", "the documents leave open"), rows)


def fields_table() -> str:
    """Return the fields of the create request, with their defaults and aliases."""
    rows = (
        (
            f"`{field.name}`",
            field.type,
            "–" if field.default is None else f"`{json.dumps(field.default)}`",
            _code(field.aliases),
            field.source,
        )
        for field in FIELDS.values()
    )
    return markdown_table(("field", "type", "default", "aliases", "source"), rows)


def control_table() -> str:
    """Return the routes of the control API."""
    rows = (
        (
            f"`{route.method} {CONTROL_PREFIX}{route.path}`",
            route.summary,
            "–" if route.body is None else _code((*route.body.required, *route.body.optional)),
            _code(route.query),
        )
        for route in CONTROL_ROUTES
    )
    return markdown_table(("request", "does", "members of the body", "query"), rows)


def job_fields_table() -> str:
    """Return the fields that templates of --env and --arg may contain."""
    request_fields = (f"{{{name}}}" for name in REQUEST_FIELDS)
    rows = (
        *((f"`{{{name}}}`", meaning) for name, meaning in CASE_FIELDS.items()),
        (f"`{{{WHOLE_JOB}}}`", "the whole job as JSON, as in `KIT_JOB`"),
        *((f"`{{{name}}}`", meaning) for name, meaning in JOB_FIELDS.items()),
        (_code(request_fields), "the field of the create request; `{audio}` is `{output_audio}`"),
    )
    return markdown_table(("field", "value"), rows)


def control_fields_table() -> str:
    """Return the members of the bodies of the control API."""
    rows = ((f"`{name}`", field.requirement) for name, field in CONTROL_FIELDS.items())
    return markdown_table(("member", "value"), rows)


def verdicts_table() -> str:
    """Return the verdicts, the worst first."""
    rows = ((f"{verdict}", meaning) for verdict, meaning in VERDICT_MEANINGS.items())
    return markdown_table(("verdict", "meaning"), rows)


def profiles_table() -> str:
    """Return the profiles, and what each promises about a client and about a server."""
    clients, servers = PROFILE_PROMISES["client"], PROFILE_PROMISES["server"]
    rows = ((f"{profile}", clients[profile], servers[profile]) for profile in Profile)
    return markdown_table(("profile", "of a client", "of a server"), rows)


def causes_table(causes: Mapping[str, Cause]) -> str:
    """Return the causes of failures: what goes wrong, what it costs, and how to fix it."""
    rows = (
        (f"`{cause.id}`", cause.title, cause.consequence, cause.fix, cause.source)
        for cause in causes.values()
    )
    head = ("cause", "what goes wrong", "why it matters", "how to fix it", "source")
    return markdown_table(head, rows)


def live_checks_table() -> str:
    """Return what live traffic does not show, and the checks that need it."""
    effects = ("no verdict", "no failure", "no pass")
    needs: dict[tuple[str, str], list[str]] = {}
    for check in LIVE_CHECKS:
        parts = (check.missing, check.failure_needs, check.pass_needs)
        for missing, effect in zip(parts, effects, strict=True):
            if missing:
                needs.setdefault((missing, effect), []).append(check.id)
    rows = ((missing, effect, _code(ids)) for (missing, effect), ids in needs.items())
    return markdown_table(("the traffic does not show", "so there is", "of"), rows)


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


def _command(name: str) -> click.Command:
    command = main.get_command(click.Context(main), name)
    assert command is not None, "the name is from the list of commands"
    return command


def commands_table() -> str:
    """Return the commands, with the first sentence of their help."""
    rows = ((f"`{name}`", _cell(_command(name).get_short_help_str(200))) for name in COMMANDS)
    return markdown_table(("command", "does"), rows)


def help_pages() -> str:
    """Return what `--help` prints for each command, under a heading each."""
    return "\n\n".join(
        f"## {path}\n\n```text\n{context.get_help()}\n```"
        for path, context in _command_contexts(("seedance-mock",), None, main)
    )


def _command_contexts(
    path: tuple[str, ...], parent: click.Context | None, command: click.Command
) -> Iterator[tuple[str, click.Context]]:
    """Yield the path and the context of a command and of all commands below it."""
    # A fixed width: that of a terminal would make another page on each machine.
    settings = {**command.context_settings, "terminal_width": HELP_WIDTH}
    context = click.Context(command, parent, path[-1], **settings)
    yield " ".join(path), context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, "the name is from the list of commands"
            yield from _command_contexts((*path, name), context, below)


def exit_codes_table() -> str:
    """Return what each exit code means for every command."""
    rows = ((code.value, text) for code, text in EXIT_CODE_MEANINGS.items())
    return markdown_table(("code", "meaning"), rows)


def command_exit_codes_table() -> str:
    """Return what the exit codes of each command mean in particular."""
    rows = (
        (f"`{name}`", code.value, text)
        for name, meanings in EXIT_CODES_OF_COMMANDS.items()
        for code, text in meanings.items()
    )
    return markdown_table(("command", "code", "meaning"), rows)


def check_exit_codes_table() -> str:
    """Return what each exit code of the two suites means for a CI job."""
    columns = ("check-client", "check-server")
    rows = (
        (code.value, *(EXIT_CODES_OF_COMMANDS[name].get(code, text) for name in columns))
        for code, text in EXIT_CODE_MEANINGS.items()
    )
    return markdown_table(("code", *(f"`{name}`" for name in columns)), rows)


def options_table(name: str) -> str:
    """Return the arguments and options of a command, with environment variables if it has any."""
    command = _command(name)
    if isinstance(command, click.Group):
        return _group_table(command)
    head = ["option", "default", "effect"]
    rows = [
        [_usage(parameter), _default(parameter), _cell(getattr(parameter, "help", None) or "")]
        for parameter in command.params
    ]
    context = click.Context(command, **command.context_settings)
    variables = [_variable(context, parameter) for parameter in command.params]
    if any(variables):
        head.insert(2, "environment variable")
        for row, variable in zip(rows, variables, strict=True):
            row.insert(2, f"`{variable}`" if variable else "–")
    return markdown_table(head, rows)


def _group_table(group: click.Group) -> str:
    """Return the commands of a group with their arguments and options."""
    rows = [
        (
            f"`{name}`",
            ", ".join(map(_usage, command.params)),
            _cell(command.get_short_help_str(200)),
        )
        for name, command in group.commands.items()
    ]
    return markdown_table(("command", "arguments and options", "does"), rows)


def _variable(context: click.Context, parameter: click.Parameter) -> str | None:
    """Return the environment variable of a parameter; None if it has none."""
    if not isinstance(parameter, EnvironmentOption):
        return None
    return variable_name(context, parameter)


def _usage(parameter: click.Parameter) -> str:
    """Return how a parameter is written on the command line."""
    if isinstance(parameter, click.Argument):
        return f"`{parameter.human_readable_name}`"
    assert isinstance(parameter, click.Option)
    spelling = "/".join((*parameter.opts, *parameter.secondary_opts))
    if parameter.is_flag:
        return f"`{spelling}`"
    if isinstance(parameter.type, click.Choice):
        return f"`{spelling}` {_code(parameter.type.choices)}"
    # The name of a range type is "integer range".
    value = parameter.metavar or parameter.type.name.partition(" ")[0].upper()
    return f"`{spelling} {value}`"


def _default(parameter: click.Parameter) -> str:
    # A flag without a default, an option that may be repeated and an option that is off differ
    # between versions of click (None, False, an empty tuple, a sentinel). None of them is a value.
    default = parameter.default
    is_shown = isinstance(default, str | int | float) and not isinstance(default, bool)
    return f"`{default}`" if is_shown and default != "" else "–"


def option_tables() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the name and the function of the table of options of each command."""
    for name in COMMANDS:
        yield f"options_{name.replace('-', '_')}", partial(options_table, name)


TABLES: Mapping[str, Callable[[], str]] = {
    **contract_tables.TABLES,
    **WORD_TABLES,
    **CASE_TABLES,
    **dict(option_tables()),
    "assumptions": assumptions_table,
    "causes_of_clients": partial(causes_table, CLIENT_CAUSES),
    "causes_of_servers": partial(causes_table, SERVER_CAUSES),
    "check_exit_codes": check_exit_codes_table,
    "commands": commands_table,
    "command_exit_codes": command_exit_codes_table,
    "control": control_table,
    "control_fields": control_fields_table,
    "help": help_pages,
    "invariants": invariants_table,
    "job_fields": job_fields_table,
    "exit_codes": exit_codes_table,
    "fields": fields_table,
    "limits": limits_table,
    "live_checks": live_checks_table,
    "result_files": result_files_table,
    "profiles": profiles_table,
    "verdicts": verdicts_table,
}
"""The tables that follow from the code, by name."""


def markdown_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the Markdown files among `paths` and in the folders among them."""
    for path in paths:
        # Folders too, because `**` is a pattern of some shells only, and not of the shell of make.
        if path.is_dir():
            yield from sorted(path.rglob("*.md"))
        else:
            yield path


if __name__ == "__main__":
    write_tables([str(path) for path in markdown_files(map(Path, sys.argv[1:]))], TABLES)
