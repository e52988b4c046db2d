from __future__ import annotations

from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.annotate.engine import WINDOW_CHARS, ItemStream, windows
from toolkit.annotate.ray_cut import Piece, can_be_cut, lengths, shares
from toolkit.corpus.pieces import Place, places
from toolkit.corpus.read import Corpus, ReadOptions

LENGTHS = st.lists(st.sampled_from([1, 2, WINDOW_CHARS // 3, WINDOW_CHARS, WINDOW_CHARS * 2]), max_size=9)


@given(pieces=st.lists(LENGTHS, max_size=7), size=st.integers(1, 6))
def test_each_window_is_in_the_piece_that_it_begins_in(pieces: list[list[int]], size: int) -> None:
    expected: dict[int, list[tuple[int, int]]] = {}
    filled = chars = number = 0
    for piece, own in enumerate(pieces):
        for at, length in enumerate(own):
            if not filled:
                expected.setdefault(piece, []).append((number, at))
            filled, chars = filled + 1, chars + length
            if filled == size or chars >= WINDOW_CHARS:
                filled, chars, number = 0, 0, number + 1
    measured = ((Piece(Place(piece)), np.array(own, dtype=np.int64)) for piece, own in enumerate(pieces))
    found = {share.begin.source: (share.skip, share.first, share.windows) for share in shares(measured, size)}
    assert found == {piece: (begun[0][1], begun[0][0], len(begun)) for piece, begun in expected.items()}


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_windows_of_all_pieces_are_those_of_the_corpus(tmp_path: Path, size: int) -> None:
    for number in range(9):
        (tmp_path / f"{number}.txt").write_text("One is here. " * (number * 3 % 5) + "The end came.")
    (tmp_path / "table.csv").write_text("text\n" + "A row.\n" * 7)
    corpus = Corpus([tmp_path])
    stream = ItemStream(corpus)
    begins = list(places(corpus.sources, 30))
    assert len(begins) > 4
    pieces = [Piece(*ends) for ends in zip_longest(begins, begins[1:])]
    cut = [
        (share.first + number, digest, items)
        for share in shares(((piece, lengths(stream, piece)) for piece in pieces), size)
        for number, digest, items in islice(
            windows(islice(stream.between(share.begin), share.skip, None), size), share.windows
        )
    ]
    assert cut == list(windows(stream, size))


def test_rows_with_ids_of_their_own_are_read_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,id\nA row.,1\n")
    assert can_be_cut(Corpus([tmp_path]))
    assert not can_be_cut(Corpus([tmp_path], ReadOptions(id_column="id")))
