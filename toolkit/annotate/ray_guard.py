"""A sentence that ends its worker: found by asking ever fewer at once, so that all others get their answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path

from toolkit.annotate.cache import key_of
from toolkit.annotate.engine import Item, annotate_window
from toolkit.backends.base import Backend
from toolkit.corpus.write import atomic
from toolkit.records import NOTHING, Annotation, Failure, Usage

TRIES = 3
"""Workers that may die over a window before it is asked piece by piece: nodes go away, which is no sentence's fault."""

PIECES = 8
"""Into so many pieces is cut what a worker died over."""

DIED = Failure("backend_error", "every worker that was asked this died")


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a window that a worker is being asked; it is on disk, for it has to outlive the worker.

    Attributes:
        deaths: Workers that died over it.
        asked: Keys of the sentences that are being asked at once; None for all of the window.
        fatal: Keys of those that are not asked any more.
    """

    deaths: int = 0
    asked: tuple[str, ...] | None = None
    fatal: tuple[str, ...] = ()


class Guard:
    """Asks the sentences of one window, mindful of the workers that died over it.

    Args:
        path: File of the note.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._note = _left_behind(path)

    def annotate(self, items: Sequence[Item], backend: Backend, run: str) -> tuple[list[Annotation], Usage]:
        """Annotate some items; see `toolkit.annotate.engine.annotate_window`."""
        note = self._note
        if note.deaths < TRIES:
            self._write(Note(note.deaths))
            return annotate_window(items, backend, run)
        places: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            places.setdefault(key_of(item.sentence).hex(), []).append(place)
        suspects = [key for key in (places if note.asked is None else note.asked) if key in places]
        fatal = {key for key in note.fatal if key in places}
        if len(suspects) == 1:
            fatal.add(suspects.pop())
        found: dict[int, Annotation] = {}
        usage = NOTHING
        for asked in _pieces(places.keys() - {*suspects} - fatal, suspects):
            self._write(Note(note.deaths, asked, tuple(fatal)))
            some = [place for key in asked for place in places[key]]
            annotations, used = annotate_window([items[place] for place in some], backend, run)
            found |= zip(some, annotations, strict=True)
            usage += used
        some = [place for key in fatal for place in places[key]]
        failed, _ = annotate_window([replace(items[place], failure=DIED) for place in some], backend, run)
        found |= zip(some, failed, strict=True)
        return [found[place] for place in range(len(items))], usage

    def done(self) -> None:
        """The window is on disk: forget what was noted."""
        self._path.unlink(missing_ok=True)

    def _write(self, note: Note) -> None:
        with atomic(self._path) as handle:
            handle.write(json.dumps(asdict(note)).encode())


def _left_behind(path: Path) -> Note:
    """What a worker that died left, its death counted."""
    try:
        there = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Note()
    asked = there["asked"]
    return Note(there["deaths"] + 1, None if asked is None else tuple(asked), tuple(there["fatal"]))


def _pieces(others: Iterable[str], suspects: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """The suspects first: with two deadly sentences, the first must be found before the other one is looked for."""
    size = max(1, ceil(len(suspects) / PIECES))
    for begin in range(0, len(suspects), size):
        yield tuple(suspects[begin : begin + size])
    if rest := tuple(sorted(others)):
        yield rest
