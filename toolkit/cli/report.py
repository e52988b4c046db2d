"""`claimkit report`: annotated documents, or an evaluation, as a page to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN", help="A run folder, a .jsonl, .csv or .parquet of annotations, or a folder of `evaluate`."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="PAGE", help="The HTML file to write.")] = Path(
        "report.html"
    ),
    title: Annotated[str | None, typer.Option(help="Title of the page; made from what is shown by default.")] = None,
) -> None:
    """Show annotated documents, or the results of an evaluation, as one self-contained HTML page.

    Example:
      claimkit report run/ -o page.html
    """
    from toolkit.cli import show
    from toolkit.exchange.report import write_report

    shown = write_report(run, output, title=title)
    show.console.print(f"Wrote {output} ({shown})", soft_wrap=True, markup=False)
