from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit.corpus.pieces import Place, places
from toolkit.corpus.read import ChangedInputError, Corpus
from toolkit.errors import InputError


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("One is here. " * number + "The end came.")
    pq.write_table(pa.table({"text": [f"Row {n}." for n in range(25)]}), tmp_path / "a.parquet", row_group_size=10)
    (tmp_path / "empty.parquet").write_bytes(b"nothing")
    (tmp_path / "table.jsonl").write_text('{"text": "A row."}\n' * 40)
    return Corpus([tmp_path])


@pytest.mark.parametrize("size", [1, 50, 150, 1 << 20])
def test_pieces_together_are_the_corpus(corpus: Corpus, size: int) -> None:
    begins = list(places(corpus.sources, size))
    assert begins[0] == Place()
    assert (len(begins) == 1) == (size == 1 << 20)
    read = [one for begin, end in zip_longest(begins, begins[1:]) for one in corpus.documents(begin, end)]
    assert read == list(corpus.documents())


def test_small_files_are_taken_together_and_parquet_is_cut_between_row_groups(corpus: Corpus) -> None:
    names = {index: source.name for index, source in enumerate(corpus.sources)}
    found = [(names[place.source], place.row) for place in places(corpus.sources, 1)]
    assert [row for name, row in found if name == "a.parquet"] == [0, 10, 20]
    assert [row for name, row in found if name == "table.jsonl"] == [0]
    assert len(list(places(corpus.sources, 100))) < len(found)


def test_a_reader_elsewhere_notices_that_a_file_has_changed(corpus: Corpus, tmp_path: Path) -> None:
    corpus.freeze()
    (tmp_path / "3.txt").write_text("Something else.")
    with pytest.raises(ChangedInputError):
        list(corpus.documents(Place(3)))


def test_the_only_file_raises_only_when_it_gave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [f"Row {n}." for n in range(25)]}), path, row_group_size=10)
    corpus = Corpus([path])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError):
        list(corpus.documents())
