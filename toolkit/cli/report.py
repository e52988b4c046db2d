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
    against: Annotated[
        Path | None,
        typer.Option(metavar="RUN|GOLD", help="Another run of the same text, or a gold set, to show the run against."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Count the labels by this column of the input; by folder or file if not."),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column with the dates; `date`, `published`, `created_at` are found."),
    ] = None,
) -> None:
    """Show annotated documents, or the results of an evaluation, as one self-contained HTML page.

    Example:
      claimkit report run/ -o page.html
      claimkit report run/ --against other-run/ -o differences.html
    """
    from toolkit.cli import show
    from toolkit.exchange.report import write_report
    from toolkit.exchange.run_page import PageOptions

    shown = write_report(run, output, PageOptions(title=title, against=against, by=by, date=date))
    show.console.print(f"Wrote {output} ({shown})", soft_wrap=True, markup=False)
