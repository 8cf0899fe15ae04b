"""The entry point of the command line: the group `seedance-mock` and the list of its commands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import click

from seedance_mock.commands.framework.program import Program

# No command is imported here. The start of a server is measured (`make bench`), and the commands
# that check clients and servers import the whole contract kit.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "check-client": "seedance_mock.commands.check_client.command:check_client_command",
        "check-request": "seedance_mock.commands.check_request:check_request_command",
        "check-server": "seedance_mock.commands.check_server.command:check_server_command",
        "completion": "seedance_mock.commands.completion:completion_command",
        "diff": "seedance_mock.commands.reports:diff_command",
        "drift": "seedance_mock.commands.drift:drift_command",
        "explain": "seedance_mock.commands.explain:explain_command",
        "openapi": "seedance_mock.commands.openapi:openapi_command",
        "price": "seedance_mock.commands.price:price_command",
        "report": "seedance_mock.commands.reports:report_command",
        "rules": "seedance_mock.commands.rules:rules_command",
        "serve": "seedance_mock.commands.serve.command:serve_command",
        "store": "seedance_mock.commands.store:store_command",
        "words": "seedance_mock.commands.words:words_command",
    }
)
"""The module and the function of each command, by the name of the command."""


@click.group(cls=Program, lazy_commands=COMMANDS, context_settings={"max_content_width": 100})
@click.version_option(package_name="seedance-mock", prog_name="seedance-mock")
def main() -> None:
    """Mock the TokenLab Seedance video API.

    Start the server, and point a client at it with any key that starts with sk-. No request costs
    money.

    \b
        seedance-mock serve
        curl http://127.0.0.1:8000/v1/models
    """
