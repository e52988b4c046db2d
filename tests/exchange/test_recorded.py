"""What Label Studio 1.23.2 and doccano 1.8.4 themselves exported, from tasks of ours that two people answered there."""

from __future__ import annotations

import json
from pathlib import Path

import pandas
import pytest
from exchange.exchanging import annotation, bundle, rows

from toolkit.exchange import doccano, label_studio
from toolkit.exchange.gold import import_answers
from toolkit.records import Failure

RECORDED = Path(__file__).parent / "recorded"
TEXT = (
    "🙂 The harbour opened in 1931. Who paid for it? Prices will fall next year, the mayor said.\n\n"
    "It was a shabby deal. Let us not forget that.\n"
)


def test_sentences_of_label_studio() -> None:
    found = {
        (one.text, one.annotator): (one.label, one.attributed, one.status, one.note)
        for one in label_studio.read(RECORDED / "label-studio-sentences.json")
    }
    assert found == {
        ("🙂 The harbour opened in 1931.", "1"): ("factual_claim", False, "answered", ""),
        ("🙂 The harbour opened in 1931.", "2"): ("factual_claim", True, "answered", ""),
        ("Who paid for it?", "1"): ("factual_claim", False, "answered", "A question."),
        ("Who paid for it?", "2"): ("rhetoric", False, "answered", ""),
        ("Prices will fall next year, the mayor said.", "1"): (None, None, "skipped", ""),
        ("Prices will fall next year, the mayor said.", "2"): ("prediction", True, "answered", ""),
    }


def test_a_document_of_label_studio_with_a_span_drawn_behind_an_emoji() -> None:
    """Changed, deleted and drawn anew there; the drawn one lacks the full stop, as whole words are selected."""
    found = {
        one.text: (one.label, one.attributed) for one in label_studio.read(RECORDED / "label-studio-document.json")
    }
    assert found == {
        "🙂 The harbour opened in 1931.": ("factual_claim", False),
        "Who paid for it?": ("opinion", False),
        "Prices will fall next year, the mayor said.": ("prediction", True),
        "It was a shabby deal.": ("prediction", None),
        "Let us not forget that.": ("rhetoric", False),
    }


def test_annotators_of_label_studio_get_names(tmp_path: Path) -> None:
    report = import_answers(
        [RECORDED / "label-studio-sentences.json"], "label-studio", tmp_path / "gold", names=["1=anna", "2=ben"]
    )
    assert report.answers.keys() == {"anna", "ben"}
    assert report.answers["anna"]["skipped"] == 1


def test_sentences_of_doccano() -> None:
    admin = [(one.label, one.attributed, one.status, one.note) for one in read("sentences", "admin")]
    assert admin == [
        ("opinion", False, "answered", "Is it told as a fact?"),
        (None, None, "skipped", ""),
        ("prediction", False, "answered", ""),
        ("opinion", False, "answered", ""),
        ("rhetoric", False, "answered", ""),
    ]
    ben = [(one.label, one.status, one.note) for one in read("sentences", "ben")]
    assert ben[0] == ("factual_claim", "answered", "")
    assert ben[2] == (None, "unclear", "[opinion | prediction]")
    assert [one[1] for one in ben[3:]] == ["skipped", "skipped"]


def test_a_document_of_doccano_with_spans_behind_an_emoji() -> None:
    found = [(one.start, one.end, one.text, one.label) for one in read("document", "admin")]
    assert [(TEXT[start:end], label) for start, end, _, label in found] == [
        ("🙂 The harbour opened in 1931.", "factual_claim"),
        ("Who paid for it?", "rhetoric"),
        ("Prices will fall next year, the mayor said.", "prediction"),
        ("It was a shabby deal.", "prediction"),
        ("Let us not forget that.", "rhetoric"),
    ]
    assert all(TEXT[start:end] == text for start, end, text, _ in found)
    assert {one.status for one in read("document", "ben")} == {"skipped"}


def read(kind: str, who: str) -> list[doccano.Given]:
    return list(doccano.read(RECORDED / f"doccano-{kind}-{who}.jsonl"))


@pytest.mark.parametrize("unit", ["sentence", "document"])
def test_doccano_reads_lines_through_pandas_and_refuses_what_is_no_json(tmp_path: Path, unit: str) -> None:
    """It makes a table of all lines, in which a missing value is NaN, and keeps each row as JSON."""
    mixed = [
        annotation("One is told.", start=0),
        annotation("Two is not.", start=13, label=None, attributed=None),
        annotation("Three failed.", start=25, label=None, attributed=None, failure=Failure("timeout", "late")),
    ]
    doccano.write(bundle(mixed, unit), tmp_path / "out.jsonl")
    for row in pandas.DataFrame(rows(tmp_path / "out.jsonl")).to_dict(orient="records"):
        json.dumps(row, allow_nan=False)
