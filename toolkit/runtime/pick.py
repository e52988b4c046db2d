"""Picks what runs a sequence classifier here: the fastest that gives the precision asked for, by trial."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from toolkit.errors import ModelError
from toolkit.runtime import processor, sample
from toolkit.runtime.sequences import SequenceClassifier

_log = logging.getLogger(__name__)

CLEARLY = 1.2
"""A way further down the list is taken when it is so many times as fast."""
ROUNDS = 3


class Way(NamedTuple):
    """One way to run a model."""

    runtime: str
    precision: str

    def __str__(self) -> str:
        return f"{self.runtime} {self.precision}"


Load = Callable[[Way], SequenceClassifier]


def pick(ways: Sequence[Way], load: Load, *, memory: Path, name: str) -> SequenceClassifier:
    """The model, loaded in the fastest way.

    What was picked is remembered, so that a second start, and every other process here, takes the same.

    Args:
        ways: What may be taken, the preferred first: others must be clearly faster.
        load: Loads the model in one way.
        memory: File that remembers; see `memory_file`.
        name: Of the model, for the log.

    Raises:
        ModelError: The model cannot be loaded in any way.
    """
    known = _recall(memory, ways)
    if known is not None:
        return load(known)
    loaded: dict[Way, SequenceClassifier] = {}
    seconds: dict[Way, float] = {}
    best: Way | None = None
    refused: ModelError | None = None
    for way in ways:
        try:
            loaded[way] = load(way)
        except ModelError as error:
            refused = refused or error
            continue
        seconds[way] = _trial(loaded[way])
        if best is None or seconds[way] * CLEARLY < seconds[best]:
            best = way
    if best is None:
        raise refused or ValueError("there is no way to run the model")
    told = ", ".join(f"{way} {taken:.2f} s" for way, taken in seconds.items())
    _log.warning("%s runs with %s here, as it will from now on (tried: %s).", name, best, told)
    kept = _remember(best, ways, memory)
    return loaded[kept] if kept in loaded else load(kept)


def memory_file(cache: Path, identity: str, ways: Sequence[Way], threads: int) -> Path:
    """Where a pick is remembered: by model, by what could be picked, and by all that decides how fast it is.

    Args:
        cache: The cache folder.
        identity: Hash of the model's files.
        ways: What may be taken.
        threads: Threads to compute with.
    """
    parts = [
        identity,
        *map(str, ways),
        processor.name(),
        str(threads),
        processor.library_version("onnxruntime"),
        processor.library_version("torch"),
    ]
    return cache / "picked" / f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}.json"


def _trial(model: SequenceClassifier) -> float:
    """Seconds for some text; the best of a few rounds, the first of which only warms up."""
    times = []
    for _ in range(ROUNDS + 1):
        begin = time.perf_counter()
        model.text_logits(sample.SENTENCES, max_tokens=64, tokens_per_batch=512)
        times.append(time.perf_counter() - begin)
    return min(times[1:])


def _recall(memory: Path, ways: Sequence[Way]) -> Way | None:
    """What was picked before, if it is one of these ways."""
    try:
        told = json.loads(memory.read_text(encoding="utf-8"))
        known = Way(told["runtime"], told["precision"])
        return known if known in ways else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(way: Way, ways: Sequence[Way], memory: Path) -> Way:
    """Write down what was picked, and give what holds: that of the process that was first."""
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=memory.parent, suffix=".new", delete=False, encoding="utf-8") as file:
            json.dump(way._asdict(), file)
        try:
            if _recall(memory, ways) is None:
                memory.unlink(missing_ok=True)  # damaged
            os.link(file.name, memory)  # fails where another process was faster
        except OSError:
            if _recall(memory, ways) is None:  # a file system without links
                Path(file.name).replace(memory)
        finally:
            with suppress(OSError):
                Path(file.name).unlink(missing_ok=True)
    except OSError as error:
        _log.warning("What was picked cannot be remembered in %s: %s.", memory.parent, error.strerror)
        return way
    return _recall(memory, ways) or way
