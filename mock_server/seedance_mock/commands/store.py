"""`seedance-mock store`: look at a store, empty it, write it to a file and load it again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.output import print_json, require_writable, write_output
from seedance_mock.commands.framework.store_options import check_prefix, check_store
from seedance_mock.settings import Settings

if TYPE_CHECKING:
    from seedance_mock.stores import SharedStore
    from seedance_mock.stores.access import Access

ResultT = TypeVar("ResultT")

STORE = click.argument("url", metavar="URL", callback=check_store)
PREFIX = click.option(
    "--store-prefix",
    metavar="NAME",
    default=Settings().store_prefix,
    show_default=True,
    callback=check_prefix,
    help="The store in Redis that has this prefix.",
)


@click.group("store")
def store_command() -> None:
    """Manage the records in a store, such as sqlite:mock.db.

    A server may use the store at the same time. The exit code is 3 if the store cannot be used.
    """


@store_command.command("info")
@STORE
@PREFIX
def info_command(url: str, store_prefix: str) -> None:
    """Print how many accounts, tasks and journal entries a store has, as JSON."""
    from seedance_mock.stores.access import Access
    from seedance_mock.stores.urls import shown

    async def count(store: SharedStore) -> dict[str, object]:
        tasks = await store.tasks()
        return {
            "store": shown(url),
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
    """Delete all accounts, tasks and journal entries of a store."""
    from seedance_mock.stores.access import Access
    from seedance_mock.stores.urls import shown

    if not yes:
        click.confirm(f"Delete everything in {shown(url)}?", abort=True)

    async def clear(store: SharedStore) -> None:
        assert store.journal_log is not None, "a store that processes share has a journal"
        await store.clear()
        await store.journal_log.clear()

    _with_store(url, store_prefix, Access.CLEAR, clear)


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


@store_command.command("import")
@STORE
@PREFIX
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(url: str, store_prefix: str, file: Path) -> None:
    """Load what `export` wrote into an empty store.

    Nothing is loaded if a line cannot be read. The exit code is then 2.
    """
    from seedance_mock.stores.access import Access
    from seedance_mock.stores.archive import ArchiveError, load_archive, parse_archive

    try:
        contents = parse_archive(file.read_text(encoding="utf-8").splitlines())
        _with_store(url, store_prefix, Access.LOAD, lambda store: load_archive(store, contents))
    except UnicodeDecodeError:
        raise click.BadParameter(f"{file} is not UTF-8", param_hint="FILE") from None
    except ArchiveError as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="FILE") from None


def _with_store(
    url: str, store_prefix: str, access: Access, work: Callable[[SharedStore], Awaitable[ResultT]]
) -> ResultT:
    """Return the result of `work` on an open store. Exits if the store cannot be used."""
    # Here as in the commands: `--help` and a wrong URL need none of the libraries of stores.
    from seedance_mock.stores.errors import StoreError, StoreUnavailableError
    from seedance_mock.stores.urls import is_shared, open_shared_store

    async def run() -> ResultT:
        store = open_shared_store(Settings(store=url, store_prefix=store_prefix), access)
        try:
            return await work(store)
        finally:
            await store.close()

    if not is_shared(url):
        raise click.BadParameter(
            "the memory of a server cannot be reached from here", param_hint="URL"
        )
    try:
        return asyncio.run(run())
    except (StoreError, StoreUnavailableError) as error:
        click.echo(f"Error: {error}.", err=True)
        sys.exit(ExitCode.NO_RESULT)
