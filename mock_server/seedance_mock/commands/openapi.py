"""`seedance-mock openapi`: print the OpenAPI document."""

from __future__ import annotations

import click

from seedance_mock.commands.framework.extras import MissingExtra
from seedance_mock.commands.framework.output import print_data, print_json


@click.command("openapi")
@click.option("--format", "form", default="json", type=click.Choice(["json", "yaml"]))
def openapi_command(form: str) -> None:
    """Print the OpenAPI 3.1 document of the contract."""
    from seedance_contract.derived.openapi import openapi_document

    if form == "json":
        print_json(openapi_document())
        return
    try:
        import yaml
    except ImportError:
        raise MissingExtra("YAML needs pyyaml", "yaml") from None
    # In the order of the document, with `openapi` and `info` first, as people expect it.
    print_data(yaml.safe_dump(openapi_document(), sort_keys=False, allow_unicode=True))
