"""What is read to be labelled, and what stands around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import scripted

from toolkit.annotate.run import annotate
from toolkit.annotate.surroundings import WIDE, around
from toolkit.corpus.read import Corpus
from toolkit.errors import ConfigError, InputError
from toolkit.labelling.items import Item, Suggestion, read_items
from toolkit.labelling.keys import KEYS, label_keys
from toolkit.labels import load_labels

Write = Callable[..., Path]
TEXT = "# The lake\n\nIt froze early. Nobody skated.\n\nThe ice will hold until March.\n"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    source = tmp_path / "lake.md"
    source.write_text(TEXT)
    annotate(Corpus([source]), scripted(), tmp_path / "run")
    return tmp_path / "run"


def test_a_run_gives_its_sentences_with_the_document_around_them(run: Path) -> None:
    items = read_items(run)
    assert [item.text for item in items] == ["It froze early.", "Nobody skated.", "The ice will hold until March."]
    assert all(item.before + item.text + item.after == TEXT for item in items)
    assert {item.suggestion.label for item in items if item.suggestion} == {"opinion"}


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_without_the_document_the_other_sentences_stand_around_it(run: Path, change: str) -> None:
    source = run.parent / "lake.md"
    if change == "gone":
        source.unlink()
    else:
        source.write_text("Something else. " * 9)
    item = read_items(run)[1]
    assert (item.before, item.after) == ("It froze early. ", "\n\nThe ice will hold until March.")


def test_a_sample_comes_back_as_it_was_written(write: Write) -> None:
    suggestion = Suggestion("opinion", {"opinion": 1.0}, True, "cues")
    item = Item("d:0-1", "d", "T\u2028x", "b", "a", suggestion, "random", 2.0, {"genre": "speech", "weight": "heavy"})
    (back,) = read_items(write("sample.jsonl", [item.to_row()]))
    assert back == Item(
        "d:0-1", "d", "T\u2028x", "b", "a", suggestion, "random", 2.0, {"genre": "speech", "input_weight": "heavy"}
    )


def test_any_table_with_id_and_text_will_do(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text('id,text,stars\n1,"A, b",5\n')
    (item,) = read_items(path)
    assert item == Item("1", "1", "A, b", columns={"stars": "5"})


def test_labels_of_a_gold_file_are_never_shown(write: Write) -> None:
    (item,) = read_items(write("gold.jsonl", [{"id": "1", "text": "T", "label": "opinion", "attributed": True}]))
    assert item.suggestion is None
    assert not item.columns


def test_a_suggestion_from_another_label_set_is_left_out(write: Write) -> None:
    rows = [Item("1", "d", "T", suggestion=Suggestion("support", {"support": 1.0})).to_row()]
    (item,) = read_items(write("sample.jsonl", rows), load_labels("claims").names)
    assert item.suggestion is None


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"text": "T"}], "line 1: no id"),
        ([{"id": "1", "text": " "}], "line 1: no text"),
        ([{"id": "1", "text": ["T"]}], "text is"),
        ([{"id": "1", "text": "T"}, {"id": 1, "text": "U"}], "'1' occurs twice"),
        ([{"id": "1", "text": "T", "suggestion": "opinion"}], "suggestion is 'opinion'"),
        ([], "nothing to label"),
    ],
)
def test_what_cannot_be_labelled_is_named(write: Write, rows: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read_items(write("rows.jsonl", rows))


@given(st.text(), st.integers(0, 4000), st.integers(0, 4000))
def test_surroundings_are_the_text_itself(piece: str, start: int, length: int) -> None:
    text = (piece or "x") * 200
    start = min(start, len(text))
    end = min(start + length, len(text))
    before, after, _ = around(text, start, end)
    assert text[:start].endswith(before.removeprefix("…") if start > WIDE.before else before)
    assert text[end:].startswith(after.removesuffix("…") if len(text) > end + WIDE.after else after)
    assert len(before) <= WIDE.before + 1
    assert len(after) <= WIDE.after + 1


def test_labels_have_keys_that_do_nothing_else() -> None:
    assert label_keys(["a", "b", "c"]) == {"1": "a", "2": "b", "3": "c"}
    many = label_keys([str(i) for i in range(len(KEYS))])
    assert not {*"asunqgr"} & {*many}
    with pytest.raises(ConfigError, match="labels and"):
        label_keys([str(i) for i in range(len(KEYS) + 1)])


def test_a_sample_holds_no_label_that_could_be_taken_for_gold() -> None:
    row = Item("1", "d", "T", suggestion=Suggestion("opinion")).to_row()
    assert "label" not in row
    assert json.loads(json.dumps(row)) == row
