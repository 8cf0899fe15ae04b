"""The generated tables of the documentation.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`. Two tables show what clients did
in a run: `clients` and `naive`. `examples/results.py` writes them, and they are left alone here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from seedance_contract.client.causes import CAUSES as CLIENT_CAUSES
from seedance_contract.client.tables import CASE_TABLES, invariants_table
from seedance_contract.derived.tables import TABLES as DERIVED_TABLES
from seedance_contract.server.causes import CAUSES as SERVER_CAUSES
from seedance_mock.commands.docs_tables.command_tables import (
    check_exit_codes_table,
    command_exit_codes_table,
    commands_table,
    exit_codes_table,
    help_pages,
    option_tables,
)
from seedance_mock.commands.docs_tables.contract_tables import (
    assumptions_table,
    causes_table,
    fields_table,
    job_fields_table,
    live_checks_table,
    profiles_table,
    verdicts_table,
)
from seedance_mock.commands.docs_tables.server_tables import (
    control_fields_table,
    control_table,
    limits_table,
    result_files_table,
)
from seedance_mock.scripting.tables import WORD_TABLES

TABLES: Mapping[str, Callable[[], str]] = {
    **DERIVED_TABLES,
    **WORD_TABLES,
    **CASE_TABLES,
    **dict(option_tables()),
    "assumptions": assumptions_table,
    "causes_of_clients": partial(causes_table, CLIENT_CAUSES),
    "causes_of_servers": partial(causes_table, SERVER_CAUSES),
    "check_exit_codes": check_exit_codes_table,
    "commands": commands_table,
    "command_exit_codes": command_exit_codes_table,
    "control": control_table,
    "control_fields": control_fields_table,
    "help": help_pages,
    "invariants": invariants_table,
    "job_fields": job_fields_table,
    "exit_codes": exit_codes_table,
    "fields": fields_table,
    "limits": limits_table,
    "live_checks": live_checks_table,
    "result_files": result_files_table,
    "profiles": profiles_table,
    "verdicts": verdicts_table,
}
"""The tables that follow from the code, by name."""


def markdown_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the Markdown files among `paths` and in the folders among them."""
    for path in paths:
        # Folders too, because `**` is a pattern of some shells only, and not of the shell of make.
        if path.is_dir():
            yield from sorted(path.rglob("*.md"))
        else:
            yield path
