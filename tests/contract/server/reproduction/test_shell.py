"""Words of a shell: it reads them as the bytes that they stand for."""

import shutil
import subprocess

import pytest

from seedance_contract.server.reproduction.script import own_functions
from seedance_contract.server.reproduction.shell import (
    MAX_INLINE_BODY,
    is_inline,
    print_commands,
    word,
)

VARIABLES = {b"sk-1": "KEY_1", b"sk-12": "KEY_2"}

SHELLS = [shell for shell in ("sh", "dash", "bash", "busybox") if shutil.which(shell)]

DATA = [
    b"",
    b'it\'s $HOME `x` \\n "quoted"\n next',
    b"Authorization: Bearer sk-1",
    b"sk-12sk-1_sk-1",
    b"100%: sk-1's",
    "Gru\u00df \u2028 \U0001f6b2".encode(),
    b"\xff\x01'%\\sk-1\x7f0",
]


def output(shell: str, script: str) -> bytes:
    command = [shell, "sh", "-c", script] if shell == "busybox" else [shell, "-c", script]
    environment = {"PATH": "/usr/bin:/bin", "KEY_1": "sk-1", "KEY_2": "sk-12"}
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("variables", [{}, VARIABLES], ids=["literal", "variables"])
def test_shell_reads_a_word(shell: str, variables: dict[bytes, str]) -> None:
    words = " ".join(word(data, variables) for data in DATA)

    printed = output(shell, f"printf '%s\\0' {words}")

    assert printed.split(b"\0")[:-1] == DATA
    assert not variables or "sk-1" not in words


@pytest.mark.parametrize("shell", SHELLS)
def test_shell_prints_a_body(shell: str) -> None:
    body = b"x" * 100_000 + b"\0\xff" + b"\\" * 300 + b'{"key": "sk-1"}\n'
    commands = print_commands(body, VARIABLES)

    assert output(shell, f"{own_functions()}\n" + "\n".join(commands)) == body
    assert len("".join(commands)) < 200


def test_authorization_is_readable() -> None:
    assert word(b"Authorization: Bearer sk-1", VARIABLES) == '"Authorization: Bearer $KEY_1"'


def test_braces_separate_a_name_from_what_follows() -> None:
    assert word(b"sk-1_2/sk-1", VARIABLES) == '"${KEY_1}_2/$KEY_1"'


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"{}", True), (b"\xff", False), (b"\0", False), (b"x" * (MAX_INLINE_BODY + 1), False)],
)
def test_only_short_texts_are_arguments(body: bytes, expected: bool) -> None:
    assert is_inline(body) is expected
