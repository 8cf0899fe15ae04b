"""The command line. It composes the parts; nothing imports it."""

from __future__ import annotations

import errno
import gc
import json
import math
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from seedance_contract.declared.models import FAMILY, MODELS
from seedance_contract.declared.pixels import RATIOS
from seedance_contract.declared.sources import Weight
from seedance_contract.derived.check import Refused, check
from seedance_contract.derived.cost import Video, tokens, usd
from seedance_mock.commands.lazy_group import LazyCommands
from seedance_mock.domain.accounts import KEY_PATTERN
from seedance_mock.domain.errors import ApiError, invalid_request
from seedance_mock.domain.lifecycle import LIFECYCLES
from seedance_mock.settings import CORS_MODES, LOG_FORMATS, Settings

NO_ADDRESS = 3
"""Exit code where the address cannot be bound."""

USUAL = Settings()

option = partial(click.option, show_default=True, show_envvar=True)


@click.group(cls=LazyCommands, context_settings={"max_content_width": 100})
@click.version_option(package_name="seedance-mock", prog_name="seedance-mock")
def main() -> None:
    """Mock the TokenLab Seedance 2.0 video API.

    Start it, point a client at it with any key that begins with sk-, and nothing costs a cent:

    \b
        seedance-mock serve
        curl http://127.0.0.1:8000/v1/models
    """


def _keys(
    context: click.Context, parameter: click.Parameter, keys: tuple[str, ...]
) -> frozenset[str]:
    for key in keys:
        if re.fullmatch(KEY_PATTERN, key) is None:
            raise click.BadParameter("an API key starts with sk-")
    return frozenset(keys)


def _origin(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    if url is not None and re.fullmatch(r"https?://[^\s?#]+", url) is None:
        raise click.BadParameter("a URL such as https://mock.example.com is needed")
    return url.rstrip("/") if url else None


def _finite(
    context: click.Context, parameter: click.Parameter, value: Decimal | float | None
) -> Decimal | float | None:
    if value is not None and not (math.isfinite(value) and value >= 0):
        raise click.BadParameter("a number, 0 or more, is needed")
    return value


def _amount(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> Decimal | float | None:
    try:
        amount = None if text is None else Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    return _finite(context, parameter, amount)


def _alone(context: click.Context, parameter: click.Parameter, count: int) -> None:
    if count != 1:
        raise click.BadParameter(
            "tasks are kept in the memory of one process, and others would not know them; for"
            " more, start several servers, each with a --port and clients of its own"
        )


def _in_folder(
    context: click.Context, parameter: click.Parameter, path: Path | None
) -> Path | None:
    if path is not None and not path.absolute().parent.is_dir():
        raise click.BadParameter("its folder does not exist")
    return path


@main.command(context_settings={"auto_envvar_prefix": "SEEDANCE_MOCK"})
@option("--host", default="127.0.0.1", help="Address to listen on.")
@option(
    "--port",
    default=8000,
    type=click.IntRange(0, 65_535),
    help="Port to listen on. 0 takes any free one; the ready line tells which.",
)
@option(
    "--key",
    "keys",
    multiple=True,
    callback=_keys,
    help="Accept this key; may be repeated. Without it, any key that starts with sk-.",
)
@option(
    "--expired-key",
    "expired_keys",
    multiple=True,
    callback=_keys,
    help="Answer 401 expired_api_key to this key; may be repeated.",
)
@option(
    "--lifecycle",
    default=USUAL.lifecycle,
    type=click.Choice(list(LIFECYCLES)),
    help="How long tasks take: 5 s, realistic times, no time at all, or until told.",
)
@option(
    "--balance",
    metavar="DECIMAL",
    callback=_amount,
    help="Grant every key this many USD. Without it: no limit.",
)
@option(
    "--rate-limit",
    type=click.IntRange(1),
    help="Requests a minute that each key may make. Without it: no limit.",
)
@option(
    "--retention",
    type=float,
    callback=_finite,
    help="Forget tasks this many seconds after they ended. Without it: never.",
)
@option(
    "--max-tasks",
    default=USUAL.max_tasks,
    type=click.IntRange(1),
    help="Keep this many tasks, then forget the one that ended first, a live one only if none has.",
)
@option(
    "--max-body",
    default=USUAL.max_body,
    type=click.IntRange(1),
    help="Refuse larger request bodies with 413 (bytes).",
)
@option(
    "--tolerant",
    is_flag=True,
    help="Let fields through that no document mentions, instead of refusing them.",
)
@option(
    "--input-seconds",
    default=USUAL.input_seconds,
    type=click.IntRange(0),
    help="How long an input video is taken to be, as it is never fetched.",
)
@option(
    "--journal",
    default=USUAL.journal,
    type=click.IntRange(0),
    help="Remember this many exchanges for /_mock/journal.",
)
@option(
    "--control/--no-control",
    default=True,
    help="Answer under /_mock: accounts, time, tasks, journal. To this machine only.",
)
@option(
    "--workers",
    type=int,
    default=1,
    callback=_alone,
    expose_value=False,
    help="Only 1: each process would have tasks of its own.",
)
@option("--control-token", help="Answer under /_mock also to others that have this token.")
@option("--explain", is_flag=True, help="Name the fault of an answer in a header Mock-Did.")
@option("--public-url", callback=_origin, help="URL of results; default: the request's own host.")
@option("--cors", default=USUAL.cors, type=click.Choice(CORS_MODES), help="Pages that may call.")
@option(
    "--log-format",
    default="text",
    type=click.Choice(LOG_FORMATS),
    help="One line a request on standard error, never with a key, a prompt or a media URL.",
)
@option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_in_folder,
    help="Write the ready line to this file too.",
)
def serve(host: str, port: int, ready_file: Path | None, **choices: object) -> None:
    """Run the server until Ctrl-C.

    Once it accepts connections it prints one line of JSON, so that a script need not poll:

    \b
        {"ready": true, "url": "http://127.0.0.1:8000"}

    Every option can be set in the environment, under the name that stands beside it.
    """
    with _loading():
        from seedance_mock.server import run
        from seedance_mock.web.app import create_app

    settings = Settings(**choices)  # type: ignore[arg-type] # click has checked each type
    try:
        listener = run.listen(host, port)
    except OSError as error:
        click.echo(f"Cannot listen on {host} port {port}: {error.strerror}.", err=True)
        click.echo(_advice(error), err=True)
        sys.exit(NO_ADDRESS)
    run.log_to_stderr()
    url = run.url_for(listener)
    run.serve(create_app(settings), listener, partial(run.announce, url, ready_file))


@contextmanager
def _loading() -> Iterator[None]:
    # What is imported stays, so that to look for garbage meanwhile only delays the start.
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _advice(error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return "--host needs an address or a name of this machine, such as 127.0.0.1 or 0.0.0.0."
    if error.errno == errno.EADDRINUSE:
        return "Is another server running? --port 0 takes a free port."
    return "--port 0 takes a free port that needs no permission."


@main.command()
@click.option("--format", "form", default="json", type=click.Choice(["json", "yaml"]))
def openapi(form: str) -> None:
    """Print the OpenAPI 3.1 document of the contract."""
    from seedance_contract.derived.openapi import document

    if form == "json":
        click.echo(json.dumps(document(), indent=2, ensure_ascii=False))
        return
    try:
        import yaml
    except ImportError:
        raise click.ClickException("YAML needs: pip install 'seedance-mock[yaml]'") from None
    click.echo(yaml.safe_dump(document(), sort_keys=False, allow_unicode=True), nl=False)


@main.command()
@click.option("--documented", "weight", flag_value=Weight.DOCUMENTED, help="Only what is.")
@click.option("--assumed", "weight", flag_value=Weight.ASSUMED, help="Only what is not.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rules(weight: Weight | None, as_json: bool) -> None:
    """List everything the mock claims about the API, and where it comes from.

    What no document says is marked as assumed: a choice of this project.
    """
    from seedance_contract.derived.claims import claims

    chosen = [claim for claim in claims() if weight in (None, claim.source.weight)]
    if as_json:
        rows = [
            {
                "id": claim.id,
                "says": claim.text,
                "source": str(claim.source),
                "weight": claim.source.weight,
            }
            for claim in chosen
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for claim in chosen:
        click.echo(f"{claim.id}: {claim.text}\n    {claim.source.weight}, {claim.source}")


@main.command()
@click.argument("word", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def words(word: str | None, as_json: bool) -> None:
    """List the words that lead a client into a situation, or explain one WORD.

    A key carries them, such as sk-mock-busy.queue-9s--any-suffix, or a prompt does, such as
    "[mock: end-failed]".
    """
    from seedance_mock.scripting.vocabulary import vocabulary_json
    from seedance_mock.scripting.words import WordError, describe_words

    if word is not None:
        try:
            click.echo(describe_words(word))
        except WordError as error:
            raise click.ClickException(str(error)) from None
        return
    if as_json:
        click.echo(json.dumps(vocabulary_json(), indent=2, ensure_ascii=False))
        return
    for kind, rows in vocabulary_json().items():
        click.echo(f"{kind.replace('_', ' ')}:")
        for row in rows:
            told = row.get("does") or f"means {row['means']}"
            click.echo(f"  {row['word']:<14} {told}")


@main.command("check-request")
@click.argument("file", type=click.File("rb"))
@click.option("--tolerant", is_flag=True, help="Let fields through that no document mentions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the request, or the error.")
def check_request(file: BinaryIO, tolerant: bool, as_json: bool) -> None:
    """Check one request body without a server: FILE, or - for standard input.

    Exits with 0 and the normalised request where it is accepted, with 1 and what is wrong
    where it is not.
    """
    from seedance_mock.web.bodies import parse_object

    try:
        body = parse_object(file.read())
        verdict = check(body, tolerant=tolerant)
        if isinstance(verdict, Refused):
            raise invalid_request(verdict)
    except ApiError as refusal:
        _print_refusal(refusal, as_json)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(verdict.request, indent=2, ensure_ascii=False))
        return
    click.echo(f"accepted: {verdict.operation.name}")
    for name, value in verdict.request.items():
        click.echo(f"  {name} = {json.dumps(value, ensure_ascii=False)}")


def _print_refusal(refusal: ApiError, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(refusal.body("offline"), indent=2, ensure_ascii=False))
        return
    click.echo(f"refused: {refusal.kind.status} {refusal.kind.code}")
    for entry in refusal.violations or ({"message": str(refusal)},):
        click.echo(f"  {entry['message']}")


@main.command()
@click.option("--model", default=FAMILY[0].id, show_default=True, type=click.Choice(list(MODELS)))
@click.option("--resolution", default="720p", show_default=True)
@click.option("--ratio", default=RATIOS[0], show_default=True, type=click.Choice(RATIOS))
@click.option("--seconds", default=5, show_default=True, type=click.IntRange(4, 15), help="Length.")
@click.option("--input-seconds", type=click.IntRange(0), help="Length of input video, if any.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def price(
    model: str,
    resolution: str,
    ratio: str,
    seconds: int,
    input_seconds: int | None,
    as_json: bool,
) -> None:
    """Tell what a video counts in tokens and costs in USD."""
    if resolution not in MODELS[model].resolutions:
        allowed = ", ".join(MODELS[model].resolutions)
        raise click.BadParameter(f"{model} renders {allowed}", param_hint="--resolution")
    video = Video(model, resolution, ratio, seconds, input_seconds or 0, input_seconds is not None)
    cost: Mapping[str, object] = {"tokens": tokens(video), "usd": str(usd(video))}
    width, height = video.size
    told = f"{model} {width}x{height} {seconds} s: {cost['tokens']} tokens, {cost['usd']} USD"
    click.echo(json.dumps(cost) if as_json else told)
