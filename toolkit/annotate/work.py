"""How the windows of a run are done, one after the other in this process or elsewhere, and what is there already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolkit.annotate.engine import Item, ItemStream, annotate_window, windows
from toolkit.annotate.manifest import Part
from toolkit.annotate.output import Output
from toolkit.annotate.summary import Summary
from toolkit.annotate.writer import Row, Writer
from toolkit.backends.base import Backend, tells_rationale
from toolkit.backends.cascade import CascadeBackend
from toolkit.errors import OutputError
from toolkit.records import Annotation, Usage

FRESH = "Choose another -o, or pass --fresh to discard what is there."
"""The hint when a run cannot go on with what is there."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an earlier run left.

    Attributes:
        earlier: Its manifest; empty when there is none.
        done: The windows that it finished.
        is_done: Whether it left nothing to do.
    """

    earlier: dict[str, Any]
    done: dict[int, Part]
    is_done: bool

    def part(self, output: Output, index: int, digest: str, first: Item) -> Part | None:
        """What there is of a window; None when it has yet to be done.

        Args:
            output: Where the run is.
            index: Of the window.
            digest: Of its items, as they are now.
            first: One of them, to name it by.

        Raises:
            OutputError: It was made of other items.
        """
        part = self.done.get(index)
        if part is not None and part.digest != digest:
            raise input_changed(output, f"from window {index + 1} on, which begins with {first.sentence.id}")
        return part if part is not None and output.intact(part) else None


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done of a run.

    Attributes:
        stream: The items.
        backend: Who answers.
        output: Where to.
        found: What an earlier run left.
        run: Fingerprint of the settings.
        window: Items that are annotated and written together.
        cache: Whether answers are kept on disk across runs.
    """

    stream: ItemStream
    backend: Backend
    output: Output
    found: Found
    run: str
    window: int
    cache: bool | None


@dataclass(frozen=True, slots=True)
class Done:
    """What was read and done for a run, beside its parts.

    Attributes:
        windows: How many there are.
        sha256: Of the digests of all of them.
        reused: Items that were there from an earlier run.
        documents: Documents that could be read.
        without_sentences: How many of them have no sentence.
        recalled: Answers from the cache of workers.
    """

    windows: int
    sha256: str
    reused: int
    documents: int
    without_sentences: int
    recalled: int = 0


Work = Callable[[Job, Callable[[Part], None]], Done]
"""Does a run, and tells of each window that is on disk."""

Ask = Callable[[Sequence[Item], Backend, str], tuple[list[Annotation], Usage]]
"""Annotates some items for a run, as `toolkit.annotate.engine.annotate_window` does."""


def locally(job: Job, written: Callable[[Part], None]) -> Done:
    """Do a run in this process.

    Args:
        job: What is to be done.
        written: Told of each window that is on disk.
    """
    stream, output, found = job.stream, job.output, job.found
    everything = hashlib.sha256()
    count = reused = 0
    with Writer(output, extras_of(job.backend, kind=stream.all_units), written) as writer:
        for index, digest, items in windows(stream, job.window):
            count = index + 1
            everything.update(digest.encode())
            if output.shard is not None and not output.shard.has(index):
                continue
            part = found.part(output, index, digest, items[0])
            if part is not None:
                reused += part.items - part.failed
            if part is not None and not part.retry:
                written(part)
                continue
            rows, usage = window_rows(output, part, items, job.backend, job.run)
            retry = sum(map(may_do_better, rows, items))
            stream.corpus.require_unchanged()
            writer.put(Part(index, digest, len(items), retry), rows, usage)
    return Done(count, everything.hexdigest(), reused, stream.documents, stream.without_sentences)


def window_rows(
    output: Output, earlier: Part | None, items: list[Item], backend: Backend, run: str, *, ask: Ask = annotate_window
) -> tuple[list[Row | Annotation], Usage]:
    """What is to be written of one window, and what it took: from the earlier run where it has an answer."""
    if earlier is None:
        annotated, usage = ask(items, backend, run)
        return list(annotated), usage
    rows: list[Row | Annotation] = list(output.rows(earlier.index))
    missing = [place for place, (row, item) in enumerate(zip(rows, items, strict=True)) if may_do_better(row, item)]
    before = Summary.of_counts(run, earlier.counts).usage
    # What went on in a cascade and failed had its share, and counts once.
    again = min(len(missing), before.escalated) if isinstance(backend, CascadeBackend) else 0
    if isinstance(backend, CascadeBackend):
        backend.credit(again)
    annotated, usage = ask([items[place] for place in missing], backend, run)
    for place, annotation in zip(missing, annotated, strict=True):
        rows[place] = annotation
    return rows, replace(before + usage, escalated=before.escalated + max(0, usage.escalated - again))


def may_do_better(row: Row | Annotation, item: Item) -> bool:
    """Whether a row failed and may not fail the next time; what the input itself is at fault for stays as it is."""
    failure = row.failure if isinstance(row, Annotation) else row["failure"]
    return failure is not None and item.failure is None


def input_changed(output: Output, how: str) -> OutputError:
    """The error that says that a run cannot go on, for it was begun on another input."""
    return OutputError(
        f"The input has changed since {output.path} was begun ({how}).",
        hint=FRESH,
    )


def extras_of(backend: Backend, *, kind: bool) -> dict[str, bool]:
    """Which columns beside the record's fields there are in every row."""
    sets = backend.config.calibration.conformal is not None
    return {"kind": kind, "label_set": sets, "rationale": tells_rationale(backend)}
