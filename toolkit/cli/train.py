"""`claimkit train`: a model of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    list[Path] | None,
    typer.Option(help="Labelled text (.jsonl or .csv) beside that of the config; may be given several times."),
]
Pairs = Annotated[
    list[Path] | None,
    typer.Option(help="General entailment data (.jsonl with premise, hypothesis, label); may be given several times."),
]
Start = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Adapter to start from: what an earlier training on the same backbone wrote."),
]


def train(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="Name of a shipped training config or path of a YAML file.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the adapter, the backend config and the card."),
    ],
    data: Data = None,
    pairs: Pairs = None,
    start: Start = None,
) -> None:
    """Fine-tune a model on labelled sentences; writes an adapter, a model card and a backend config to use it with.

    Example:
      claimkit train my-labels.train.yaml -o models/mine
      claimkit annotate article.txt --backend models/mine/backend.yaml
    """
    from toolkit.cli import show
    from toolkit.training.save import train_and_save

    result = train_and_save(
        config,
        output,
        data_files=data or [],
        pair_files=pairs or [],
        start=start,
        say=lambda line: show.console.print(line, markup=False),
    )
    show.console.print(f"Dev macro-F1 {result.macro_f1:.3f} on {result.n} sentences of documents not trained on.")
    show.console.print(f"Wrote {output}; use it with --backend {output / 'backend.yaml'}", soft_wrap=True, markup=False)
