"""Texts and bytes as words of a POSIX shell, with variables in place of keys and ids."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

Variables = Mapping[bytes, str]
"""The names of shell variables by the values that they stand for."""

MAX_INLINE_BODY = 4_000
"""The number of bytes up to which a body stands in the command line of curl itself."""

# The body over the limit of the server has 32 MiB of one letter, the longest prompts 20,000.
MIN_REPEATED_BYTES = 256
_RUN_START = re.compile(rb"(.)\1{%d}" % (MIN_REPEATED_BYTES - 1), re.DOTALL)

# Nothing in these characters has a meaning for a shell inside double quotes.
_PLAIN_TEXT = re.compile(r"[\w:/., ?=&%~+@-]*", re.ASCII).fullmatch


def pieces(data: bytes, variables: Variables) -> Iterator[tuple[bytes, str]]:
    """Yield the parts of `data` in order: each is bytes, or the name of a variable."""
    # The longest value first: one key may be the beginning of another.
    values = sorted(variables, key=len, reverse=True)
    # A pattern without alternatives would match everywhere.
    pattern = b"|".join(map(re.escape, values)) or b"(?!)"
    for part in re.split(b"(" + pattern + b")", data):
        if part in variables:
            yield b"", variables[part]
        elif part:
            yield part, ""


def word(data: bytes, variables: Variables) -> str:
    """Return one word of a shell whose value is `data`. It must not contain NUL."""
    if _text(data) is None:
        # Command substitution removes newlines at the end; neither URLs nor headers have them.
        return '"$(' + "; ".join(_print_commands(data, variables)) + ')"'
    parts = [(content.decode(), name) for content, name in pieces(data, variables)]
    if all(_PLAIN_TEXT(content) for content, _ in parts) and any(name for _, name in parts):
        text = "".join(content or f"${{{name}}}" for content, name in parts)
        # The braces are needed only before a letter, a digit or an underscore.
        return '"' + re.sub(r"\$\{(\w+)\}(?!\w)", r"$\1", text) + '"'
    # A variable is not expanded inside single quotes, so the word is quoted in pieces.
    texts = (shlex.quote(content) if content else f'"${name}"' for content, name in parts)
    return "".join(texts) or "''"


def is_inline(body: bytes) -> bool:
    """Return whether a body can stand in a command line: a text that is not too long."""
    return len(body) <= MAX_INLINE_BODY and _text(body) is not None


def print_commands(data: bytes, variables: Variables) -> list[str]:
    """Return the commands that print `data`, one in a line."""
    commands: list[str] = []
    position = 0
    while run := _RUN_START.search(data, position):
        # Not with the pattern, which takes seconds for 32 MiB.
        end = len(data) - len(data[run.end() :].lstrip(run[1]))
        commands += _print_commands(data[position : run.start()], variables)
        commands.append(f"repeat {end - run.start()} {_octal_escape(run[1][0])}")
        position = end
    return commands + list(_print_commands(data[position:], variables))


def _print_commands(data: bytes, variables: Variables) -> Iterator[str]:
    for content, name in pieces(data, variables):
        text = _text(content)
        if name:
            yield f'printf %s "${name}"'
        elif text is None:
            yield f"printf '{''.join(map(_printf_escape, content))}'"
        else:
            yield f"printf %s {shlex.quote(text)}"


def _text(data: bytes) -> str | None:
    """Return the bytes as a text that any editor and terminal shows, None if they are none."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if all(letter.isprintable() or letter in "\n\t" for letter in text) else None


def _printf_escape(byte: int) -> str:
    is_plain = 32 <= byte < 127 and byte not in b"%'\\"
    return chr(byte) if is_plain else _octal(byte)


def _octal_escape(byte: int) -> str:
    """Return an argument of `tr` for one byte."""
    letter = chr(byte)
    return letter if letter.isascii() and letter.isalnum() else f"'{_octal(byte)}'"


def _octal(byte: int) -> str:
    # Three digits: a digit that follows would otherwise count as a part of the escape.
    return f"\\{byte:03o}"
