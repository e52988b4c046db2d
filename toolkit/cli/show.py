"""What the commands print while they work and when they are done; all of it on stderr."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from toolkit.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import Task

    from toolkit.annotate.shard import Shard
    from toolkit.annotate.summary import Summary
    from toolkit.calibrating.fitting import Fitted
    from toolkit.exchange.export import Report
    from toolkit.exchange.gold import Imported

console = Console(stderr=True, highlight=False)


class _Rate(ProgressColumn):
    """Items per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")


@contextmanager
def loading(what: str) -> Iterator[None]:
    """A spinner while a model loads."""
    with console.status(f"Loading {escape(what)} …"):
        yield


@contextmanager
def data_out() -> Iterator[TextIO]:
    """Standard output for data: UTF-8 whatever the terminal is.

    Yields:
        The stream. When its reader is gone (``claimkit annotate … | head``), the command ends, and no fault is said.

    Raises:
        OutputError: It cannot be written.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except OSError as error:
        # What is still in the buffer must not fail again when Python closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(0) from error
        raise OutputError(f"Standard output cannot be written: {error.strerror}.", hint="Is the disk full?") from error


@contextmanager
def resumable() -> Iterator[None]:
    """Say on an interrupt that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        console.print("What was done is kept; the same command goes on from there.", soft_wrap=True)
        raise


@contextmanager
def progress() -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar with rate and time left; silent when stderr is not a terminal.

    Yields:
        A function to call with the items done and the estimated total.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Annotating", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def closing(result: Summary, output: str, max_failure_rate: float) -> None:
    """The closing table of a run.

    Raises:
        Exit: With code 1, when too large a share failed.
    """
    summary(result, output)
    if result.failure_rate > max_failure_rate:
        share = f"{result.failure_rate:.1%} failed, more than --max-failure-rate {max_failure_rate:g}: exit code 1."
        console.print(share, style="red", soft_wrap=True)
        raise typer.Exit(1)


def summary(result: Summary, output: str) -> None:
    """What a run came to, in numbers."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("count", justify="right")
    table.add_column("share", justify="right")

    def row(name: str, count: int, style: str = "") -> None:
        share = f"{count / result.total:.1%}" if result.total else ""
        table.add_row(name, f"{count:,}", share, style=style)

    for name, count in result.labels.most_common():
        row(escape(name), count)
    row("abstained", result.abstained, "dim" if not result.abstained else "yellow")
    failed = result.failed.total() - result.unasked
    row("failed", failed, "dim" if not failed else "red")
    if result.unasked:
        row("not asked", result.unasked, "yellow")
    if result.other_units:
        row("not a sentence", result.other_units, "dim")
    row("total", result.total, "bold")
    console.print(table)
    notes = [f"{result.attributed:,} attributed to somebody else" if result.attributed else ""]
    notes.append(f"{result.reused:,} kept from an earlier run" if result.reused else "")
    notes.append(f"{result.usage.truncated:,} cut to fit the model" if result.usage.truncated else "")
    if gone_on := result.usage.escalated:
        notes.append(f"{gone_on:,} went on to a later backend of the cascade ({gone_on / result.total:.1%})")
    console.print("; ".join(filter(None, [*notes, *_spending(result)])) or "", style="dim")
    if result.unasked:
        left = f"{result.unasked:,} are left: the budget of this run is used up. The same command goes on with them."
        console.print(left, style="yellow", soft_wrap=True)
    if failed:
        kinds = ", ".join(f"{count} {kind}" for kind, count in result.failed.most_common() if kind != "budget")
        hint = " Run the same command again to retry them." if result.retryable else ""
        console.print(f"Failed: {kinds}.{hint}", style="red")
    if output != "-":
        console.print(f"Wrote {escape(output)}", soft_wrap=True)


def _spending(result: Summary) -> list[str]:
    """What servers were asked, and what it came to."""
    usage = result.usage
    asked = f"{usage.requests:,} requests, {usage.tokens:,} tokens read and {usage.output_tokens:,} written"
    return [
        asked if usage.requests else "",
        f"cost {usage.cost:,.4f}" if usage.cost else "",
        f"{known:,} answers from the cache" if (known := usage.cached + result.recalled) else "",
    ]


def shard(share: Shard, target: Path) -> None:
    """What to do when all shards are there."""
    folders = escape(str(target.with_name(share.pattern(target))))
    console.print(f"When all {share.count} are done: claimkit merge {folders} -o {escape(str(target))}", soft_wrap=True)


def calibration(fitted: Fitted) -> None:
    """What a calibration came to: figures before and after, on documents that the fit did not see."""
    from toolkit.calibrating.measure import SHOWN

    origin = fitted.calibration.fitted_on
    if origin is not None and origin.figures:
        table = Table(box=None, pad_edge=False)
        for heading in ("", "before", "after"):
            table.add_column(heading, justify="right" if heading else "left")
        for name, figure in origin.figures.items():
            before = "" if figure.before is None else f"{figure.before:.4f}"
            table.add_row(SHOWN[name], before, f"{figure.after:.4f}")
        console.print(table)
        console.print(
            f"{origin.n:,} sentences of {origin.documents} documents; each figure from documents that its fit did not "
            f"see ({origin.folds}-fold cross-validation).",
            style="dim",
            soft_wrap=True,
        )
    if fitted.failed:
        console.print(f"{fitted.failed} sentences without an answer were left out.", style="yellow")
    for note in fitted.notes:
        console.print(escape(note), style="yellow", soft_wrap=True)


def agreement(report: Mapping[str, Any]) -> None:
    """Agreement of annotators, a table for each question."""
    for question, found in report["questions"].items():
        console.print(f"[bold]{escape(question)}[/]", highlight=False)
        table = _figures("", "n")
        table.add_row("Krippendorff's α", f"{found['n']:,}", _estimate(found["alpha"]))
        table.add_row("Fleiss' κ (answered by all)", f"{found['complete']:,}", _estimate(found["fleiss"]))
        for pair in found["pairs"]:
            table.add_row(
                f"Cohen's κ {escape(pair['a'])} – {escape(pair['b'])}", f"{pair['n']:,}", _estimate(pair["kappa"])
            )
        console.print(table)
        table = _figures("agreement on", "given")
        for name, label in found["per_label"].items():
            table.add_row(escape(name), f"{label['given']:,}", _estimate(label["agreement"]))
        console.print(table)
        for pair in found["confused"][:3]:
            one, other = map(escape, pair["labels"])
            console.print(f"{pair['share']:.0%} of all disagreement is {one} against {other}.", soft_wrap=True)
    console.print(
        f"{report['rows']:,} rows of {report['documents']:,} documents, {len(report['annotators'])} annotators; "
        "in brackets 95 % intervals by bootstrap over documents.",
        style="dim",
        soft_wrap=True,
        markup=False,
    )


def exported(report: Report, output: Path) -> None:
    """What an export wrote, what it left out, and what it could not have."""
    total = sum(report.parts.values())
    split = ", ".join(f"{name} {count:,}" for name, count in report.parts.items() if name)
    console.print(
        f"Wrote {output}: {total:,} sentence{'s' if total != 1 else ''} of {report.documents:,} "
        f"document{'s' if report.documents != 1 else ''}{f' ({split})' if split else ''}",
        soft_wrap=True,
        markup=False,
    )
    if report.left_out:
        left = ", ".join(f"{count:,} {reason}" for reason, count in report.left_out.items())
        console.print(f"Left out: {left}.", style="dim", soft_wrap=True, markup=False)
    if report.blanked:
        some = ", ".join(report.blanked[:5]) + (", …" if len(report.blanked) > 5 else "")
        console.print(
            f"The source of {len(report.blanked):,} document{'s' if len(report.blanked) != 1 else ''} is gone or has "
            f"changed since the run; there only the sentences are text, at their offsets, and what stood between them "
            f"is blank: {some}",
            style="yellow",
            soft_wrap=True,
            markup=False,
        )
    for note in report.notes:
        console.print(note, style="yellow", soft_wrap=True, markup=False)


def imported(report: Imported, output: Path) -> None:
    """What an import came to."""
    for annotator, counts in report.answers.items():
        told = ", ".join(f"{count:,} {status}" for status, count in counts.items())
        console.print(f"{annotator}: {told}", soft_wrap=True, markup=False)
    if report.replaced:
        console.print(f"{report.replaced:,} took the place of an earlier answer.", style="dim", soft_wrap=True)
    rest = [f"{report.open:,} to adjudicate (adjudicate.jsonl)" if report.open else ""]
    rest.append(f"{report.unlabelled:,} without a label" if report.unlabelled else "")
    tail = "".join(f", {part}" for part in rest if part)
    console.print(
        f"Wrote {output}: {report.gold:,} labelled sentence{'s' if report.gold != 1 else ''}{tail}",
        soft_wrap=True,
        markup=False,
    )


def _figures(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(headings[0])
    for heading in (*headings[1:], ""):
        table.add_column(heading, justify="right")
    return table


def _estimate(estimate: Mapping[str, Any]) -> str:
    """A figure with its interval; a dash where there is none."""
    if estimate["value"] is None:
        return "–"
    interval = estimate["interval"]
    return f"{estimate['value']:.3f}" + (
        f" [{interval[0]:.3f}, {interval[1]:.3f}]".replace("[", r"\[") if interval else ""
    )
