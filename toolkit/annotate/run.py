"""A whole run: read, annotate, write, go on where an earlier one stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from toolkit.annotate.engine import Item, ItemStream, annotate_window, windows
from toolkit.annotate.manifest import Part, changed, fingerprint, settings_of, write_manifest
from toolkit.annotate.output import Output
from toolkit.annotate.summary import Summary
from toolkit.backends.base import Backend, context_of, tells_rationale, window_of
from toolkit.corpus.read import Corpus
from toolkit.corpus.write import jsonl_line, to_row
from toolkit.errors import OutputError
from toolkit.records import Annotation, Usage

WINDOW = 512
"""Items that are annotated and written together: what a kill can cost at most."""

FRESH = "Choose another -o, or pass --fresh to discard what is there."
"""The hint when a run cannot go on with what is there."""

Progress = Callable[[int, int | None], None]
"""Told after each window: items done, and an estimate of the total."""


def annotate(
    corpus: Corpus,
    backend: Backend,
    target: Path,
    *,
    all_units: bool = False,
    fresh: bool = False,
    progress: Progress | None = None,
    window: int | None = None,
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
        window: Items that are annotated and written together; the backend's own number, or `WINDOW`, when not given.

    Raises:
        OutputError: The place holds something else, or a run of other settings or inputs.
        InputError: The only input cannot be read.
    """
    window = window or window_of(backend) or WINDOW
    output = Output(target, backend.labels.names)
    settings = settings_of(backend, reading_of(corpus, all_units, window))
    run = fingerprint(settings)
    if fresh:
        output.clear()
    earlier = {} if fresh else output.earlier() or {}
    done = output.journal.read()
    finished = bool(earlier.get("finished")) and output.holds(earlier["read"]["windows"])
    if done and not earlier:
        raise OutputError(
            f"{output.manifest_path} is missing or damaged, so the run begun for {output.path} cannot go on.",
            hint=FRESH,
        )
    if done or finished:
        _check_same(output, earlier["settings"], settings)
    stream = ItemStream(corpus, all_units=all_units, context=context_of(backend))
    if finished and not earlier["counts"]["failed"]:
        return _finished(output, earlier, windows(stream, window))
    manifest: dict[str, Any] = {
        "run": run,
        "finished": False,
        "started": earlier.get("started") if done else _now(),
        "settings": settings,
        "inputs": [str(source.path) for source in corpus.sources],
        "labels": [label.model_dump(include={"name", "definition"}) for label in backend.labels.labels],
    }
    write_manifest(output.manifest_path, manifest)
    summary = Summary(run)
    everything = hashlib.sha256()
    count = 0
    for index, digest, items in windows(stream, window):
        count = index + 1
        everything.update(digest.encode())
        part = done.get(index)
        if part is not None and part.digest != digest:
            raise _input_changed(output, f"from item {index * window + 1} on")
        for row in _window(output, Part(index, digest, len(items), 0), part, items, backend, summary, kind=all_units):
            summary.add(row)
        if progress:
            progress(summary.total, stream.total())
    if any(index >= count for index in done):
        raise _input_changed(output, "it is shorter")
    summary.documents, summary.without_sentences = stream.documents, stream.without_sentences
    manifest |= {
        "finished": True,
        "ended": _now(),
        "read": {"windows": count, "sha256": everything.hexdigest()},
        "counts": summary.as_dict(),
    }
    output.finish(manifest, windows=count, failed=summary.failed.total())
    return summary


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _finished(output: Output, earlier: dict[str, Any], windows: Iterator[tuple[int, str, list[Item]]]) -> Summary:
    """What an earlier run came to that left nothing to do.

    Raises:
        OutputError: It was made from another input.
    """
    everything = hashlib.sha256()
    for _, digest, _ in windows:
        everything.update(digest.encode())
    if everything.hexdigest() != earlier["read"]["sha256"]:
        raise _input_changed(output, "some of its texts or columns are others")
    output.tidy()
    return Summary.of_counts(earlier["run"], earlier["counts"])


def reading_of(corpus: Corpus, all_units: bool, window: int = WINDOW) -> dict[str, Any]:
    """How inputs are read, as far as it can change what is written."""
    return {**asdict(corpus.options), "all_units": all_units, "window": window}


def _check_same(output: Output, earlier: dict[str, Any], settings: dict[str, Any]) -> None:
    """Refuse to mix two runs.

    Raises:
        OutputError: What is there was made with other settings.
    """
    differences = changed(earlier, settings)
    if differences:
        raise OutputError(
            f"{output.path} was made with other settings ({'; '.join(differences)}).",
            hint=FRESH,
        )


def _input_changed(output: Output, how: str) -> OutputError:
    return OutputError(
        f"The input has changed since {output.path} was begun ({how}).",
        hint=FRESH,
    )


def _window(
    output: Output,
    now: Part,
    earlier: Part | None,
    items: list[Item],
    backend: Backend,
    summary: Summary,
    *,
    kind: bool,
) -> list[dict[str, Any]]:
    """The rows of one window: from the earlier run where it has them, annotated now where not."""
    rows: list[dict[str, Any]] = []
    missing = list(range(len(items)))
    usage = Usage()
    if earlier is not None and output.part_path(now.index).exists():
        rows = output.rows(now.index)
        summary.reused += earlier.items - earlier.failed
        usage = Usage(**earlier.usage)
        # What the input itself is at fault for stays as it is; only a backend can do better the next time.
        missing = [place for place in missing if rows[place]["failure"] is not None and items[place].failure is None]
        if not missing:
            summary.usage += usage
            return rows
    annotated, taken = annotate_window([items[place] for place in missing], backend, summary.run)
    usage += taken
    summary.usage += usage
    fresh = dict(zip(missing, annotated, strict=True))
    extras = _extras(backend, kind=kind)
    rows = [to_row(fresh[place], **extras) if place in fresh else rows[place] for place in range(len(items))]
    failed = sum(row["failure"] is not None for row in rows)
    output.write_part(replace(now, failed=failed, usage=asdict(usage)), rows)
    return rows


def _extras(backend: Backend, *, kind: bool) -> dict[str, bool]:
    """Which columns beside the record's fields there are in every row."""
    sets = backend.config.calibration.conformal is not None
    return {"kind": kind, "label_set": sets, "rationale": tells_rationale(backend)}


def stream(corpus: Corpus, backend: Backend, *, all_units: bool = False) -> Iterator[Annotation]:
    """Annotate a corpus as a stream, without keeping anything.

    Args:
        corpus: The inputs.
        backend: Who answers.
        all_units: Keep units that are not sentences, without a label.
    """
    run = fingerprint(settings_of(backend, reading_of(corpus, all_units)))
    for _, _, items in windows(
        ItemStream(corpus, all_units=all_units, context=context_of(backend)), window_of(backend) or WINDOW
    ):
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
    items = ItemStream(corpus, all_units=all_units, context=context_of(backend))
    extras = _extras(backend, kind=all_units)
    for _, _, some in windows(items, window_of(backend) or WINDOW):
        annotated, usage = annotate_window(some, backend, run)
        summary.usage += usage
        for annotation in annotated:
            row = to_row(annotation, **extras)
            summary.add(row)
            stream.write(jsonl_line(row))
        stream.flush()
        if progress:
            progress(summary.total, items.total())
    summary.documents, summary.without_sentences = items.documents, items.without_sentences
    return summary
