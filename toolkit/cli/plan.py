"""`claimkit plan`: what a run would come to, before anything is run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.options import BackendName, Encoding, FileType, IdColumn, Labels, TextColumn, Unit


def plan(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="As for claimkit annotate.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="What the run will write; what is there already is done."),
    ] = None,
    backend: BackendName = "embedded",
    labels: Labels = None,
    unit: Unit = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    file_type: Annotated[
        FileType | None,
        typer.Option("--format", help="Read every input as this, whatever its ending."),
    ] = None,
    encoding: Encoding = None,
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
