"""What both suites do before a run with a baseline, and after it with a report."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from seedance_contract.case import Result
from seedance_contract.reports.baseline import (
    Baseline,
    BaselineError,
    apply_baseline,
    parse_baseline,
    unknown_entries,
)
from seedance_contract.reports.baseline_writer import baseline_text
from seedance_contract.reports.console import console_lines
from seedance_contract.reports.report import Report, summary_line
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.output import require_writable, write_output
from seedance_mock.commands.framework.report_files import (
    FORMATS,
    report_exit_code,
    require_writable_files,
    write_report_files,
)
from seedance_mock.commands.framework.suite_options import SuiteOptions


def print_list(lines: Sequence[str], rows: Sequence[object], json_path: Path | None) -> None:
    """Print the list of cases, or write it as JSON.

    Args:
        lines: the list for people.
        rows: the list for programs.
        json_path: where to write the JSON; None to print the lines.
    """
    if json_path is None:
        click.echo("\n".join(lines))
    else:
        write_output(json_path, json.dumps(rows, indent=2) + "\n")


def read_baseline(path: Path | None, checks: Mapping[str, Collection[str]]) -> Baseline:
    """Return the baseline in a file; an empty one without a file. Raises UsageError.

    Args:
        path: the file.
        checks: the id of each case of the suite to the ids of its checks.
    """
    if path is None:
        return Baseline()
    try:
        # TOML is UTF-8, whatever the encoding of this machine.
        baseline = parse_baseline(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise click.UsageError(f"{path} is not UTF-8") from None
    except BaselineError as error:
        raise click.UsageError(f"{path}: {error}") from None
    # A renamed case would otherwise stay in the baseline, and its failure would not be excused.
    for entry in unknown_entries(baseline, checks):
        raise click.UsageError(f"{path}: there is no {entry}")
    return baseline


def excused_results(baseline: Baseline, results: Sequence[Result]) -> list[Result]:
    """Return the results with the verdicts that a baseline gives to known failures."""
    # UTC, so that an entry of a baseline expires on the same day on every machine.
    today = datetime.now(UTC).date()
    return [apply_baseline(baseline, result, today) for result in results]


def report_files(options: SuiteOptions) -> dict[str, Path]:
    """Return where to write the report, by the name of the format."""
    paths = {name: getattr(options, name) for name in FORMATS}
    return {name: path for name, path in paths.items() if path is not None}


def require_writable_reports(options: SuiteOptions) -> None:
    """Raise UsageError before the run if its outputs cannot be written after it."""
    require_writable_files(report_files(options))
    if options.write_baseline is not None:
        require_writable("--write-baseline", options.write_baseline)


def _console_lines(report: Report, options: SuiteOptions) -> Iterator[str]:
    # The commands that it prints can be pasted, so they name the file of this run.
    is_file = options.json is not None and "--json" not in options.outputs_to_standard_output
    return console_lines(report, options.verbose, str(options.json) if is_file else None)


def publish(report: Report, options: SuiteOptions, baseline: Baseline) -> ExitCode:
    """Write the report in every chosen format, print it, and return the exit code of the run."""
    files = report_files(options)
    # Both are tried: if one cannot be written, the other may still be of use.
    is_written = all(
        (write_report_files(report, files), _write_baseline(report, options, baseline))
    )
    lines = [summary_line(report)] if options.quiet else _console_lines(report, options)
    # A report on standard output must be readable by a program, so the text for people gives way.
    click.echo("\n".join(lines), err=bool(options.outputs_to_standard_output))
    exit_code = report_exit_code(
        report, strict=options.strict, require_exercised=options.require_exercised
    )
    return exit_code if is_written else ExitCode.NO_RESULT


def _write_baseline(report: Report, options: SuiteOptions, known: Baseline) -> bool:
    """Write the failures of the run as a baseline, if asked to. Return whether that worked."""
    path = options.write_baseline
    if path is None:
        return True
    try:
        write_output(path, baseline_text(report, known))
    except OSError as error:
        click.echo(f"Error: cannot write --write-baseline {path}: {error.strerror}", err=True)
        return False
    return True


def selected_options(options: SuiteOptions) -> dict[str, object]:
    """Return the shared options that decide about the results, for the report."""
    return {
        "cases": list(options.cases),
        "groups": list(options.groups),
        "level": options.level,
        "profile": options.profile,
        "strict": options.strict,
        "require_exercised": options.require_exercised,
        "baseline": None if options.baseline is None else str(options.baseline),
    }
