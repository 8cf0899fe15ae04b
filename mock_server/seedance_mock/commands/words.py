"""`seedance-mock words`: list or explain the words of the scripting language."""

from __future__ import annotations

import click

from seedance_mock.commands.framework.output import print_json


@click.command("words")
@click.argument("word", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def words_command(word: str | None, as_json: bool) -> None:
    """List the words that script the responses of the mock, or explain one WORD.

    A key contains words, such as sk-mock-busy.queue-9s--any-suffix, or a prompt does, such as
    "[mock: end-failed]".
    """
    from seedance_mock.scripting.vocabulary import vocabulary_json
    from seedance_mock.scripting.words import WordError, describe_words

    if word is not None:
        try:
            click.echo(describe_words(word))
        except WordError as error:
            raise click.UsageError(str(error)) from None
        return
    if as_json:
        print_json(vocabulary_json())
        return
    for kind, rows in vocabulary_json().items():
        click.echo(f"{kind.replace('_', ' ')}:")
        for row in rows:
            description = row.get("does") or f"means {row['means']}"
            click.echo(f"  {row['word']:<14} {description}")
