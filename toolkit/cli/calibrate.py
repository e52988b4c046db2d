"""`claimkit calibrate`: probabilities that can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="Name of a shipped calibration or path of a YAML file.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Backend config to write; the calibration's NAME.yaml by default."
        ),
    ] = None,
) -> None:
    """Fit prior correction, temperature and thresholds of a backend on dev splits; writes a backend config.

    Test splits are refused. The figures that are printed come from documents that the fit did not see.

    Example:
      claimkit calibrate embedded -o embedded-calibrated.yaml
      claimkit annotate article.txt --backend embedded-calibrated.yaml
    """
    from toolkit.calibrating import calibrate as run
    from toolkit.cli import show

    with show.progress() as advance:
        fitted, written = run(config, output, progress=advance)
    show.calibration(fitted)
    show.console.print(f"Wrote {written}; use it with --backend {written}", soft_wrap=True, markup=False)
