"""`seedance-mock rules`: list what the mock claims about the API."""

from __future__ import annotations

import click

from seedance_contract.declared.sources import Weight
from seedance_mock.commands.framework.output import print_json


@click.command("rules")
@click.option("--documented", "weight", flag_value=Weight.DOCUMENTED, help="Documented ones only.")
@click.option("--assumed", "weight", flag_value=Weight.ASSUMED, help="Assumed ones only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rules_command(weight: Weight | None, as_json: bool) -> None:
    """List everything the mock claims about the API, with its source.

    A claim without a source in the documents is marked as assumed: it is a choice of this project.
    """
    from seedance_contract.derived.claims import claims

    selected = [claim for claim in claims() if weight in (None, claim.source.weight)]
    if as_json:
        rows = [
            {
                "id": claim.id,
                "text": claim.text,
                "source": str(claim.source),
                "weight": claim.source.weight,
            }
            for claim in selected
        ]
        print_json(rows)
        return
    for claim in selected:
        click.echo(f"{claim.id}: {claim.text}\n    {claim.source.weight}, {claim.source}")
