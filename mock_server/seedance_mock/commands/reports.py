"""The commands about cases and stored reports: `explain`, `diff` and `report`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from difflib import get_close_matches
from typing import TextIO

import click

from seedance_contract.reports.report import Report, junit, markdown, printable, text
from seedance_contract.reports.report import as_json as report_as_json
from seedance_contract.reports.stored import NotAReport, from_json


@click.command()
@click.argument("case")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(case: str, as_json: bool) -> None:
    """Tell what CASE asks, such as POLL-17, and how to see it by hand with one key and curl."""
    from seedance_contract.casebook import cases
    from seedance_mock.commands.explain import describe_case, key

    known = {name.lower(): entry for name, entry in cases().items()}
    entry = known.get(case.lower())
    if entry is None:
        near = get_close_matches(case.lower(), known, n=1, cutoff=0)
        hint = f"; perhaps {known[near[0]].case.id} was meant" if near else ""
        raise click.ClickException(f"there is no case {case[:40]!r}{hint}")
    if not as_json:
        click.echo("\n".join(describe_case(entry)))
        return
    told = {
        "id": entry.case.id,
        "suite": entry.suite,
        "group": entry.case.group,
        "level": entry.case.weight,
        "profiles": entry.profiles,
        "requirement": entry.case.requirement,
        "source": str(entry.case.source),
        "script": entry.script,
        "key": key(entry.script) if entry.suite == "client" else None,
        "checks": [
            {"id": each.id, "level": each.level, "says": each.says} for each in entry.checks
        ],
    }
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


def _read(context: click.Context, parameter: click.Parameter, path: str) -> Report:
    with click.open_file(path, "rb") as file:
        text = file.read()
    try:
        return from_json(json.loads(text))
    except NotAReport as error:
        raise click.BadParameter(f"{path}: {error}") from None
    except (ValueError, RecursionError):
        raise click.BadParameter(f"{path} is not JSON") from None


def _read_all(
    context: click.Context, parameter: click.Parameter, paths: tuple[str, ...]
) -> tuple[Report, ...]:
    return tuple(_read(context, parameter, path) for path in paths)


@click.command()
@click.argument("old", type=FILE, callback=_read)
@click.argument("new", type=FILE, callback=_read)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(old: Report, new: Report, as_json: bool) -> None:
    """Compare two stored reports: which cases got worse or better, appeared or vanished.

    Exits with 1 where any case got worse, with 2 where a file is no report.
    """
    from seedance_contract.reports import diff

    try:
        found = diff.diff(old, new)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(json.dumps(diff.as_json(found), indent=2))
    else:
        lines = [printable(str(each)) for each in found] or ["nothing changed"]
        click.echo("\n".join(lines))
    sys.exit(any(each.change is diff.Change.WORSE for each in found))


OUT = click.File("w", encoding="utf-8", errors="backslashreplace")


@click.command()
@click.argument(
    "reports", metavar="FILE...", nargs=-1, required=True, type=FILE, callback=_read_all
)
@click.option("--html", "page", type=OUT, help="Write a single page; of several, a matrix too.")
@click.option("--junit", "xml", type=OUT, help="Write JUnit XML.")
@click.option("--markdown", "summary", type=OUT, help="Write a summary for the page of a CI job.")
def report(
    reports: tuple[Report, ...], page: TextIO | None, xml: TextIO | None, summary: TextIO | None
) -> None:
    """Render stored reports anew: as text, or in the forms that are asked for; - is stdout."""
    from seedance_contract.reports.html_report import html

    if page:
        page.write(html([report_as_json(each) for each in reports]))
    if xml:
        xml.write(junit(_merged(reports)))
    if summary:
        summary.write("\n".join(map(markdown, reports)))
    if not (page or xml or summary):
        for each in reports:
            click.echo("\n".join(map(printable, text(each))))


def _merged(reports: tuple[Report, ...]) -> Report:
    """Return one report with the results of all, grouped by subject where there are several."""
    if len(reports) == 1:
        return reports[0]
    results = [
        replace(result, case=replace(result.case, group=f"{each.subject}: {result.case.group}"))
        for each in reports
        for result in each.results
    ]
    return replace(reports[0], results=results)
