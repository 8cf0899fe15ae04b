"""What commands write for programs: JSON, YAML and report files, always in UTF-8.

Text for people goes through `click.echo`, which follows the encoding of the console.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

STANDARD_OUTPUT = Path("-")
"""The path that means standard output."""


def print_data(text: str) -> None:
    """Print text for programs in UTF-8, whatever the encoding of the console."""
    # In JSON, where a lone surrogate may come from, the replacement is the escape of it.
    click.echo(text.encode("utf-8", "backslashreplace"), nl=False)


def print_json(value: object) -> None:
    """Print a JSON document in UTF-8."""
    print_data(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_output(path: Path, text: str) -> None:
    """Write a file in UTF-8; `STANDARD_OUTPUT` is standard output. Raises OSError."""
    if path == STANDARD_OUTPUT:
        print_data(text)
    else:
        path.write_bytes(text.encode("utf-8", "backslashreplace"))


def require_writable(option: str, path: Path) -> None:
    """Raise UsageError before the work, and not after it, if a file cannot be written.

    Args:
        option: the name of the option, such as "--json".
        path: the file, which need not exist.
    """
    if path == STANDARD_OUTPUT:
        return
    if not path.parent.is_dir():
        raise click.UsageError(f"{option} {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise click.UsageError(f"{option} {path}: no permission to write it")
