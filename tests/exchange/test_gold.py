"""Answers of people become a gold set, and nothing that they said is lost or decided for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exchange.exchanging import rows

from toolkit.errors import ConfigError, InputError, OutputError, UnknownNameError
from toolkit.evaluation.agree import measure
from toolkit.evaluation.answers import load_answers
from toolkit.evaluation.goldset import load_gold
from toolkit.exchange.gold import Imported, import_answers
from toolkit.labels import load_labels


def answer(row: int, label: str | None, **others: Any) -> dict[str, Any]:
    return {"id": f"a.txt:{row}-{row + 9}", "doc": "a.txt", "text": f"Sentence {row}.", "label": label, **others}


def write(path: Path, *answers: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in answers))
    return path


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """Two annotators, who differ once in the label and once in the flag; one sentence was skipped by both."""
    ann = [
        answer(1, "opinion", attributed=True),
        answer(2, "opinion"),
        answer(3, None),
        answer(4, "rhetoric", attributed=True),
    ]
    ben = [
        answer(1, "opinion", attributed=True),
        answer(2, "prediction", note="it says will"),
        answer(3, None, status="rejected"),
        answer(4, "rhetoric", attributed=False),
    ]
    return [write(tmp_path / "ann.jsonl", *ann), write(tmp_path / "ben.jsonl", *ben)]


def test_what_all_agree_on_is_gold_and_the_rest_is_to_be_adjudicated(tmp_path: Path, two: list[Path]) -> None:
    gold = tmp_path / "gold"
    report = import_answers(two, "jsonl", gold)
    assert report == Imported({"ann": {"answered": 3, "skipped": 1}, "ben": {"answered": 3, "rejected": 1}}, 0, 1, 2, 1)
    (row,) = load_gold(gold, load_labels("claims")).rows
    assert (row.id, row.doc, row.label, row.attributed) == ("a.txt:1-10", "a.txt", "opinion", True)
    assert [(one["id"], one["disagree_on"]) for one in rows(gold / "adjudicate.jsonl")] == [
        ("a.txt:2-11", ["label"]),
        ("a.txt:4-13", ["attributed"]),
    ]
    kept = rows(gold / "annotators.jsonl")
    assert len(kept) == 8
    assert [one["status"] for one in kept if one["id"] == "a.txt:3-12"] == ["skipped", "rejected"]
    assert "| ben | 3 | 0 | 1 | 0 |" in (gold / "card.md").read_text()


def test_agree_works_on_it(tmp_path: Path, two: list[Path]) -> None:
    import_answers(two, "jsonl", tmp_path / "gold")
    report = measure(load_answers([tmp_path / "gold" / "annotators.jsonl"]), resamples=100)
    assert report["annotators"] == ["ann", "ben"]
    assert report["questions"]["label"]["n"] == 3


def test_a_ruling_settles_what_was_open(tmp_path: Path, two: list[Path]) -> None:
    gold = tmp_path / "gold"
    import_answers(two, "jsonl", gold)
    ruled = [one | {"label": "prediction", "attributed": False} for one in rows(gold / "adjudicate.jsonl")]
    report = import_answers([write(tmp_path / "ruled.jsonl", *ruled)], "jsonl", gold, names=["adjudicator"])
    assert (report.gold, report.open, report.unlabelled) == (3, 0, 1)
    assert not (gold / "adjudicate.jsonl").exists()
    labels = {row.id: (row.label, row.attributed) for row in load_gold(gold, load_labels("claims")).rows}
    assert labels["a.txt:2-11"] == ("prediction", False)
    assert load_answers([gold / "annotators.jsonl"]).annotators == ["ann", "ben"]


def test_a_later_answer_takes_the_place_of_the_earlier_one(tmp_path: Path, two: list[Path]) -> None:
    gold = tmp_path / "gold"
    import_answers(two, "jsonl", gold)
    again = write(tmp_path / "again.jsonl", answer(2, "prediction", annotator="ann"))
    report = import_answers([again], "jsonl", gold)
    assert (report.replaced, report.gold, report.open) == (1, 2, 1)


def test_names_of_annotators(tmp_path: Path) -> None:
    file = write(tmp_path / "x.jsonl", answer(1, "opinion", annotator="17"), answer(2, "opinion"))
    report = import_answers([file], "jsonl", tmp_path / "gold", names=["17=ann", "ben"])
    assert list(report.answers) == ["ann", "ben"]
    with pytest.raises(ConfigError):
        import_answers([file], "jsonl", tmp_path / "gold", names=["ann", "ben"])


def test_several_labels_at_once_are_kept_and_none_is_chosen(tmp_path: Path) -> None:
    task = {"text": "So.", "options": [], "accept": ["opinion", "rhetoric"], "answer": "accept", "row_id": "a:0-3"}
    report = import_answers([write(tmp_path / "x.jsonl", task)], "prodigy", tmp_path / "gold")
    assert report.answers == {"x": {"unclear": 1}}
    (row,) = rows(tmp_path / "gold" / "annotators.jsonl")
    assert (row["label"], row["note"]) == (None, "[opinion | rhetoric]")


@pytest.mark.parametrize(
    ("task", "label", "status"),
    [
        ({"label": "opinion", "answer": "accept"}, "opinion", "answered"),
        ({"label": "opinion", "answer": "reject"}, None, "rejected"),
        ({"label": "opinion", "answer": "ignore"}, None, "skipped"),
        ({"options": [{"id": "opinion"}], "accept": [], "answer": "accept"}, None, "skipped"),
    ],
)
def test_decisions_of_prodigy(tmp_path: Path, task: dict[str, Any], label: str | None, status: str) -> None:
    import_answers([write(tmp_path / "x.jsonl", {"text": "So.", **task})], "prodigy", tmp_path / "gold")
    (row,) = rows(tmp_path / "gold" / "annotators.jsonl")
    assert (row["label"], row["status"]) == (label, status)


def test_spans_that_people_draw_are_rows_of_their_own(tmp_path: Path) -> None:
    sentences = [{"row_id": "d:0-4", "start": 0, "end": 4, "model_label": "opinion"}]
    region = {"from_name": "label", "to_name": "text", "type": "labels", "id": "1"}
    drawn = region | {"value": {"start": 4, "end": 9, "text": " Two.", "labels": ["prediction"]}}
    task = {
        "data": {"text": "One. Two.", "doc_id": "d", "sentences": sentences},
        "annotations": [{"completed_by": 3, "was_cancelled": False, "result": [drawn]}],
    }
    file = tmp_path / "x.json"
    file.write_text(json.dumps([task]))
    import_answers([file], "label-studio", tmp_path / "gold")
    found = {row["id"]: row for row in rows(tmp_path / "gold" / "annotators.jsonl")}
    assert (found["d:0-4"]["status"], found["d:0-4"]["annotator"]) == ("rejected", "3")
    assert (found["d:5-9"]["label"], found["d:5-9"]["text"]) == ("prediction", "Two.")


def test_a_skipped_document_is_kept_as_skipped(tmp_path: Path) -> None:
    sentences = [{"row_id": "d:0-4", "start": 0, "end": 4, "model_label": "opinion"}]
    data = {"text": "One.", "doc_id": "d", "sentences": sentences}
    file = tmp_path / "x.json"
    file.write_text(json.dumps([{"data": data, "annotations": [{"was_cancelled": True, "result": []}]}]))
    report = import_answers([file], "label-studio", tmp_path / "gold")
    assert report.answers == {"x": {"skipped": 1}}
    assert not (tmp_path / "gold" / "test.jsonl").exists()


def test_csv_of_a_spreadsheet_with_semicolons(tmp_path: Path) -> None:
    file = tmp_path / "ann.csv"
    file.write_text('\ufeffid;doc;text;answer;answer_attributed\nx;d;"\'=a; b";opinion;yes\n', encoding="utf-8")
    import_answers([file], "csv", tmp_path / "gold")
    (row,) = rows(tmp_path / "gold" / "test.jsonl")
    assert row == {"id": "x", "doc": "d", "text": "=a; b", "label": "opinion", "attributed": True}


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("label-studio", "{"),
        ("label-studio", '[{"text": "JSON-MIN", "label": "opinion"}]'),
        ("argilla", "[]"),
        ("prodigy", '{"text": "x"}\n'),
        ("doccano", '{"text": "x", "label": "opinion"}\n'),
        ("doccano", '{"text": "x", "label": [[1, 2]]}\n'),
        ("csv", "a,b\n1,2\n"),
        ("jsonl", '{"id": "a", "text": "x", "label": "nonsense"}\n'),
        ("jsonl", '{"id": "a", "text": "x", "label": "opinion", "attributed": "perhaps"}\n'),
        ("jsonl", '{"id": "a", "label": "opinion"}\n'),
    ],
)
def test_what_is_no_answer(tmp_path: Path, form: str, content: str) -> None:
    file = tmp_path / ("x.csv" if form == "csv" else "x.json")
    file.write_text(content)
    with pytest.raises(InputError):
        import_answers([file], form, tmp_path / "gold")
    assert not (tmp_path / "gold").exists()


def test_a_gold_set_of_other_origin_is_not_touched(tmp_path: Path, two: list[Path]) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    write(gold / "test.jsonl", answer(9, "opinion"))
    with pytest.raises(OutputError):
        import_answers(two, "jsonl", gold)
    assert rows(gold / "test.jsonl") == [answer(9, "opinion")]
    with pytest.raises(UnknownNameError):
        import_answers(two, "xml", tmp_path / "other")
