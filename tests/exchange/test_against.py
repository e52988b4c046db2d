"""Two sides joined, and what has no counterpart told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import InputError
from toolkit.exchange.against import Answer, all_labels, join, read_other
from toolkit.exchange.run import Run
from toolkit.exchange.views import LabelView
from toolkit.records import Annotation, Sentence

LABELS = [LabelView("good", ""), LabelView("bad", "")]


def unit(doc: str, start: int, text: str, **fields: Any) -> Annotation:
    return Annotation(Sentence(doc, start, start + len(text), text, fields.pop("kind", "sentence")), "b", "r", **fields)


def answer(name: str, one: Annotation, *, placed: bool = True) -> Answer:
    return Answer(name, placed, one)


OWN = [unit("d", 0, "Head", kind="heading"), unit("d", 6, "One."), unit("d", 11, "Same."), unit("d", 17, "Same.")]


@pytest.mark.parametrize(
    ("answers", "pairs", "by"),
    [
        ([answer("d:6-10", OWN[1])], {1: 0}, {"id": 1}),
        ([answer("g1", unit("d", 6, "One."))], {1: 0}, {"span": 1}),
        ([answer("g1", unit("d", 6, "One."), placed=False)], {1: 0}, {"text": 1}),
        ([answer("g1", unit("e", 0, "One. "))], {1: 0}, {"text": 1}),
        ([answer("g1", unit("e", 0, "Same."))], {}, {}),  # which of the two?
        ([answer("g1", unit("d", 17, "Same."))], {3: 0}, {"span": 1}),
        (
            [answer("a", unit("d", 11, "Same.")), answer("b", unit("e", 0, "Same."))],
            {2: 0, 3: 1},
            {"span": 1, "text": 1},
        ),
        ([answer("a", unit("e", 0, "One.")), answer("b", unit("f", 0, "One."))], {}, {}),
        ([answer("d:6-10", unit("d", 6, "Two."))], {}, {}),  # the text has changed
        ([answer("x", unit("d", 0, "Head"))], {}, {}),  # not a sentence
    ],
)
def test_the_same_sentences_are_found(answers: list[Answer], pairs: dict[int, int], by: dict[str, int]) -> None:
    joined = join(OWN, answers)
    assert joined.pairs == {place: answers[number].annotation for place, number in pairs.items()}
    assert joined.by == by
    assert joined.left == [one for number, one in enumerate(answers) if number not in pairs.values()]


def test_rows_that_go_by_the_id_of_the_gold_set_are_found() -> None:
    joined = join(
        [unit("gold-1", 0, "A."), unit("gold-2", 0, "A.")], [answer("gold-2", unit("x", 0, "A."), placed=False)]
    )
    assert (list(joined.pairs), joined.by) == ([1], {"id": 1})


def gold(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"id": f"g{index}"} | row) + "\n" for index, row in enumerate(rows)))
    return path


RUN = Run("run", [unit("d", 0, "A.", label="good")], LABELS, {"labels": []})


def test_both_splits_of_a_gold_set_are_read(tmp_path: Path) -> None:
    gold(tmp_path / "set" / "dev.jsonl", {"text": "A.", "label": "good", "doc": "d", "start": 5, "end": 7})
    gold(tmp_path / "set" / "test.jsonl", {"text": "B.", "label": "bad", "attributed": True})
    other = read_other(tmp_path / "set", RUN)
    assert (other.name, other.kind, other.run) == ("set", "gold", None)
    first, second = other.answers
    assert (first.id, first.placed, first.annotation.sentence) == ("g0", True, Sentence("d", 5, 7, "A."))
    assert (second.placed, second.annotation.label, second.annotation.attributed) == (False, "bad", True)


def test_one_file_is_a_gold_set_too(tmp_path: Path) -> None:
    path = gold(tmp_path / "mine.jsonl", {"text": "A.", "label": "good"})
    assert read_other(path, RUN).kind == "gold"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        ("", "has no annotations"),
        ("{", "."),
        ('{"id": "g", "text": "A.", "label": "ugly"}', "'ugly' is not a label"),
    ],
)
def test_what_is_no_other_side(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "x.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message) as error:
        read_other(path, RUN)
    assert error.value.hint


def test_labels_of_the_other_side_come_last_and_only_when_used() -> None:
    theirs = [LabelView("bad", "Theirs."), LabelView("new", ""), LabelView("idle", "")]
    found = all_labels(LABELS, theirs, [answer("x", unit("d", 0, "A.", label="new"))])
    assert [label.name for label in found] == ["good", "bad", "new"]
