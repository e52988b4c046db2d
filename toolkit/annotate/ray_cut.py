"""Which windows begin in which piece of a corpus: found by a first reading, so that many can read them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from toolkit.annotate.engine import WINDOW_CHARS, ItemStream, description
from toolkit.corpus.pieces import START, Place
from toolkit.corpus.read import Corpus


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a corpus.

    Attributes:
        begin: Its beginning.
        end: The beginning of the next; None for the last.
    """

    begin: Place = START
    end: Place | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """The windows that begin in a piece.

    Attributes:
        begin: Where the piece begins.
        skip: Items at its beginning that belong to a window that began before it.
        first: Number of its first window.
        windows: How many there are; None for all to the end of the corpus.
    """

    begin: Place = START
    skip: int = 0
    first: int = 0
    windows: int | None = None


def can_be_cut(corpus: Corpus) -> bool:
    """Whether reading may begin in the middle: not where ids must differ from all before."""
    return corpus.options.id_column is None


def lengths(stream: ItemStream, piece: Piece) -> np.ndarray:
    """The lengths of the items of a piece, by which windows are cut."""
    items = stream.between(piece.begin, piece.end)
    return np.fromiter((len(description(item)) for item in items), dtype=np.int64)


def shares(measured: Iterable[tuple[Piece, np.ndarray]], size: int) -> Iterator[Share]:
    """The windows of each piece, exactly as `toolkit.annotate.engine.windows` cuts them.

    Args:
        measured: All pieces, in order, with the lengths of their items.
        size: Most items in a window.
    """
    index = items = chars = 0  # of the window that is being filled
    for piece, sizes in measured:
        ends = np.cumsum(sizes)
        at, before = 0, index
        skip = -1 if items else 0
        while at < len(sizes):
            done = int(ends[at - 1]) if at else 0
            # The window ends with the item that fills it, be it by number or by length.
            end = min(at + size - items, int(np.searchsorted(ends, WINDOW_CHARS - chars + done)) + 1)
            if end > len(sizes):
                items, chars = items + len(sizes) - at, chars + int(ends[-1]) - done
                break
            index, items, chars, at = index + 1, 0, 0, end
            skip = end if skip < 0 else skip
        # A window that is still being filled began here, unless it is that which began before.
        began = index + (1 if items and not (skip < 0) else 0)
        first = before + (1 if skip != 0 else 0)
        if skip >= 0 and began > first:
            yield Share(piece.begin, skip, first, began - first)
