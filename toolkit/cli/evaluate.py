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
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Folder for report.html, report.md, results.json and predictions."
        ),
    ] = Path("evaluation"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask everything again instead of keeping what is in DIR.")
    ] = False,
) -> None:
    """Score backends on hand-labelled sets: figures with 95 % intervals, paired tests, slices, calibration.

    Example:
      claimkit evaluate quickstart -o results/
    """
    from rich.markdown import Markdown

    from toolkit.cli import show
    from toolkit.evaluation.report import markdown
    from toolkit.evaluation.run import evaluate as run_evaluation

    def say(what: str) -> None:
        show.console.print(what, soft_wrap=True, markup=False)

    with show.resumable(), show.progress() as advance:
        results = run_evaluation(config, output, fresh=fresh, progress=advance, say=say)
    show.console.print(Markdown(markdown(results, brief=True)))
    show.console.print(f"Wrote {output / 'report.html'}, report.md and results.json", soft_wrap=True, markup=False)
