"""`claimkit report`: annotated documents as a page to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run folder, or a .jsonl, .csv or .parquet of annotations.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="PAGE", help="The HTML file to write.")] = Path(
        "report.html"
    ),
    title: Annotated[str | None, typer.Option(help="Title of the page; made from the documents by default.")] = None,
) -> None:
    """Show annotated documents as one self-contained HTML page, sentences coloured by label.

    Example:
      claimkit report run/ -o page.html
    """
    from toolkit.cli import show
    from toolkit.exchange.run_page import write_page

    count = write_page(run, output, title=title)
    show.console.print(f"Wrote {output} ({count} document{'s' if count != 1 else ''})", soft_wrap=True, markup=False)
