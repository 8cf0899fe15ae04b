"""`seedance-mock openapi`: print the OpenAPI document."""

from __future__ import annotations

import json

import click


@click.command("openapi")
@click.option("--format", "form", default="json", type=click.Choice(["json", "yaml"]))
def openapi_command(form: str) -> None:
    """Print the OpenAPI 3.1 document of the contract."""
    from seedance_contract.derived.openapi import openapi_document

    if form == "json":
        click.echo(json.dumps(openapi_document(), indent=2, ensure_ascii=False))
        return
    try:
        import yaml
    except ImportError:
        raise click.ClickException("YAML needs: pip install 'seedance-mock[yaml]'") from None
    # In the order of the document, with `openapi` and `info` first, as people expect it.
    click.echo(yaml.safe_dump(openapi_document(), sort_keys=False, allow_unicode=True), nl=False)
