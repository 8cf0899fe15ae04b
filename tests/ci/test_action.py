"""The action for GitHub: each step runs in bash, with the files of a runner in a folder."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import click
import pytest

from seedance_mock.commands.main import main
from seedance_mock.testing import live_server

from .runner_emulator import ACTION, ROOT, Runner

UNAUTHORIZED, NOT_FOUND = 401, 404

CHECK_CLIENT = {"mode": "check-client", "command": f"'{sys.executable}' client.py"}


def fake_program(runner: Runner, text: str) -> None:
    """Let a Python program take the place of seedance-mock."""
    folder = runner.folder / "programs"
    folder.mkdir()
    (folder / "seedance-mock").write_text(f"#!{sys.executable}\n{text}")
    (folder / "seedance-mock").chmod(0o755)
    runner.environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


def fake_report(runner: Runner, report: dict[str, Any], exit_code: int) -> None:
    """Let seedance-mock write this report and exit with this code."""
    fake_program(
        runner,
        "import sys\n"
        "[path] = [word[7:] for word in sys.argv if word.startswith('--json=')]\n"
        f"open(path, 'w').write({json.dumps(report)!r})\n"
        f"sys.exit({exit_code})\n",
    )


def annotations_of(runner: Runner) -> list[tuple[str, str, str]]:
    """Return the level, the title and the message of each annotation of the job."""
    # The runner takes no commands between these two lines.
    log = re.sub(r"^::stop-commands::(\w+)\n.*?^::\1::\n", "", runner.log, flags=re.M | re.S)
    found = re.findall(r"^::(\w+) title=(.*?)::(.*)$", log, re.MULTILINE)
    assert len(found) == len(re.findall(r"^::(?:error|warning|notice)", log, re.MULTILINE))
    return [(level, title, message.replace("%0A", "\n")) for level, title, message in found]


def result(case: str, verdict: str) -> dict[str, object]:
    finding = {"check": "a-check", "verdict": verdict, "expected": "50%", "actual": "2"}
    return {
        "id": case,
        "verdict": verdict,
        "requirement": "first, second: third",
        "source": "docs",
        "findings": [finding],
    }


def cause(name: str, *cases: str) -> dict[str, object]:
    return {
        "id": name,
        "title": f"Title of {name}",
        "happened": "It happened.",
        "consequence": "It costs money.",
        "fix": "Do not.",
        "cases": cases,
    }


def test_start_gives_url_and_key_of_a_running_server(runner: Runner) -> None:
    exit_code, outputs = runner.use_action({"mode": "start", "options": "--lifecycle instant"})

    assert exit_code == 0, runner.log
    assert status(outputs["url"], outputs["key"]) == NOT_FOUND
    assert json.loads(Path(outputs["log"]).read_text().splitlines()[0])["url"] == outputs["url"]
    assert outputs["key"] == "sk-ci-17-2"


def test_start_takes_the_only_key_that_the_server_accepts(runner: Runner) -> None:
    _, outputs = runner.use_action({"mode": "start", "key": "sk-mine"})

    assert outputs["key"] == "sk-mine"
    assert status(outputs["url"], "sk-mine") == NOT_FOUND
    assert status(outputs["url"], "sk-other") == UNAUTHORIZED


def status(url: str, key: str) -> int:
    """Return the status of a request for a task that does not exist."""
    header = {"Authorization": f"Bearer {key}"}
    request = Request(f"{url}/v1/tasks/ldtask_{0:032}", headers=header)
    with pytest.raises(HTTPError) as error, urlopen(request, timeout=10):
        pass
    error.value.close()
    return error.value.code


def test_a_server_that_cannot_start_is_explained(runner: Runner) -> None:
    exit_code, _ = runner.use_action({"mode": "start", "options": "--lifecycle never"})

    assert exit_code == 2
    assert "Invalid value for '--lifecycle'" in runner.log
    [(level, _, message)] = annotations_of(runner)
    assert level == "error"
    assert "exit code 2" in message


def test_check_client_publishes_a_failure(runner: Runner) -> None:
    exit_code, outputs = runner.use_action({**CHECK_CLIENT, "options": "--case POLL-02"})

    assert (exit_code, outputs["exit-code"]) == (1, "1"), runner.log
    report = Path(outputs["report"])
    assert report == runner.workspace / "seedance-report"
    assert {file.name for file in report.iterdir()} == {
        "report.json",
        "junit.xml",
        "summary.md",
        "report.html",
    }
    assert (report / "summary.md").read_text().strip() in runner.summary
    [(level, title, message)] = annotations_of(runner)
    assert level == "error"
    assert "POLL-02" in title + message


def test_check_client_that_passes_has_no_annotations(runner: Runner) -> None:
    exit_code, outputs = runner.use_action({**CHECK_CLIENT, "options": "--case AUTH-01"})

    assert (exit_code, outputs["exit-code"]) == (0, "0"), runner.log
    assert annotations_of(runner) == []
    assert "1 PASS" in runner.summary


def test_check_server_checks_the_url(runner: Runner) -> None:
    with live_server() as server:
        options = {"options": "--group catalogue", "url": server.url}
        exit_code, outputs = runner.use_action({"mode": "check-server", **options})

    assert exit_code == 0, runner.log
    assert json.loads((Path(outputs["report"]) / "report.json").read_text())["suite"] == "server"
    assert server.url in runner.summary


def test_check_server_gets_the_key_in_its_environment(runner: Runner) -> None:
    fake_program(runner, "import os, sys\nprint(os.environ['TOKENLAB_API_KEY'], sys.argv)")

    runner.use_action({"mode": "check-server", "url": "http://a", "key": "sk-secret"})

    assert runner.log.count("sk-secret") == 1
    assert "sk-secret ['" in runner.log


def test_programs_do_not_see_the_inputs(runner: Runner) -> None:
    fake_program(runner, "import os\nprint([n for n in os.environ if 'SEEDANCE_ACTION' in n])")

    runner.use_action({**CHECK_CLIENT, "key": "sk-secret"})

    assert "[]" in runner.log


@pytest.mark.parametrize("exit_code", [2, 3, 130])
def test_no_verdict_is_an_error_with_the_exit_code(runner: Runner, exit_code: int) -> None:
    fake_program(runner, f"import sys\nsys.exit({exit_code})")

    ended, outputs = runner.use_action(CHECK_CLIENT)

    assert (ended, outputs["exit-code"]) == (exit_code, str(exit_code))
    [(level, _, message)] = annotations_of(runner)
    assert level == "error"
    assert f"no verdict (exit code {exit_code})" in message


def test_reports_of_an_earlier_run_are_removed(runner: Runner) -> None:
    folder = runner.workspace / "seedance-report"
    folder.mkdir()
    (folder / "report.json").write_text("{}")
    fake_program(runner, "import sys\nsys.exit(3)")

    runner.use_action(CHECK_CLIENT)

    assert list(folder.iterdir()) == []


def test_each_cause_is_one_annotation(runner: Runner) -> None:
    results = [result("DUP-01", "FAIL"), result("DUP-02", "FAIL"), result("DUP-03", "NON-STRICT")]
    causes = [cause("repeats", "DUP-01", "DUP-02"), cause("hurries", "DUP-03")]
    fake_report(runner, {"causes": causes, "results": results}, 1)

    runner.use_action(CHECK_CLIENT)

    text = "It happened.\nIt costs money.\nFix: Do not.\nCases: "
    assert annotations_of(runner) == [
        ("error", "Title of repeats (2 cases)", f"{text}DUP-01, DUP-02"),
        ("warning", "Title of hurries (1 case)", f"{text}DUP-03"),
    ]


def test_failures_without_a_cause_follow(runner: Runner) -> None:
    results = [result("A-01", "FAIL"), result("B-01", "XPASS"), result("C-01", "PASS")]
    fake_report(runner, {"causes": [cause("repeats", "B-01")], "results": results}, 1)

    runner.use_action(CHECK_CLIENT)

    assert annotations_of(runner)[1:] == [
        (
            "error",
            "A-01%3A first%2C second%3A third",
            "a-check: expected 50%25, got 2\nSource: docs",
        )
    ]


def test_there_are_at_most_ten_annotations_of_a_level(runner: Runner) -> None:
    cases = [f"A-{number:02}" for number in range(20)]
    causes = [cause(f"cause-{case}", case) for case in cases[:12]]
    causes.append(cause("rest", *cases[12:], *cases[:12]))
    report = {"causes": causes[::-1], "results": [result(case, "FAIL") for case in cases]}
    fake_report(runner, report, 1)

    runner.use_action(CHECK_CLIENT)

    assert [level for level, _, _ in annotations_of(runner)] == ["error"] * 10
    assert annotations_of(runner)[0][2].endswith("A-02, A-03 and 8 more")


def test_commands_in_the_output_of_a_client_have_no_effect(runner: Runner) -> None:
    fake_program(runner, "print('::error title=a::b')\nprint('::add-path::/', end='')")

    runner.use_action(CHECK_CLIENT)

    assert "::error title=a::b\n" in runner.log
    assert annotations_of(runner) == []


def test_a_summary_that_is_too_long_is_cut(runner: Runner) -> None:
    fake_program(
        runner,
        "import sys\n"
        "[path] = [word[11:] for word in sys.argv if word.startswith('--markdown=')]\n"
        "open(path, 'w').write('a line with an é\\n' * 100_000)\n",
    )

    runner.use_action(CHECK_CLIENT)

    data = runner.summary.encode()
    assert len(data) <= 1024 * 1024
    assert runner.summary.endswith("a line with an é\n\nThe report has the rest.\n")


def test_a_cancelled_job_passes_the_signal_on(runner: Runner) -> None:
    # What the runner does: it signals the process of the step, which `exec` has made the script.
    fake_program(
        runner,
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))\n"
        "os.kill(os.getppid(), signal.SIGINT)\n"
        "time.sleep(60)\n",
    )

    exit_code, outputs = runner.use_action(CHECK_CLIENT)

    assert (exit_code, outputs["exit-code"]) == (130, "130")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"mode": "serve"}, "'serve'; it must be one of start, check-client, check-server"),
        ({"mode": "check-client"}, "check-client the action needs the input `command`"),
        ({"mode": "check-server"}, "check-server the action needs the input `url`"),
        ({**CHECK_CLIENT, "options": "--case 'A"}, "`options` is not quoted as in a shell"),
    ],
)
def test_a_wrong_input_is_explained(
    runner: Runner, inputs: dict[str, object], message: str
) -> None:
    exit_code, _ = runner.use_action(inputs)

    assert exit_code == 2
    assert message in annotations_of(runner)[0][2]


def test_an_old_python_is_explained(runner: Runner) -> None:
    old = runner.folder / "python3"
    program = "import sys, runpy; sys.version_info = (3, 10); sys.path[0] = sys.argv[1]; "
    program += "runpy.run_path(sys.argv[1] + '/install.py', run_name='__main__')"
    old.write_text(f'#!/bin/sh\nexec \'{sys.executable}\' -c "{program}" "$(dirname "$1")"\n')
    old.chmod(0o755)

    exit_code, _ = runner.use_action({"mode": "start", "python": old})

    assert exit_code == 2
    assert "Put a step `uses: actions/setup-python`" in annotations_of(runner)[0][2]


def test_every_input_and_output_is_in_the_documentation() -> None:
    page = (ROOT / "docs/how-to/ci.md").read_text()

    for name in [*ACTION["inputs"], *ACTION["outputs"]]:
        assert f"`{name}`" in page


def test_both_commands_have_the_options_of_the_action() -> None:
    for name in ("check-client", "check-server"):
        command = main.get_command(click.Context(main), name)
        assert command is not None
        options = {option for parameter in command.params for option in parameter.opts}

        assert options >= {"--json", "--junit", "--markdown", "--html", "--baseline"}
