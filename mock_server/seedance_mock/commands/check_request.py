"""`seedance-mock check-request`: check one request body without a server."""

from __future__ import annotations

import json
import sys
from typing import BinaryIO

import click

from seedance_contract.derived.validation import Rejected, validate_request
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.output import print_json
from seedance_mock.domain.errors import ApiError, invalid_request
from seedance_mock.web.errors.bodies import v1_error_body


@click.command("check-request")
@click.argument("file", type=click.File("rb"))
@click.option("--tolerant", is_flag=True, help="Ignore undocumented fields.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the request, or the error.")
def check_request_command(file: BinaryIO, tolerant: bool, as_json: bool) -> None:
    """Check one request body without a server: FILE, or - for standard input.

    The exit code is 0 for an accepted request, which is printed in its normalised form, and 1 for
    a refused one, with everything that is wrong with it.
    """
    from seedance_mock.web.bodies import parse_object

    try:
        # The parser of the server, so that both refuse the same bodies.
        verdict = validate_request(parse_object(file.read()), tolerant=tolerant)
        if isinstance(verdict, Rejected):
            raise invalid_request(verdict)
    except ApiError as error:
        _print_error(error, as_json)
        sys.exit(ExitCode.NEGATIVE)
    if as_json:
        print_json(verdict.request)
        return
    click.echo(f"accepted: {verdict.operation.name}")
    for name, value in verdict.request.items():
        click.echo(f"  {name} = {json.dumps(value, ensure_ascii=False)}")


def _print_error(error: ApiError, as_json: bool) -> None:
    if as_json:
        # An error body has the id of its request, and here is no request.
        print_json(v1_error_body(error, "offline").content)
        return
    click.echo(f"refused: {error.kind.status} {error.kind.code}")
    for violation in error.violations or ({"message": str(error)},):
        click.echo(f"  {violation['message']}")
