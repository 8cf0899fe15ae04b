"""`seedance-mock price`: compute what a video costs."""

from __future__ import annotations

import json

import click

from seedance_contract.declared.models import EXAMPLE_MODEL, MODELS
from seedance_contract.declared.pixels import RATIOS
from seedance_contract.declared.sources import Weight
from seedance_contract.derived.cost import Video, cost_usd, token_count
from seedance_mock.commands.framework.output import print_data


@click.command("price")
@click.option("--model", default=EXAMPLE_MODEL, show_default=True, type=click.Choice(list(MODELS)))
@click.option("--resolution", default="720p", show_default=True)
@click.option("--ratio", default=RATIOS[0], show_default=True, type=click.Choice(RATIOS))
@click.option("--seconds", default=5, show_default=True, type=click.IntRange(1), help="Length.")
@click.option("--input-seconds", type=click.IntRange(0), help="Length of input video, if any.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def price_command(
    model: str,
    resolution: str,
    ratio: str,
    seconds: int,
    input_seconds: int | None,
    as_json: bool,
) -> None:
    """Print the number of tokens of a video and its price in USD."""
    # No click.Choice: the resolutions depend on the model, and the message names those it has.
    if resolution not in MODELS[model].resolutions:
        allowed = ", ".join(MODELS[model].resolutions)
        raise click.BadParameter(f"{model} renders {allowed}", param_hint="--resolution")
    durations = MODELS[model].durations
    if not durations.allows(seconds):
        message = f"{model} makes videos of {durations.low} to {durations.high} s"
        raise click.BadParameter(message, param_hint="--seconds")
    # An input video of 0 s is an input video: its presence alone changes the price.
    video = Video(model, resolution, ratio, seconds, input_seconds or 0, input_seconds is not None)
    tokens, usd = token_count(video), str(cost_usd(video))
    is_assumed = MODELS[model].price(resolution).source.weight is Weight.ASSUMED
    if as_json:
        print_data(json.dumps({"tokens": tokens, "usd": usd, "assumed": is_assumed}) + "\n")
        return
    width, height = video.size
    note = " (assumed: no document states this price)" if is_assumed else ""
    click.echo(f"{model} {width}x{height} {seconds} s: {tokens} tokens, {usd} USD{note}")
