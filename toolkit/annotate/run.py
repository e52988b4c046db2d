"""A whole run: read, annotate, write, go on where an earlier one stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolkit.annotate.cache import recalling
from toolkit.annotate.engine import Item, ItemStream, windows
from toolkit.annotate.manifest import Part, changed, fingerprint, settings_of, write_manifest
from toolkit.annotate.output import Output
from toolkit.annotate.shard import Shard
from toolkit.annotate.summary import Summary
from toolkit.annotate.work import FRESH, Found, Job, Work, input_changed, locally
from toolkit.backends.base import Backend, context_of, window_of
from toolkit.backends.composite_config import leaves
from toolkit.backends.config import BackendBase
from toolkit.backends.prompt_config import PromptedBase
from toolkit.corpus.read import Corpus
from toolkit.errors import OutputError

WINDOW = 512
"""Items that are annotated and written together: what a kill can cost at most."""

WINDOW_OF_MODELS = 2048
"""The same where sentences go through a model in batches, which are best cut from many sentences at once."""

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
    work: Work | None = None,
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
        work: Who does it; this process when None.

    Raises:
        OutputError: The place holds something else, one of the inputs, or a run of other settings or inputs, or another
            process is writing there, or it cannot be written.
        InputError: The only input cannot be read, or an input changes while it is read.
    """
    output = Output(target, backend.labels.names, shard)
    output.require_apart(corpus.sources)
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
            job = Job(stream, asked, output, found, fingerprint(settings), window, cache)
            summary = _annotate(job, settings, progress=progress, work=work or locally)
            summary.recalled += sum(memory.recalled for memory in memories)
        return summary


def _annotate(job: Job, settings: dict[str, Any], *, progress: Progress | None, work: Work) -> Summary:
    stream, output, found = job.stream, job.output, job.found
    manifest: dict[str, Any] = {
        "run": job.run,
        "finished": False,
        "started": found.earlier.get("started") if found.done else _now(),
        "settings": settings,
        "inputs": [str(source.path) for source in stream.corpus.sources],
        "labels": [label.model_dump(include={"name", "definition"}) for label in job.backend.labels.labels],
    }
    if output.shard is not None:
        manifest |= {"shard": str(output.shard), "target": output.target.name}
    write_manifest(output.manifest_path, manifest)
    parts: dict[int, Part] = {}
    items_done = 0

    def written(part: Part) -> None:
        nonlocal items_done
        parts[part.index] = part
        items_done += part.items
        if progress:
            total = stream.total()
            progress(items_done, total if total is None or not output.shard else total // output.shard.count)

    done = work(job, written)
    if any(index >= done.windows for index in found.done):
        raise input_changed(output, "it is shorter")
    ordered = [parts[index] for index in sorted(parts)]
    summary = Summary(job.run, reused=done.reused, recalled=done.recalled)
    for part in ordered:
        summary.include(part.counts)
    summary.documents, summary.without_sentences = done.documents, done.without_sentences
    manifest |= {
        "finished": True,
        "ended": _now(),
        "read": {"windows": done.windows, "sha256": done.sha256},
        "counts": summary.as_dict(),
    }
    output.finish(manifest, ordered)
    return summary


def _found(output: Output, settings: dict[str, Any]) -> Found:
    """What is there.

    Raises:
        OutputError: It was made with other settings, has been changed since, or is damaged.
    """
    earlier = output.earlier() or {}
    if output.altered(earlier):  # cut short, or worked on by hand, which is not ours to undo
        raise OutputError(f"{output.path} has been changed since its run wrote it.", hint=FRESH)
    done = output.journal.read()
    finished = output.finished(earlier)
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
        raise input_changed(output, "some of its texts or columns are others")
    output.tidy()
    return Summary.of_counts(found.earlier["run"], found.earlier["counts"])


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
