"""The command that compares a copy of the vendor's OpenAPI document with this contract."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TypedDict

import click

from seedance_contract.derived.drift import Difference, NotOpenApi, drift, vanished

UNREADABLE = 2
"""Exit code where the file cannot be read as an OpenAPI document, as for wrong options."""


class Row(TypedDict):
    """A difference as JSON; `accepted` is the reason, None where there is none."""

    id: str
    kind: str
    place: str
    ours: object
    theirs: object
    accepted: str | None


class Unreadable(click.ClickException):
    """The file is not what it should be."""

    exit_code = UNREADABLE


@click.command("drift")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="List the accepted differences, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def drift_command(file: Path, everything: bool, as_json: bool) -> None:
    """Compare the vendor's OpenAPI document, downloaded to FILE, with this contract.

    Tells what was added, removed or changed that matters to a client: routes, statuses,
    parameters, fields of a create request, members of tasks and errors. Exits with 0 where there
    is nothing new, with 1 where there is, with 2 where FILE is no OpenAPI document.
    """
    try:
        found = drift(_read(file))
    except NotOpenApi as error:
        raise Unreadable(str(error)) from None
    except RecursionError:
        raise Unreadable(f"{file.name} is nested too deeply") from None
    new = [one for one in found if one.known is None]
    rows = [_row(one) for one in (found if everything else new)]
    if as_json:
        click.echo(json.dumps({"drift": len(new), "differences": rows}, indent=2))
    else:
        _print(rows, len(new), len(found) - len(new))
        for id in vanished(found) if everything else ():
            click.echo(f"no longer there: {id}")
    sys.exit(1 if new else 0)


def _row(difference: Difference) -> Row:
    known = difference.known
    return {
        "id": difference.id,
        "kind": difference.kind.value,
        "place": difference.place,
        "ours": difference.ours,
        "theirs": difference.theirs,
        "accepted": None if known is None else known.reason,
    }


def _print(rows: list[Row], new: int, accepted: int) -> None:
    for row in rows:
        ours, theirs = (_value(one) for one in (row["ours"], row["theirs"]))
        reason = f" (accepted: {row['accepted']})" if row["accepted"] else ""
        line = f"{row['kind']:<7} {row['id']}: ours {ours}, theirs {theirs}{reason}"
        # A name in the document may be no text that a terminal can show.
        click.echo(line.encode(errors="backslashreplace").decode())
    verdict = f"drift: {new} new" if new else "no drift"
    click.echo(f"{verdict}, {accepted} accepted{'' if new or rows else '; --all lists them'}")


def _value(value: object) -> str:
    return "–" if value is None else json.dumps(value)


def _read(file: Path) -> object:
    """Return what the file holds; JSON where it is JSON, else YAML."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file.name} cannot be read: {error}") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if file.suffix == ".json":
            raise Unreadable(f"{file.name} is no JSON: {error}") from None
    return _yaml(file.name, text)


def _yaml(name: str, text: str) -> object:
    try:
        import yaml
    except ImportError:
        raise Unreadable("YAML needs: pip install 'seedance-mock[yaml]'") from None
    try:
        # Through JSON, as YAML has dates, keys that are no text, and values within themselves.
        return json.loads(json.dumps(yaml.safe_load(text), default=str))
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise Unreadable(f"{name} is neither JSON nor YAML: {told}") from None
