"""`claimkit init`: an own label set in minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to; files in it are never replaced.")],
    labels: Annotated[
        str | None, typer.Option(help="The labels, separated by commas. [support,oppose,neither]")
    ] = None,
) -> None:
    """Write a label set, a gold file to fill in, and configs to evaluate, calibrate and train with it.

    Everything is valid and runs as it is written.

    Example:
      claimkit init complaints --labels complaint,praise,question
      claimkit evaluate complaints/evaluate.yaml -o results/
    """
    from toolkit.cli import show
    from toolkit.scaffold import EXAMPLE, scaffold

    for path in scaffold(folder, EXAMPLE if labels is None else labels.split(",")):
        show.console.print(f"Wrote {path}", soft_wrap=True, markup=False)
    show.console.print(f"Begin with {folder / 'README.md'}", soft_wrap=True, markup=False)
