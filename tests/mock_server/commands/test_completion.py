"""`completion`: the scripts, and what a shell gets from the program."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Callable

import pytest
from click.testing import Result

from seedance_mock.commands.completion import COMPLETE_VARIABLE, SHELLS
from seedance_mock.commands.main import main

Run = Callable[..., Result]

SCRIPTS = sysconfig.get_path("scripts")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_asks_the_program(shell: str, run: Run) -> None:
    script = run("completion", shell).stdout

    assert f"{COMPLETE_VARIABLE}={shell}_complete " in script


def test_another_shell_is_refused(run: Run) -> None:
    ended = run("completion", "powershell")

    assert ended.exit_code == 2
    assert "'powershell' is not one of 'bash', 'zsh', 'fish'" in ended.stderr


def test_the_program_answers_to_the_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        COMPLETE_VARIABLE: "bash_complete",
        "COMP_WORDS": "seedance-mock serve --lifecycle q",
        "COMP_CWORD": "3",
    }.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit):
        main(prog_name="seedance-mock")

    assert capsys.readouterr().out == "plain,quick\n"


def test_bash_completes_a_command_line() -> None:
    if shutil.which("bash") is None:
        pytest.skip("needs bash")
    script = (
        f'PATH="{SCRIPTS}:$PATH"; eval "$(seedance-mock completion bash)";'
        " COMP_WORDS=(seedance-mock check-r); COMP_CWORD=1;"
        " _seedance_mock_completion seedance-mock; echo ${COMPREPLY[@]}"
    )

    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)

    assert ended.stdout == "check-request\n"
