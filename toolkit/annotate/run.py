"""A whole run: read, annotate, write, go on where an earlier one stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolkit.annotate.cache import recalling
from toolkit.annotate.engine import Item, ItemStream, annotate_window, windows
from toolkit.annotate.manifest import Part, changed, fingerprint, settings_of, write_manifest
from toolkit.annotate.output import Output
from toolkit.annotate.shard import Shard
from toolkit.annotate.summary import Summary
from toolkit.annotate.writer import Row, Writer
from toolkit.backends.base import Backend, context_of, tells_rationale, window_of
from toolkit.backends.composite_config import leaves
from toolkit.backends.config import BackendBase
from toolkit.backends.prompt_config import PromptedBase
from toolkit.corpus.read import Corpus
from toolkit.errors import OutputError
from toolkit.records import Annotation, Usage

WINDOW = 512
"""Items that are annotated and written together: what a kill can cost at most."""

WINDOW_OF_MODELS = 2048
"""The same where sentences go through a model in batches, which are best cut from many sentences at once."""

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
    shard: Shard | None = None,
    cache: bool | None = None,
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
        shard: The share of the run to do, into a folder beside the target.
        cache: Keep answers on disk across runs, and look for them there; None does so for models.
        progress: Called after each window.
        window: Items that are annotated and written together; when not given, as many as in the run that is gone on
            with, or as suits the backend.

    Raises:
        OutputError: The place holds something else, or a run of other settings or inputs, or another process is writing
            there, or it cannot be written.
        InputError: The only input cannot be read, or an input changes while it is read.
    """
    output = Output(target, backend.labels.names, shard)
    before = output.earlier() or {}
    if not window and not fresh:
        window = before.get("settings", {}).get("reading", {}).get("window")
    window = window or window_for(backend)
    settings = settings_of(backend, reading_of(corpus, all_units, window))
    stream = ItemStream(corpus, all_units=all_units, context=context_of(backend))
    if not fresh and (found := _found(output, settings)).is_done:
        return _left_alone(output, found, windows(stream, window))
    with output.lock():
        if fresh:
            output.clear()
        found = Found({}, {}, is_done=False) if fresh else _found(output, settings)
        if found.is_done:  # by a process that held the lock until now
            return _left_alone(output, found, windows(stream, window))
        with recalling(backend, wanted=cache) as (asked, memories):
            summary = _annotate(stream, asked, output, settings, found, window=window, progress=progress)
            summary.recalled = sum(memory.recalled for memory in memories)
        return summary


def _annotate(
    stream: ItemStream,
    backend: Backend,
    output: Output,
    settings: dict[str, Any],
    found: Found,
    *,
    window: int,
    progress: Progress | None,
) -> Summary:
    manifest: dict[str, Any] = {
        "run": fingerprint(settings),
        "finished": False,
        "started": found.earlier.get("started") if found.done else _now(),
        "settings": settings,
        "inputs": [str(source.path) for source in stream.corpus.sources],
        "labels": [label.model_dump(include={"name", "definition"}) for label in backend.labels.labels],
    }
    if output.shard is not None:
        manifest |= {"shard": str(output.shard), "target": output.target.name}
    write_manifest(output.manifest_path, manifest)
    everything = hashlib.sha256()
    parts: dict[int, Part] = {}
    count = items_done = reused = 0

    def written(part: Part) -> None:
        nonlocal items_done
        parts[part.index] = part
        items_done += part.items
        if progress:
            total = stream.total()
            progress(items_done, total if total is None or not output.shard else total // output.shard.count)

    with Writer(output, extras_of(backend, kind=stream.all_units), written) as writer:
        for index, digest, items in windows(stream, window):
            count = index + 1
            everything.update(digest.encode())
            if output.shard is not None and not output.shard.has(index):
                continue
            part = found.done.get(index)
            if part is not None and part.digest != digest:
                raise _input_changed(output, f"from window {index + 1} on, which begins with {items[0].sentence.id}")
            if part is not None and not output.intact(part):
                part = None
            if part is not None:
                reused += part.items - part.failed
            if part is not None and not part.retry:
                written(part)
                continue
            rows, usage = _window(output, part, items, backend, manifest["run"])
            retry = sum(_may_do_better(row, item) for row, item in zip(rows, items, strict=True))
            stream.corpus.require_unchanged()
            writer.put(Part(index, digest, len(items), retry), rows, usage)
    if any(index >= count for index in found.done):
        raise _input_changed(output, "it is shorter")
    ordered = [parts[index] for index in sorted(parts)]
    summary = Summary(manifest["run"], reused=reused)
    for part in ordered:
        summary.include(part.counts)
    summary.documents, summary.without_sentences = stream.documents, stream.without_sentences
    manifest |= {
        "finished": True,
        "ended": _now(),
        "read": {"windows": count, "sha256": everything.hexdigest()},
        "counts": summary.as_dict(),
    }
    output.finish(manifest, ordered)
    return summary


def _window(
    output: Output, earlier: Part | None, items: list[Item], backend: Backend, run: str
) -> tuple[list[Row | Annotation], Usage]:
    """What is to be written of one window, and what it took: from the earlier run where it has an answer."""
    if earlier is None:
        annotated, usage = annotate_window(items, backend, run)
        return list(annotated), usage
    rows: list[Row | Annotation] = list(output.rows(earlier.index))
    missing = [place for place, (row, item) in enumerate(zip(rows, items, strict=True)) if _may_do_better(row, item)]
    annotated, usage = annotate_window([items[place] for place in missing], backend, run)
    for place, annotation in zip(missing, annotated, strict=True):
        rows[place] = annotation
    return rows, usage + Summary.of_counts(run, earlier.counts).usage


def _may_do_better(row: Row | Annotation, item: Item) -> bool:
    """Whether a row failed and may not fail the next time; what the input itself is at fault for stays as it is."""
    failure = row.failure if isinstance(row, Annotation) else row["failure"]
    return failure is not None and item.failure is None


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


def _found(output: Output, settings: dict[str, Any]) -> Found:
    """What is there.

    Raises:
        OutputError: It was made with other settings, or is damaged.
    """
    earlier = output.earlier() or {}
    done = output.journal.read()
    finished = bool(earlier.get("finished")) and output.holds(earlier["read"]["windows"])
    if done and not earlier:
        raise OutputError(
            f"{output.manifest_path} is missing or damaged, so the run begun for {output.path} cannot go on.",
            hint=FRESH,
        )
    if (done or finished) and (differences := changed(earlier["settings"], settings)):
        raise OutputError(
            f"{output.path} was made with other settings ({'; '.join(differences)}).",
            hint=FRESH,
        )
    return Found(earlier, done, finished and not earlier["counts"]["failed"])


def _left_alone(output: Output, found: Found, windows: Iterator[tuple[int, str, list[Item]]]) -> Summary:
    """What an earlier run came to that left nothing to do.

    Raises:
        OutputError: It was made from another input.
    """
    everything = hashlib.sha256()
    for _, digest, _ in windows:
        everything.update(digest.encode())
    if everything.hexdigest() != found.earlier["read"]["sha256"]:
        raise _input_changed(output, "some of its texts or columns are others")
    output.tidy()
    return Summary.of_counts(found.earlier["run"], found.earlier["counts"])


def _input_changed(output: Output, how: str) -> OutputError:
    return OutputError(
        f"The input has changed since {output.path} was begun ({how}).",
        hint=FRESH,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def reading_of(corpus: Corpus, all_units: bool, window: int) -> dict[str, Any]:
    """How inputs are read, as far as it can change what is written."""
    return {**asdict(corpus.options), "all_units": all_units, "window": window}


def window_for(backend: Backend) -> int:
    """How many items of a backend are annotated and written together."""
    return window_of(backend) or default_window(backend.config)


def default_window(config: BackendBase) -> int:
    """The same by the config alone, for a backend that has no wish of its own."""
    return WINDOW if any(isinstance(leaf, PromptedBase) for leaf in leaves(config)) else WINDOW_OF_MODELS


def extras_of(backend: Backend, *, kind: bool) -> dict[str, bool]:
    """Which columns beside the record's fields there are in every row."""
    sets = backend.config.calibration.conformal is not None
    return {"kind": kind, "label_set": sets, "rationale": tells_rationale(backend)}
