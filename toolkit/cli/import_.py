"""`claimkit import`: what people answered in a review tool, as a gold set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def import_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="What the tool exported, one file or several.")
    ],
    form: Annotated[
        str, typer.Option("--from", metavar="FORMAT", help="label-studio, argilla, prodigy, doccano, csv or jsonl.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="GOLD", help="Folder of the gold set; answers there are added to.")
    ],
    annotator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|ID=NAME",
            help="Who answered, where a file does not tell; or what to call an ID of the tool. May be repeated.",
        ),
    ] = None,
    labels: Annotated[str, typer.Option(help="Label set: a shipped name or a YAML file.")] = "claims",
    split: Annotated[Literal["dev", "test"], typer.Option(help="Which split the sentences are for.")] = "test",
) -> None:
    """Import human answers into a gold set: all answers, the agreed labels, and what is to be adjudicated.

    Examples:
      claimkit import project-1.json --from label-studio -o mine/
      claimkit import ruled.jsonl --from jsonl --annotator adjudicator -o mine/
    """
    from toolkit.cli import show
    from toolkit.exchange.gold import import_answers

    report = import_answers(files, form, output, names=annotator or (), labels=labels, split=split)
    show.imported(report, output)
