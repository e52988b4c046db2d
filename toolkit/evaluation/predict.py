"""Predictions for an evaluation: the road that production takes, window by window, so that a kill costs one window."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import psutil

from toolkit.annotate.engine import Item, annotate_window
from toolkit.backends.base import Backend, context_of
from toolkit.corpus.write import write_jsonl
from toolkit.evaluation.folder import prediction_row, predictions_path, read_progress, read_rows, safe, write_json
from toolkit.evaluation.goldset import GoldSet, sentences_of
from toolkit.evaluation.schema import Speed
from toolkit.records import Usage

WINDOW = 64
"""Rows that are asked and written together."""
VERSION = 2
"""Of what lies in ``progress/``; earlier ones are asked again."""

Advance = Callable[[int], None]
Say = Callable[[str], None]


class PeakMemory:
    """The most memory that this process held inside the ``with`` block, in MB, looked at every 50 ms."""

    def __enter__(self) -> Self:
        self.megabytes = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while True:
            self.megabytes = max(self.megabytes, process.memory_info().rss / 1e6)
            if self._done.wait(0.05):
                return


def predict(backend: Backend, run: str, gold: GoldSet, output: Path, *, advance: Advance, say: Say) -> Speed:
    """Answer every row of a gold set, into ``predictions/``; windows that an earlier run finished are kept.

    Args:
        backend: Who answers.
        run: Fingerprint of its settings.
        gold: The rows.
        output: The results folder.
        advance: Told how many rows were done.
        say: Told what was kept.

    Returns:
        What it took, windows of earlier runs included.
    """
    place = output / "progress" / safe(gold.name) / safe(backend.config.name)
    target = output / predictions_path(gold.name, backend.config.name)
    scheme = [gold.scheme.name, *gold.scheme.classes]
    key = {"version": VERSION, "run": run, "gold": gold.digest, "scheme": scheme, "text": gold.keep_text}
    finished = read_progress(place / "done.json", key)
    if finished and _holds(target, run, gold):
        say(f"{gold.name} by {backend.config.name} was finished before and is kept.")
        advance(len(gold.rows))
        speed: Speed = finished["speed"]
        return speed
    begins = range(0, len(gold.rows), WINDOW)
    kept = {begin: part for begin in begins if (part := read_progress(place / f"{begin}.json", key))}
    if kept:
        rows = sum(len(part["rows"]) for part in kept.values())
        say(f"{gold.name} by {backend.config.name} goes on: {rows} of {len(gold.rows)} rows are there already.")
    parts = []
    for begin in begins:
        part = kept.get(begin) or _window(backend, run, gold, begin, key, place)
        advance(len(part["rows"]))
        parts.append(part)
    # Whoever said before that the file is finished meant what it held until now.
    (place / "done.json").unlink(missing_ok=True)
    write_jsonl((row for part in parts for row in part["rows"]), target)
    speed = _speed(parts, len(gold.rows))
    if all(row["failure"] is None for part in parts for row in part["rows"]):
        shutil.rmtree(place)
        write_json({**key, "speed": speed}, place / "done.json")
    return speed


def _holds(path: Path, run: str, gold: GoldSet) -> bool:
    """Whether predictions are of these rows and settings: another run may have written the file since."""
    if not path.is_file():
        return False
    written = [(row.get("doc_id"), row.get("run")) for row in read_rows(path)]
    return written == [(row.id, run) for row in gold.rows]


def _window(backend: Backend, run: str, gold: GoldSet, begin: int, key: dict[str, Any], place: Path) -> dict[str, Any]:
    sentences = sentences_of(gold.rows, context_of(backend))  # neighbours may stand in other windows
    items = [Item(sentence) for sentence in sentences[begin : begin + WINDOW]]
    labels = backend.labels.names
    start = time.perf_counter()
    with PeakMemory() as memory:
        annotations, usage = annotate_window(items, backend, run)
    part = {
        **key,
        "seconds": time.perf_counter() - start,
        "usage": asdict(usage),
        "memory": memory.megabytes,
        "rows": [prediction_row(one, gold.scheme, labels, keep_text=gold.keep_text) for one in annotations],
    }
    # A failure may be gone the next time, so a rerun asks such a window again.
    if all(annotation.failure is None for annotation in annotations):
        write_json(part, place / f"{begin}.json")
    return part


def _speed(parts: Sequence[dict[str, Any]], rows: int) -> Speed:
    seconds = sum(part["seconds"] for part in parts)
    usage = sum((Usage(**part["usage"]) for part in parts), Usage())
    return {
        "seconds": round(seconds, 3),
        "sentences_per_second": round(rows / seconds, 1) if seconds else None,
        "tokens": usage.tokens or None,  # a backend that reads none does not count them
        "truncated": usage.truncated,
        "peak_memory_mb": round(max(part["memory"] for part in parts), 1),
        "output_tokens": usage.output_tokens,
        "requests": usage.requests,
        "cached": usage.cached,
        "escalated": usage.escalated,
        "cost": usage.cost or None,  # of a config without prices nothing is known
        "energy_kwh": None,
    }
