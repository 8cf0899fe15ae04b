"""`seedance-mock drift`: compare a copy of the vendor's OpenAPI document with this contract."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TypedDict

import click

from seedance_contract.derived.drift.comparison import (
    NotOpenApiError,
    find_drift,
    resolved_differences,
)
from seedance_contract.derived.drift.drift_entry import DriftEntry
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.extras import MissingExtra
from seedance_mock.commands.framework.output import print_json


class DriftRow(TypedDict):
    """A difference as JSON. `accepted` is the reason why it is accepted, or None."""

    id: str
    kind: str
    place: str
    ours: object
    theirs: object
    accepted: str | None


class UnreadableDocument(click.ClickException):
    """The file is not an OpenAPI document. The exit code is that of a wrong option."""

    exit_code = ExitCode.WRONG_USAGE


@click.command("drift")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all", "show_all", is_flag=True, help="Also list the accepted differences.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def drift_command(file: Path, show_all: bool, as_json: bool) -> None:
    """Compare the vendor's OpenAPI document, downloaded to FILE, with this contract.

    Reports what was added, removed or changed that matters to a client: routes, statuses,
    parameters, fields of a create request, members of tasks and errors.

    The exit code is 0 if nothing is new, 1 if something is, and 2 if FILE is not an OpenAPI
    document.
    """
    try:
        differences = find_drift(_read(file))
    except NotOpenApiError as error:
        raise UnreadableDocument(str(error)) from None
    except RecursionError:
        raise UnreadableDocument(f"{file.name} is nested too deeply") from None
    new = [difference for difference in differences if difference.accepted is None]
    rows = [_row(difference) for difference in (differences if show_all else new)]
    if as_json:
        print_json({"drift": len(new), "differences": rows})
    else:
        _print(rows, len(new), len(differences) - len(new))
        for difference_id in resolved_differences(differences) if show_all else ():
            click.echo(f"accepted, but not found: {difference_id}")
    sys.exit(ExitCode.NEGATIVE if new else ExitCode.POSITIVE)


def _row(difference: DriftEntry) -> DriftRow:
    accepted = difference.accepted
    return {
        "id": difference.id,
        "kind": difference.kind.value,
        "place": difference.place,
        "ours": difference.ours,
        "theirs": difference.theirs,
        "accepted": None if accepted is None else accepted.reason,
    }


def _print(rows: list[DriftRow], new: int, accepted: int) -> None:
    for row in rows:
        ours, theirs = _text(row["ours"]), _text(row["theirs"])
        reason = f" (accepted: {row['accepted']})" if row["accepted"] else ""
        line = f"{row['kind']:<7} {row['id']}: ours {ours}, theirs {theirs}{reason}"
        # JSON can contain a lone surrogate, which no terminal encoding can print.
        click.echo(line.encode(errors="backslashreplace").decode())
    verdict = f"drift: {new} new" if new else "no drift"
    click.echo(f"{verdict}, {accepted} accepted{'' if new or rows else '; --all lists them'}")


def _text(value: object) -> str:
    return "–" if value is None else json.dumps(value)


def _read(file: Path) -> object:
    """Return the content of the file: JSON if it is JSON, YAML otherwise."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableDocument(f"cannot read {file.name}: {error}") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if file.suffix == ".json":
            raise UnreadableDocument(f"{file.name} is not JSON: {error}") from None
    return _read_yaml(file.name, text)


def _read_yaml(name: str, text: str) -> object:
    try:
        import yaml
    except ImportError:
        raise MissingExtra("YAML needs pyyaml", "yaml") from None
    try:
        # The round trip through JSON turns dates into text, and refuses keys that are not text
        # and values that contain themselves, which YAML allows.
        return json.loads(json.dumps(yaml.safe_load(text), default=str))
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        message = " ".join(str(error).split())
        raise UnreadableDocument(f"{name} is neither JSON nor YAML: {message}") from None
