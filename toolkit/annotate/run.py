"""A whole run: read, annotate, write, go on where an earlier one stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from toolkit.annotate.engine import Item, ItemStream, annotate_window, windows
from toolkit.annotate.manifest import Part, changed, fingerprint, settings_of, write_manifest
from toolkit.annotate.output import Output
from toolkit.backends.base import Backend
from toolkit.corpus.read import Corpus
from toolkit.corpus.write import jsonl_line, to_row
from toolkit.errors import OutputError
from toolkit.records import Annotation, Usage

WINDOW = 512
"""Items that are annotated and written together: what a kill can cost at most."""

Progress = Callable[[int, int | None], None]
"""Told after each window: items done, and an estimate of the total."""


@dataclass(slots=True)
class Summary:
    """What a run came to.

    Attributes:
        labels: Label to count.
        attributed: How many have the flag.
        abstained: How many have no label because none was probable enough.
        failed: Failure kind to count.
        other_units: Units that are not sentences, kept on request.
        total: Everything together.
        reused: How many were there from an earlier run.
        usage: What the backend took this time.
        run: Fingerprint.
    """

    run: str
    labels: Counter[str] = field(default_factory=Counter)
    attributed: int = 0
    abstained: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    other_units: int = 0
    total: int = 0
    reused: int = 0
    usage: Usage = field(default_factory=Usage)

    def add(self, row: dict[str, Any]) -> None:
        """Count one output row."""
        self.total += 1
        self.attributed += bool(row["attributed"])
        if row["failure"] is not None:
            self.failed[row["failure"]["kind"]] += 1
        elif row["abstained"]:
            self.abstained += 1
        elif row["label"] is None:
            self.other_units += 1
        else:
            self.labels[row["label"]] += 1

    @property
    def failure_rate(self) -> float:
        """Share of the items that failed."""
        return self.failed.total() / self.total if self.total else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "total": self.total,
            "labels": dict(self.labels),
            "attributed": self.attributed,
            "abstained": self.abstained,
            "failed": dict(self.failed),
            "other_units": self.other_units,
        }


def annotate(
    corpus: Corpus,
    backend: Backend,
    target: Path,
    *,
    all_units: bool = False,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Annotate a corpus into a file or run folder.

    What an earlier run of the same settings finished is kept; rows that failed are tried again.

    Args:
        corpus: The inputs.
        backend: Who answers.
        target: Path ending in .jsonl, .csv or .parquet, or a folder.
        all_units: Keep units that are not sentences, without a label.
        fresh: Discard an earlier run instead of going on with it.
        progress: Called after each window.

    Raises:
        OutputError: The place holds something else, or a run of other settings or inputs.
        InputError: The only input cannot be read.
    """
    output = Output(target, backend.labels.names)
    settings = settings_of(backend, reading_of(corpus, all_units))
    run = fingerprint(settings)
    if fresh:
        output.clear()
    _check_same(output, settings)
    manifest: dict[str, Any] = {
        "run": run,
        "finished": False,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings,
        "inputs": [str(source.path) for source in corpus.sources],
        "labels": [label.model_dump(include={"name", "definition"}) for label in backend.labels.labels],
    }
    done = output.journal.read()
    write_manifest(output.manifest_path, manifest)
    stream = ItemStream(corpus, all_units=all_units)
    summary = Summary(run)
    count = 0
    for index, digest, items in windows(stream, WINDOW):
        count = index + 1
        rows = _window(output, done.get(index), index, digest, items, backend, summary, kind=all_units)
        for row in rows:
            summary.add(row)
        if progress:
            progress(summary.total, stream.total())
    manifest |= {
        "finished": True,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "counts": summary.as_dict(),
    }
    output.finish(manifest, windows=count, failed=summary.failed.total())
    return summary


def reading_of(corpus: Corpus, all_units: bool) -> dict[str, Any]:
    """How inputs are read, as far as it can change what is written."""
    return {**asdict(corpus.options), "all_units": all_units, "window": WINDOW}


def _check_same(output: Output, settings: dict[str, Any]) -> None:
    """Refuse to mix two runs.

    Raises:
        OutputError: What is there was made with other settings.
    """
    earlier = output.earlier()
    if earlier is None:
        return
    differences = changed(earlier["settings"], settings)
    if differences:
        raise OutputError(
            f"{output.path} was made with other settings ({'; '.join(differences)}).",
            hint="Choose another -o, or pass --fresh to discard what is there.",
        )


def _window(
    output: Output,
    part: Part | None,
    index: int,
    digest: str,
    items: list[Item],
    backend: Backend,
    summary: Summary,
    *,
    kind: bool,
) -> list[dict[str, Any]]:
    """The rows of one window: from the earlier run where it has them, annotated now where not.

    Raises:
        OutputError: The earlier run was made from another input.
    """
    rows: list[dict[str, Any]] = []
    if part is not None and output.part_path(index).exists():
        if part.digest != digest:
            raise OutputError(
                f"The input has changed since {output.path} was begun (from item {index * WINDOW + 1} on).",
                hint="Choose another -o, or pass --fresh to discard what is there.",
            )
        rows = output.rows(index)
        summary.reused += part.items - part.failed
        if not part.failed:
            return rows
    missing = [place for place, item in enumerate(items) if not rows or rows[place]["failure"] is not None]
    annotated, usage = annotate_window([items[place] for place in missing], backend, summary.run)
    summary.usage += usage
    fresh = dict(zip(missing, annotated, strict=True))
    rows = [to_row(fresh[place], kind=kind) if place in fresh else rows[place] for place in range(len(items))]
    failed = sum(row["failure"] is not None for row in rows)
    output.write_part(Part(index, digest, len(items), failed), rows)
    return rows


def stream(corpus: Corpus, backend: Backend, *, all_units: bool = False) -> Iterator[Annotation]:
    """Annotate a corpus as a stream, without keeping anything.

    Args:
        corpus: The inputs.
        backend: Who answers.
        all_units: Keep units that are not sentences, without a label.
    """
    run = fingerprint(settings_of(backend, reading_of(corpus, all_units)))
    for _, _, items in windows(ItemStream(corpus, all_units=all_units), WINDOW):
        yield from annotate_window(items, backend, run)[0]


def annotate_to_stream(
    corpus: Corpus, backend: Backend, stream: IO[str], *, all_units: bool = False, progress: Progress | None = None
) -> Summary:
    """Annotate a corpus as JSONL onto an open stream; nothing is kept, so nothing can be resumed.

    Args:
        corpus: The inputs.
        backend: Who answers.
        stream: Where the lines go.
        all_units: Keep units that are not sentences, without a label.
        progress: Called after each window.

    Raises:
        InputError: The only input cannot be read.
    """
    run = fingerprint(settings_of(backend, reading_of(corpus, all_units)))
    summary = Summary(run)
    items = ItemStream(corpus, all_units=all_units)
    for _, _, window in windows(items, WINDOW):
        annotated, usage = annotate_window(window, backend, run)
        summary.usage += usage
        for annotation in annotated:
            row = to_row(annotation, kind=all_units)
            summary.add(row)
            stream.write(jsonl_line(row))
        stream.flush()
        if progress:
            progress(summary.total, items.total())
    return summary
