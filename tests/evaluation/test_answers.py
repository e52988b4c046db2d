from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from support import ROOT

from toolkit.errors import InputError
from toolkit.evaluation.answers import load_answers


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_one_file_with_an_annotator_column(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {"id": 1, "annotator": "A", "label": "x", "attributed": True, "note": "?"},
        {"id": 1, "annotator": "B", "label": None},
        {"id": 1, "annotator": "adjudicator", "label": "y"},
    )
    answers = load_answers([path])
    assert answers.questions == ("label", "attributed")
    assert [(a.annotator, a.given["label"], a.given["attributed"], a.note) for a in answers.given] == [
        ("A", "x", "true", "?"),
        ("B", None, None, ""),
    ]
    assert load_answers([path], without=()).annotators == ["A", "B", "adjudicator"]


def test_a_file_for_each_annotator(tmp_path: Path) -> None:
    (tmp_path / "ann.csv").write_text("id,label,attributed\n1,x,True\n2,,\n")
    (tmp_path / "ben.tsv").write_text("id\tlabel\tattributed\n1\ty\tfalse\n")
    answers = load_answers([tmp_path / "ann.csv", tmp_path / "ben.tsv"])
    assert (answers.annotators, answers.rows) == (["ann", "ben"], ["1", "2"])
    assert [a.given for a in answers.given] == [
        {"label": "x", "attributed": "true"},
        {"label": None, "attributed": None},
        {"label": "y", "attributed": "false"},
    ]


def test_documents_by_column_by_gold_beside_and_by_id(tmp_path: Path) -> None:
    write(tmp_path / "dev.jsonl", {"id": "r2", "doc": "d2", "text": "Two."})
    rows = [{"id": name, "annotator": who, "label": "x"} for name in ("r2", "d3:0-9", "r4") for who in "AB"]
    answers = load_answers(
        [write(tmp_path / "a.jsonl", {"id": "r1", "doc": "d1", "annotator": "A", "label": "x"}, *rows)]
    )
    assert [answers.document(row) for row in answers.rows] == ["d1", "d2", "d3", "r4"]
    assert answers.texts == {"r2": "Two."}


def test_the_shipped_sets_have_their_documents_and_texts() -> None:
    answers = load_answers([ROOT / "eval" / "newsroom" / "annotators.jsonl"])
    assert len({answers.document(row) for row in answers.rows}) == 22
    assert {*answers.rows} == {*answers.texts}


def test_other_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", *({"id": 1, "annotator": who, "stance": "for"} for who in "AB"))
    assert load_answers([path], questions=["stance"]).questions == ("stance",)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"annotator": "A", "label": "x"}], "line 1: no id"),
        ([{"id": 1, "annotator": "A", "label": "x"}], "answers of A alone"),
        ([{"id": 1, "annotator": "A", "label": "x"}] * 2, "line 2: A answered '1' before, in"),
        ([{"id": 1, "annotator": "A", "stance": "x"}], "No file has a column 'label'"),
        ([[1]], "line 1: not a JSON object"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, rows: list[object], said: str) -> None:
    with pytest.raises(InputError) as error:
        load_answers([write(tmp_path / "a.jsonl", *rows)])
    assert said in error.value.message


@pytest.mark.parametrize("data", [b"{", b"\xff"])
def test_a_file_that_cannot_be_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(data)
    with pytest.raises(InputError, match="not valid"):
        load_answers([tmp_path / "a.jsonl"])


def test_a_missing_file_and_a_missing_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        load_answers([tmp_path / "none.jsonl"])
    path = write(tmp_path / "a.jsonl", {"id": 1, "annotator": "A", "label": "x"})
    with pytest.raises(InputError, match="has a column 'stance'"):
        load_answers([path], questions=["stance"])


@pytest.mark.parametrize("suffix", [".tsv", ".TSV", ".csv", ".CSV"])
def test_a_cell_may_hold_any_character(tmp_path: Path, suffix: str) -> None:
    texts = ["One\u2028two.", "One\u0085two.", "One\x0ctwo.", "One\ntwo.", 'A "word".']
    path = tmp_path / f"a{suffix}"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t" if suffix.lower() == ".tsv" else ",")
        table.writerow(["id", "annotator", "label", "text"])
        table.writerows([i, who, "x", text] for i, text in enumerate(texts) for who in "AB")
    answers = load_answers([path])
    assert answers.texts == {str(i): text for i, text in enumerate(texts)}
    assert answers.annotators == ["A", "B"]


def test_a_table_that_cannot_be_parsed(tmp_path: Path) -> None:
    cell = "x" * (csv.field_size_limit() + 1)
    (tmp_path / "a.csv").write_text(f"id,annotator,label\n1,A,x\n1,B,{cell}\n")
    with pytest.raises(InputError, match="line 3: not a valid table: field larger"):
        load_answers([tmp_path / "a.csv"])
