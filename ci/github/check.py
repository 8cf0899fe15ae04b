"""Check a client or a server: reports, the summary of the job, annotations, the exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from report_annotations import annotations_of
from runner import (
    add_to_summary,
    environment_without_inputs,
    fail,
    print_annotation,
    read_input,
    read_words,
    set_output,
    without_commands,
)

FILES = {
    "json": "report.json",
    "junit": "junit.xml",
    "markdown": "summary.md",
    "html": "report.html",
}
"""The file of each format of the report, by the option that writes it."""

CONFORMS, DOES_NOT_CONFORM = 0, 1


def command_line(mode: str, folder: Path) -> list[str]:
    """Return the command line of the check. Its reports go into `folder`."""
    subject = "command" if mode == "check-client" else "url"
    if not read_input(subject):
        fail(f"With the mode {mode} the action needs the input `{subject}`.")
    reports = [f"--{option}={folder / file}" for option, file in FILES.items()]
    baseline = [f"--baseline={path}"] if (path := read_input("baseline")) else []
    command = ["seedance-mock", mode, *reports, *baseline, *read_words("options")]
    if mode == "check-client":
        return [*command, "--", *read_words("command")]
    return [*command, "--", read_input("url")]


def run(command: list[str]) -> int:
    """Run the command, pass on the signal with which a job is cancelled, return the exit code."""
    environment = environment_without_inputs()
    if read_input("key"):
        environment["TOKENLAB_API_KEY"] = read_input("key")

    with without_commands(), subprocess.Popen(command, env=environment) as process:

        def interrupt(signum: int, frame: FrameType | None) -> None:
            process.send_signal(signal.SIGTERM)

        previous = {
            name: signal.signal(name, interrupt) for name in (signal.SIGINT, signal.SIGTERM)
        }
        exit_code = process.wait()
        for name, handler in previous.items():
            signal.signal(name, handler)
    return exit_code


def publish(folder: Path, mode: str, exit_code: int) -> None:
    """Set the outputs of the step, add to the summary of the job, and annotate the job."""
    set_output("report", folder)
    set_output("exit-code", exit_code)
    summary, report = folder / FILES["markdown"], folder / FILES["json"]
    if summary.exists():
        add_to_summary(summary.read_text(encoding="utf-8"))
    if report.exists():
        for annotation in annotations_of(json.loads(report.read_text(encoding="utf-8"))):
            print_annotation(*annotation)
    if exit_code not in (CONFORMS, DOES_NOT_CONFORM):
        print_annotation(
            "error",
            f"seedance-mock {mode}",
            f"The run gave no verdict (exit code {exit_code}). The log of this step says why.",
        )


def main() -> None:
    """Run the check, and exit with its exit code."""
    mode, folder = read_input("mode"), Path(read_input("report")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    # A report of an earlier run, such as one from a cache, must not pass for that of this run.
    for file in FILES.values():
        (folder / file).unlink(missing_ok=True)
    exit_code = run(command_line(mode, folder))
    publish(folder, mode, exit_code)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
