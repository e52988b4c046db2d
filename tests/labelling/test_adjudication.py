"""From answers to a gold set that `evaluate` and `agree` read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import InputError, OutputError, ToolkitError
from toolkit.evaluation.annotators import load_answers as load_independent
from toolkit.evaluation.answers import load_answers
from toolkit.evaluation.goldset import load_gold
from toolkit.labelling.adjudicate import Case, prepare
from toolkit.labels import load_labels

LABELS = load_labels("claims")
Write = Callable[..., Path]


def said(row: str, annotator: str, label: str | None, attributed: bool | None = False, **more: Any) -> dict[str, Any]:
    """A line as `claimkit label` writes it."""
    flag = attributed if label else None
    return {
        "id": row,
        "annotator": annotator,
        "label": label,
        "attributed": flag,
        "doc": "d",
        "text": f"T {row}",
    } | more


ANNA = [
    said("1", "anna", "opinion"),
    said("2", "anna", "opinion"),
    said("3", "anna", "rhetoric", True),
    said("4", "anna", None),
]
BEN = [
    said("1", "ben", "opinion"),
    said("2", "ben", "rhetoric"),
    said("3", "ben", "rhetoric"),
    said("4", "ben", "opinion"),
]


@pytest.fixture
def case(write: Write, tmp_path: Path) -> Case:
    return prepare([write("anna.jsonl", ANNA), write("ben.jsonl", BEN)], LABELS, tmp_path / "gold")


def test_what_all_agree_on_is_settled_and_the_rest_is_asked(case: Case) -> None:
    assert {row.item.id: row.reason for row in case.rows} == {
        "1": "",
        "2": "they differ on label",
        "3": "they differ on attributed",
        "4": "somebody gave no label",
    }


def test_rulings_make_a_gold_set_that_evaluate_and_agree_read(case: Case) -> None:
    with case.open() as file:
        session = case.session(file)
        assert [item.id for item in session.items] == ["2", "3", "4"]
        session.label("rhetoric")
        session.toggle_attributed()
        session.label("rhetoric")
        session.skip()
        settled = case.settled(file)
        case.write(settled)
    assert (settled.agreed, settled.ruled, settled.left_out, settled.open) == (1, 2, 1, 0)
    gold = load_gold(case.folder, LABELS)
    assert [(row.id, row.doc, row.text, row.label, row.attributed) for row in gold.rows] == [
        ("1", "d", "T 1", "opinion", False),
        ("2", "d", "T 2", "rhetoric", False),
        ("3", "d", "T 3", "rhetoric", True),
    ]
    assert {(one.row, one.annotator) for one in load_independent(gold)} == {
        (row, name) for row in "123" for name in ("anna", "ben")
    }
    again = load_answers([case.folder / "annotators.jsonl"])
    assert again.annotators == ["anna", "ben"]


def test_an_interrupted_adjudication_goes_on_and_writes_no_gold(case: Case) -> None:
    with case.open() as file:
        case.session(file).label("rhetoric")
        with pytest.raises(OutputError, match="2 rows still wait"):
            case.write(case.settled(file))
    assert not (case.folder / "test.jsonl").exists()
    with case.open() as file:
        assert case.session(file).current == case.disputed[1].item
        assert case.settled(file).open == 2


def test_an_agreed_flag_is_set_before_the_ruling_on_the_label(write: Write, tmp_path: Path) -> None:
    files = [
        write(f"{who}.jsonl", [said("1", who, label, True)]) for who, label in (("a", "opinion"), ("b", "rhetoric"))
    ]
    case = prepare(files, LABELS, tmp_path / "gold")
    with case.open() as file:
        assert case.session(file).attributed is True


def test_a_majority_settles_when_asked_to(write: Write, tmp_path: Path) -> None:
    rows = [said("1", who, label) for who, label in (("a", "opinion"), ("b", "rhetoric"), ("c", "opinion"))]
    rows += [said("2", who, label) for who, label in (("a", "opinion"), ("b", "rhetoric"), ("c", "prediction"))]
    case = prepare([write("all.jsonl", rows)], LABELS, tmp_path / "gold", rule="majority")
    assert [(row.label, row.is_open) for row in case.rows] == [("opinion", False), (None, True)]


def test_half_is_no_majority(write: Write, tmp_path: Path) -> None:
    files = [write("anna.jsonl", ANNA[1:2]), write("ben.jsonl", BEN[1:2])]
    assert prepare(files, LABELS, tmp_path / "gold", rule="majority").rows[0].is_open


def test_one_annotator_alone_makes_a_gold_set_too(write: Write, tmp_path: Path) -> None:
    case = prepare([write("anna.jsonl", ANNA[:3])], LABELS, tmp_path / "gold")
    with case.open() as file:
        settled = case.settled(file)
        case.write(settled)
    assert (settled.agreed, settled.single) == (3, 3)
    assert "One annotator." in (tmp_path / "gold" / "card.md").read_text()


def test_columns_and_weights_of_the_sample_come_along(write: Write, tmp_path: Path) -> None:
    rows = [
        {"id": "1", "doc": "d", "text": "T 1", "sampled": "random", "weight": 2.5, "genre": "speech", "before": "b"}
    ]
    case = prepare(
        [write("anna.jsonl", ANNA[:1])], LABELS, tmp_path / "gold", sample=write("sample.jsonl", rows), split="dev"
    )
    with case.open() as file:
        case.write(case.settled(file))
    (row,) = load_gold(tmp_path / "gold", LABELS, split="dev").rows
    assert row.columns == {"genre": "speech", "sampled": "random", "weight": 2.5}


def test_a_card_that_was_completed_is_left_alone(case: Case) -> None:
    case.folder.mkdir()
    (case.folder / "card.md").write_text("mine")
    with case.open() as file:
        session = case.session(file)
        for _ in range(3):
            session.label("opinion")
        case.write(case.settled(file))
    assert (case.folder / "card.md").read_text() == "mine"


def test_another_gold_set_is_not_overwritten(case: Case) -> None:
    case.folder.mkdir()
    path = case.folder / "test.jsonl"
    path.write_text('{"id": "elsewhere", "text": "T", "label": "opinion"}\n')
    with pytest.raises(OutputError, match="which nobody here answered"):
        case.open()
    path.unlink()
    (case.folder / "annotators.jsonl").write_text('{"id": "1", "annotator": "carl", "label": "opinion"}\n')
    with pytest.raises(OutputError, match="carl"):
        case.open()
    assert "carl" in (case.folder / "annotators.jsonl").read_text()


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([said("1", "anna", "fact")], "'fact' to '1', which is not a label"),
        ([{"id": "1", "annotator": "anna", "label": "opinion"}], "sentence of '1' is not known"),
        ([{"id": "1", "annotator": "anna", "note": "x"}], "No file has a column 'label'"),
    ],
)
def test_answers_that_will_not_do_are_named(
    write: Write, tmp_path: Path, rows: list[dict[str, Any]], fault: str
) -> None:
    with pytest.raises(InputError, match=fault):
        prepare([write("anna.jsonl", rows)], LABELS, tmp_path / "gold")


def test_an_unknown_split_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(ToolkitError, match="no split 'train'"):
        prepare([tmp_path / "missing.jsonl"], LABELS, tmp_path, split="train")
