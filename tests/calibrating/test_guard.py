"""A calibration cannot see a test split, whatever it is called, and says so before any model loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import ROOT

from toolkit.calibrating.run import calibrate
from toolkit.errors import ToolkitError

DEV = [(f"d{i % 4}", f"The number {i} bus was late again on Monday.", label) for i, label in enumerate("ab" * 10)]
TEST = [("t", f"The number {i} tram ran on time on Tuesday.", label) for i, label in enumerate("ab" * 10)]
MISSING = "kind: nli\nlabels: l.yaml\nmodel: {folder: nowhere}\n"
"""A backend that cannot be loaded: whoever tries is told something else than what these tests want."""


def lines(rows: list[tuple[str, str, str]]) -> str:
    return "".join(
        json.dumps({"id": f"{doc}:{i}", "doc": doc, "text": text, "label": label}) + "\n"
        for i, (doc, text, label) in enumerate(rows)
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a label set, a gold set, and a backend without a model."""
    (tmp_path / "l.yaml").write_text("name: l\nlabels: [{name: a}, {name: b}]\n")
    (tmp_path / "b.yaml").write_text(MISSING)
    gold = tmp_path / "gold"
    gold.mkdir()
    (gold / "dev.jsonl").write_text(lines(DEV))
    (gold / "test.jsonl").write_text(lines(TEST))
    return tmp_path


def refusal(place: Path, **keys: object) -> str:
    settings = {"name": "c", "backend": "b.yaml", "gold": ["gold"], "fit": {"bias": "batch", "flag": False}, **keys}
    (place / "c.yaml").write_text(json.dumps(settings))
    with pytest.raises(ToolkitError) as error:
        calibrate(place / "c.yaml", place / "out.yaml")
    assert not (place / "out.yaml").exists()
    return error.value.message


def test_the_dev_split_gets_as_far_as_the_model(place: Path) -> None:
    assert "nowhere" in refusal(place)


def test_a_split_called_test(place: Path) -> None:
    assert "sees the dev split alone, not 'test'" in refusal(place, split="test")


def test_a_test_file(place: Path) -> None:
    assert "is a test split by its name" in refusal(place, gold=["gold/test.jsonl"])


@pytest.mark.parametrize("name", ["my-test.jsonl", "test_2.jsonl", "Tests.jsonl"])
def test_other_names_of_test_files(place: Path, name: str) -> None:
    (place / name).write_text(lines(DEV))
    assert "is a test split by its name" in refusal(place, gold=[name])


@pytest.mark.parametrize("name", ["contest.jsonl", "latest.jsonl", "attested-dev.jsonl"])
def test_words_with_test_in_them(place: Path, name: str) -> None:
    (place / name).write_text(lines(DEV))
    assert "nowhere" in refusal(place, gold=[name])


def test_a_link_to_a_test_file(place: Path) -> None:
    (place / "more.jsonl").symlink_to(place / "gold" / "test.jsonl")
    assert "is a link to the test split" in refusal(place, gold=["more.jsonl"])


def test_a_folder_whose_dev_split_is_a_link_to_the_test_split(place: Path) -> None:
    (place / "gold" / "dev.jsonl").unlink()
    (place / "gold" / "dev.jsonl").symlink_to("test.jsonl")
    assert "is a link to the test split" in refusal(place)


def test_a_copy_beside_it(place: Path) -> None:
    (place / "gold" / "more.jsonl").write_text(lines(TEST))
    assert "has the same content as the test split" in refusal(place, gold=["gold/more.jsonl"])


def test_a_copy_of_a_shipped_test_split(place: Path) -> None:
    (place / "mine.jsonl").write_bytes((ROOT / "eval" / "podium" / "test.jsonl").read_bytes())
    assert "has the same content as the test split" in refusal(place, gold=["mine.jsonl"], labels="claims")


def test_one_row_of_it_under_another_id(place: Path) -> None:
    text = f"  {TEST[0][1].upper()}"
    (place / "gold" / "dev.jsonl").write_text(lines([*DEV, ("d1", text, "b")]))
    assert "The sentence d1:20 of" in refusal(place)


def test_one_row_of_it_with_other_marks_and_letters(place: Path) -> None:
    (place / "gold" / "test.jsonl").write_text(lines([*TEST, ("t", "It's the café's last day, they said.", "b")]))
    text = "\u201cIt\u2019s the cafe\u0301\u2019s last day\u201d \u2013 they said!"
    (place / "gold" / "dev.jsonl").write_text(lines([*DEV, ("d1", text, "b")]))
    assert "The sentence d1:20 of" in refusal(place)


def test_stock_phrases_may_stand_on_both_sides(place: Path) -> None:
    (place / "gold" / "dev.jsonl").write_text(lines([*DEV, ("d1", "Thank you.", "b")]))
    (place / "gold" / "test.jsonl").write_text(lines([*TEST, ("t", "Thank you.", "b")]))
    assert "nowhere" in refusal(place)


def test_test_text_without_labels(place: Path) -> None:
    assert "is a test split by its name" in refusal(place, text=["gold/test.jsonl"])
    (place / "notes.txt").write_text(f"Hello there. {TEST[3][1]}")
    assert "of the unlabelled text is in a test split too" in refusal(place, text=["notes.txt"])
    (place / "notes.txt").write_text("Hello there.")
    assert "nowhere" in refusal(place, text=["notes.txt"])


def test_what_the_test_split_holds_makes_no_difference(place: Path) -> None:
    (place / "b.yaml").write_text("kind: scripted\nlabels: l.yaml\ndefault: a\n")
    settings = {"name": "c", "backend": "b.yaml", "gold": ["gold"], "fit": {"precision": 0.9}}
    (place / "c.yaml").write_text(json.dumps(settings))
    written = []
    for test in (lines(TEST), lines([(doc, text, "a") for doc, text, _ in TEST[:3]]), "not even JSON", None):
        (place / "gold" / "test.jsonl").unlink()
        if test is not None:
            (place / "gold" / "test.jsonl").write_text(test)
        else:
            (place / "gold" / "test.jsonl").mkdir()
        calibrate(place / "c.yaml", place / "out.yaml")
        written.append((place / "out.yaml").read_bytes())
    assert len({*written}) == 1


def test_a_faulty_gold_file_is_no_test_split(place: Path) -> None:
    (place / "gold" / "dev.jsonl").write_text("{}\n")
    assert "line 1: no id" in refusal(place)
