"""`seedance-mock openapi`: print the OpenAPI document."""

from __future__ import annotations

import json

import click

from seedance_mock.commands.framework.extras import MissingExtra
from seedance_mock.commands.framework.output import print_data, print_json


@click.command("openapi")
@click.option("--format", "form", default="json", type=click.Choice(["json", "yaml"]))
@click.option(
    "--dialect",
    default="v1",
    type=click.Choice(["v1", "v3"]),
    show_default=True,
    help="v1: the routes under /v1. v3: the Volc-compatible routes under /api/v3.",
)
def openapi_command(form: str, dialect: str) -> None:
    """Print the OpenAPI 3.1 document of the contract."""
    from seedance_contract.derived.openapi import openapi_document
    from seedance_contract.derived.v3.openapi import v3_openapi_document

    document = v3_openapi_document() if dialect == "v3" else openapi_document()
    if form == "json":
        print_json(document)
        return
    try:
        import yaml
    except ImportError:
        raise MissingExtra("YAML needs pyyaml", "yaml") from None
    # Through JSON, because YAML represents no kinds of text, such as members of an enumeration.
    plain = json.loads(json.dumps(document))
    # In the order of the document, with `openapi` and `info` first, as people expect it.
    print_data(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
