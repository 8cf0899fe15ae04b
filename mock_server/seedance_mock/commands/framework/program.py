"""How the program ends: without a traceback, and with a declared exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any

import click

from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.lazy_group import LazyGroup


class Program(LazyGroup):
    """A group of commands that ends with the exit codes of `ExitCode` in all circumstances."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the program."""
        accept_every_character()
        try:
            return super().main(*arguments, **options)
        except OSError:
            # Not even the message could be written.
            sys.exit(ExitCode.NO_RESULT)
        finally:
            discard_unwritable_output()

    # Two methods, because --help and --version print while the context is made.
    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Parse the command line."""
        with declared_exit_codes():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with declared_exit_codes():
            return super().invoke(ctx)


def accept_every_character() -> None:
    """Let text for people be printed to any console: what its encoding lacks is escaped."""
    # A Windows console has a code page such as cp1252. Python's default is a UnicodeEncodeError in
    # the middle of the output. Whoever chose another error handler keeps it.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def declared_exit_codes() -> Iterator[None]:
    """Turn every unexpected end into a message and an exit code."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        # click prints these, and they have exit codes of their own.
        raise
    except KeyboardInterrupt:
        # click would print "Aborted!" and exit with 1.
        click.echo("Interrupted.", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.exit(ExitCode.BROKEN_PIPE)
    except OSError as error:
        place = "" if error.filename is None else f": {error.filename}"
        click.echo(f"Error: {error.strerror or error}{place}", err=True)
        sys.exit(ExitCode.NO_RESULT)
    except Exception:
        # Python would exit with 1, which is a verdict.
        traceback.print_exc()
        sys.exit(ExitCode.NO_RESULT)


def discard_unwritable_output() -> None:
    """Discard what standard output and standard error still hold if they cannot be written."""
    # Python flushes both at exit. A failure there would replace the exit code with 120.
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            with suppress(OSError), open(os.devnull, "wb") as discarded:
                os.dup2(discarded.fileno(), stream.fileno())
