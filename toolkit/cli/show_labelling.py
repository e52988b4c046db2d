"""What `sample`, `label` and `adjudicate` print when they are done; all of it on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from toolkit.cli.show import console

if TYPE_CHECKING:
    from toolkit.labelling.adjudication import Settled
    from toolkit.labelling.draw import Request, Sample
    from toolkit.labelling.label import Task
    from toolkit.labelling.session import Progress
    from toolkit.labelling.sizes import Outlook

SIZES = (50, 100, 200, 400, 800, 1600)


def sampled(drawn: Sample, request: Request, output: Path | None) -> None:
    """What was chosen, and the intervals to expect."""
    expected = drawn.outlook
    if expected is not None:
        _widths(expected, len(drawn.items), drawn.size)
    if drawn.excluded:
        _say(f"{drawn.excluded:,} sentences were left out by --exclude.")
    if len(drawn.items) < drawn.size:
        _say(f"Only {len(drawn.items):,} of {drawn.size:,} wanted sentences were found.", style="yellow")
    if expected is None and request.way == "label":
        _say("A sample by label: `claimkit evaluate` weights its rows, and is more exact on one by random or document.")
    elif expected is None:
        reason = "It is for training and for finding faults; figures on it do not hold for the run"
        _say(f"A sample by {request.way}. {reason}: measure on one by random or document.", style="yellow")
    if output is not None:
        documents = len({item.doc for item in drawn.items})
        _say(f"Wrote {output} ({len(drawn.items):,} sentences of {documents:,} documents)")


def _widths(expected: Outlook, taken: int, wanted: int) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("sentences", "accuracy", "95 % interval", "macro-F1", "95 % interval", "design effect"):
        table.add_column(heading, justify="right")
    available = expected.sentences
    sizes = sorted({*(n for n in SIZES if n < available), min(max(taken, 1), available), available})
    for n in sizes:
        cells = [f"{n:,}" + (" ←" if n == taken else "  ")]
        for figure in ("accuracy", "macro_f1"):
            width = expected.width(figure, n)
            cells += [f"{expected.figures[figure].value:.2f}", "unknown" if width is None else f"±{width / 2:.3f}"]
        effects = (expected.design_effect("accuracy", n), expected.design_effect("macro_f1", n))
        table.add_row(*cells, f"{max(effects):.2f}", style="bold" if n == taken else "")
    console.print(table)
    rho = max(spread.correlation for spread in expected.figures.values())
    _say(
        f"Expected {expected.basis}; {expected.documents:,} documents, sentences of one alike by {rho:.2f} "
        f"({expected.correlation_basis}).",
        style="dim",
    )
    if wanted > available:
        _say(f"It would take {wanted:,} sentences; the run has {available:,}.", style="yellow")


def labelled(progress: Progress, task: Task) -> None:
    """How far an annotator has come."""
    skipped = f", {progress.skipped} skipped" if progress.skipped else ""
    _say(f"{task.annotator}: {progress.labelled} of {progress.total} labelled{skipped}; {task.answers}")
    if progress.left:
        _say("The same command goes on from there.")


def adjudicated(settled: Settled, path: Path | None) -> None:
    """What was settled, and by whom."""
    if path is None:
        _say(f"{settled.open} rows still wait for a ruling. The same command goes on from there.")
        return
    parts = [f"{settled.agreed} by agreement", f"{settled.ruled} ruled on" if settled.ruled else ""]
    parts.append(f"{settled.single} with one answer only" if settled.single else "")
    parts.append(f"{settled.left_out} left out" if settled.left_out else "")
    _say(f"Wrote {path} ({len(settled.rows)} rows: {', '.join(filter(None, parts))})")


def _say(text: str, *, style: str = "") -> None:
    console.print(text, style=style, soft_wrap=True, markup=False)
