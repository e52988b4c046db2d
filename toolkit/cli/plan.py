"""`claimkit plan`: what a run would come to, before anything is run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def plan(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="As for claimkit annotate.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="What the run will write; what is there already is done."),
    ] = None,
    backend: Annotated[str, typer.Option(help="Name of a shipped backend or path of a backend config.")] = "embedded",
    labels: Annotated[str | None, typer.Option(help="Label set to use: a shipped name or a YAML file.")] = None,
    unit: Annotated[
        Literal["sentence", "row"] | None,
        typer.Option(help="Label sentences or whole rows. By default rows of tables and sentences of documents."),
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column of a table that holds the text.")] = "text",
    id_column: Annotated[str | None, typer.Option(help="Column of a table that names the row.")] = None,
    file_type: Annotated[
        Literal["txt", "md", "html", "csv", "tsv", "jsonl", "parquet"] | None,
        typer.Option("--format", help="Read every input as this, whatever its ending."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of text files; found out by default.")] = None,
    all_units: Annotated[bool, typer.Option("--all-units", help="As for claimkit annotate.")] = False,
    cache: Annotated[bool | None, typer.Option("--cache/--no-cache", help="As for claimkit annotate.")] = None,
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="Let the model answer a sample, to tell the time.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count what there is to annotate, and tell time and cost, before anything is run.

    Nothing is written and nothing is sent: a server is never asked.

    Examples:
      claimkit plan corpus/ -o run/
      claimkit plan corpus/ --backend my-server.yaml --json
    """
    import json

    from toolkit.annotate.plan import plan as look_ahead
    from toolkit.cli import show, show_plan
    from toolkit.corpus.read import Corpus, ReadOptions

    corpus = Corpus(inputs, ReadOptions(unit, text_column, id_column, encoding, file_type))
    with show.loading("what there is"):
        found = look_ahead(
            corpus, backend, labels=labels, target=output, all_units=all_units, cache=cache, measure=measure
        )
    typer.echo(json.dumps(found.as_dict(), indent=2) if as_json else "\n".join(show_plan.lines(found)))
