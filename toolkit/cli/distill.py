"""`claimkit distill`: a small model that learns from a large one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.train import Data, Pairs, Start


def distill(
    config: Annotated[
        str,
        typer.Argument(metavar="CONFIG", help="The student: name of a shipped training config or path of a YAML file."),
    ],
    teacher: Annotated[
        str, typer.Option("--teacher", "-t", metavar="NAME|FILE", help="Backend whose probabilities are learned.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Folder for the teacher's answers, the adapter, its config and card."
        ),
    ],
    data: Data = None,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option(help="Text that only the teacher labels (.jsonl or .csv with text); may be given several times."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=0, help="Take only so many of the unlabelled sentences, drawn at random.")
    ] = None,
    pairs: Pairs = None,
    start: Start = None,
) -> None:
    """Let a large backend label text and train a small model on its probabilities; a killed run goes on.

    Example:
      claimkit distill claim-head-minilm --teacher embedded-large --unlabelled corpus.jsonl -o models/small
    """
    from toolkit.cli import show
    from toolkit.training.distill import distill as run

    with show.resumable():
        result = run(
            config,
            teacher,
            output,
            data_files=data or [],
            unlabelled=unlabelled or [],
            sample=sample,
            pair_files=pairs or [],
            start=start,
            say=lambda line: show.console.print(line, markup=False),
        )
    show.console.print(f"Dev macro-F1 {result.macro_f1:.3f} on {result.n} sentences of documents not trained on.")
    show.console.print(f"Wrote {output}; use it with --backend {output / 'backend.yaml'}", soft_wrap=True, markup=False)
