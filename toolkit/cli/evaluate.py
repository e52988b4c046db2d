"""`claimkit evaluate`: how well backends do on gold sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="Name of a shipped evaluation or path of a YAML file.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for results.json, report.md and predictions.")
    ] = Path("evaluation"),
) -> None:
    """Score backends on hand-labelled sets, with 95 % intervals.

    Example:
      claimkit evaluate quickstart -o results/
    """
    from rich.markdown import Markdown

    from toolkit.cli import show
    from toolkit.evaluation.report import markdown
    from toolkit.evaluation.run import evaluate as run_evaluation

    with show.progress() as advance:
        results = run_evaluation(config, output, progress=advance)
    show.console.print(Markdown(markdown(results, brief=True)))
    show.console.print(f"Wrote {output / 'results.json'} and {output / 'report.md'}", soft_wrap=True, markup=False)
