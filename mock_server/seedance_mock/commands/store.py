"""`seedance-mock store`: look at a store, empty it, write it to a file and load it again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import click

from seedance_mock.commands.framework.environment import EnvironmentOption
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.output import print_json, require_writable, write_output
from seedance_mock.commands.framework.store_options import (
    PREFIX_VARIABLE,
    check_prefix,
    shared_store_url,
)
from seedance_mock.settings import Settings

if TYPE_CHECKING:
    from seedance_mock.stores import SharedStore
    from seedance_mock.stores.access import Access

ResultT = TypeVar("ResultT")

STORE = click.argument(
    "url",
    metavar="[URL]",
    required=False,
    callback=lambda context, parameter, url: shared_store_url(url),
)
PREFIX = click.option(
    "--store-prefix",
    cls=EnvironmentOption,
    envvar=PREFIX_VARIABLE,
    show_envvar=True,
    metavar="NAME",
    default=Settings().store_prefix,
    show_default=True,
    callback=check_prefix,
    help="The store in Redis that has this prefix.",
)


@click.group("store")
def store_command() -> None:
    """Manage the records in a store, such as sqlite:mock.db.

    Without URL it is the store that SEEDANCE_MOCK_STORE names: other users of a machine can read
    a command line, and so the password in it.

    A server may use the store at the same time. The exit code is 3 if the store cannot be used.
    """


@store_command.command("info")
@STORE
@PREFIX
def info_command(url: str, store_prefix: str) -> None:
    """Print how many accounts and tasks a store has, as JSON.

    journal_entries_ever is how many entries were ever added to its journal, deleted ones included.
    """
    from seedance_mock.stores.access import Access
    from seedance_mock.stores.urls import is_in_redis, shown

    async def count(store: SharedStore) -> dict[str, object]:
        tasks = await store.tasks()
        return {
            "store": shown(url),
            "store_prefix": store_prefix if is_in_redis(url) else None,
            "accounts": len(await store.accounts()),
            "tasks": len(tasks),
            "unsettled_tasks": sum(not task.is_settled for task in tasks),
            "journal_entries_ever": (
                0 if store.journal_log is None else await store.journal_log.last_number()
            ),
        }

    print_json(_with_store(url, store_prefix, Access.READ, count))


@store_command.command("clear")
@STORE
@PREFIX
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear_command(url: str, store_prefix: str, yes: bool) -> None:
    """Delete all accounts, tasks and journal entries of a store.

    It may be a store of another version of this program. Stop the servers of that version first.
    """
    from seedance_mock.stores.access import Access

    if not yes:
        click.confirm(f"Delete everything in {_place(url, store_prefix)}?", abort=True)

    async def clear(store: SharedStore) -> None:
        assert store.journal_log is not None, "a store that processes share has a journal"
        await store.clear()
        await store.journal_log.clear()

    _with_store(url, store_prefix, Access.CLEAR, clear)
    click.echo(f"Deleted everything in {_place(url, store_prefix)}.")


@store_command.command("export")
@STORE
@PREFIX
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    show_default=True,
    help="The file to write.",
)
def export_command(url: str, store_prefix: str, output: Path) -> None:
    """Write accounts and tasks as lines of JSON, which `import` reads."""
    from seedance_mock.stores.access import Access
    from seedance_mock.stores.archive import archive_lines

    require_writable("--output", output)

    contents = _with_store(url, store_prefix, Access.READ, lambda store: store.contents())
    write_output(output, "\n".join([*archive_lines(contents), ""]))


def _url_and_file(
    context: click.Context, parameter: click.Parameter, arguments: tuple[str, ...]
) -> tuple[str, IO[bytes]]:
    """Return the URL and the open file of `[URL] FILE`."""
    # click gives the first argument to the first parameter, also if that is optional.
    *urls, name = arguments
    if len(urls) > 1:
        raise click.UsageError(f"Got unexpected extra argument ({name})")
    url = shared_store_url(urls[0] if urls else None)
    return url, click.File("rb").convert(name, parameter, context)


@store_command.command("import")
@click.argument("source", metavar="[URL] FILE", nargs=-1, required=True, callback=_url_and_file)
@PREFIX
def import_command(source: tuple[str, IO[bytes]], store_prefix: str) -> None:
    """Load what `export` wrote into an empty store: FILE, or - for standard input.

    Nothing is loaded if a line cannot be read. The exit code is then 2.
    """
    from seedance_mock.stores.access import Access
    from seedance_mock.stores.archive import ArchiveError, parse_archive
    from seedance_mock.stores.errors import LoadError

    url, file = source
    try:
        # Not the lines of a text: Python ends one at U+2028 too, which may be in a name.
        contents = parse_archive([line.decode() for line in file.read().splitlines()])
        _with_store(url, store_prefix, Access.LOAD, lambda store: store.load(contents))
    except UnicodeDecodeError:
        raise click.BadParameter(f"{file.name} is not UTF-8", param_hint="FILE") from None
    except ArchiveError as error:
        raise click.BadParameter(f"{file.name}: {error}", param_hint="FILE") from None
    except LoadError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    tasks = sum(len(content.tasks) for content in contents)
    counts = f"accounts: {len(contents)}, tasks: {tasks}"
    click.echo(f"Loaded into {_place(url, store_prefix)} ({counts}).")


def _place(url: str, store_prefix: str) -> str:
    """Return a store as a message names it."""
    from seedance_mock.stores.urls import is_in_redis, shown

    return shown(url) + (f" with the prefix {store_prefix}" if is_in_redis(url) else "")


def _with_store(
    url: str, store_prefix: str, access: Access, work: Callable[[SharedStore], Awaitable[ResultT]]
) -> ResultT:
    """Return the result of `work` on an open store. Exits if the store cannot be used."""
    # Here as in the commands: `--help` and a wrong URL need none of the libraries of stores.
    from seedance_mock.stores.errors import StoreError, StoreUnavailableError
    from seedance_mock.stores.urls import open_shared_store, shown

    async def run() -> ResultT:
        store = open_shared_store(Settings(store=url, store_prefix=store_prefix), access)
        try:
            return await work(store)
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    except StoreError as error:
        click.echo(f"Error: {error}.", err=True)
    except StoreUnavailableError as error:
        click.echo(f"Error: cannot use {shown(url)}: {error}.", err=True)
    sys.exit(ExitCode.NO_RESULT)
