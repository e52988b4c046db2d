"""`claimkit compare`: earlier results side by side."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """What a comparison is written as."""

    markdown = "markdown"
    latex = "latex"
    json = "json"
    html = "html"


def compare(
    results: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders that `claimkit evaluate` wrote.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="File to write, with html a folder; else standard output."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.markdown,
    gold: Annotated[
        list[Path] | None,
        typer.Option("--gold", metavar="PATH", help="Where gold is that results of format 1 do not hold. Repeatable."),
    ] = None,
    labels: Annotated[str, typer.Option("--labels", help="Label set of that gold.")] = "claims",
    resamples: Annotated[int, typer.Option(min=100, help="Draws of the bootstrap.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the drawing.")] = 0,
) -> None:
    """Compare earlier results on the same gold: a leaderboard, and paired tests of all pairs.

    Example:
      claimkit compare results/ results-of-last-year/ --format latex -o table.tex
    """
    from toolkit.cli import show
    from toolkit.evaluation.leaderboard import compare_and_write

    written = compare_and_write(
        results, form.value, output, gold=gold or [], labels=labels, resamples=resamples, seed=seed
    )
    if output is None:
        with show.data_out() as out:
            out.write(written)
    else:
        show.console.print(f"Wrote {output}", soft_wrap=True, markup=False)
