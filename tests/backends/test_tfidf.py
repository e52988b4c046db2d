"""The classical baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.backends.base import load_backend
from toolkit.errors import InputError
from toolkit.records import Prediction, Sentence

ROWS = [
    ("The soup was {} hot", "praise", "false"),
    ("Staff said {} it was lovely", "praise", "true"),
    ("The soup was {} cold", "no", "false"),
    ("Guests said {} it was dull", "no", "true"),
]
WORDS = ("very", "rather", "quite", "oddly")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    lines = [f"{text.format(word)},{label},{flag}" for word in WORDS for text, label, flag in ROWS]
    (tmp_path / "r.csv").write_text("text,label,attributed\n" + "\n".join(lines) + "\n")
    (tmp_path / "labels.yaml").write_text(
        "name: r\nlabels: [{name: praise}, {name: no}, {name: unseen}]\n"
        "flags: [{name: attributed, hypotheses: [Somebody said so.]}]\n"
    )
    (tmp_path / "b.yaml").write_text("kind: tfidf\nlabels: labels.yaml\ndata: [r.csv]\n")
    return tmp_path / "b.yaml"


def classify(config: Path, *texts: str) -> list[Prediction]:
    return load_backend(config).classify([Sentence("d", 0, len(text), text) for text in texts])


def test_it_learns_labels_and_flag(config: Path) -> None:
    hot, dull = classify(config, "The tea was hot", "They said it was dull")
    assert max(hot.scores, key=hot.scores.__getitem__) == "praise"
    assert max(dull.scores, key=dull.scores.__getitem__) == "no"
    assert hot.flags["attributed"] < 0.5 < dull.flags["attributed"]


def test_a_label_that_was_never_seen_is_never_given(config: Path) -> None:
    (prediction,) = classify(config, "Anything at all")
    assert prediction.scores["unseen"] == 0
    assert sum(prediction.scores.values()) == pytest.approx(1)


def test_a_flag_that_is_always_the_same_is_not_told(config: Path) -> None:
    data = config.parent / "r.csv"
    data.write_text(data.read_text().replace(",true", ",false"))
    assert classify(config, "The tea was hot")[0].flags == {}


def test_the_text_is_its_identity(config: Path) -> None:
    before = load_backend(config).identity()
    data = config.parent / "r.csv"
    data.write_text(data.read_text() + "Lovely and very hot,praise,false\n")
    assert load_backend(config).identity() != before


def test_no_sentences_no_answers(config: Path) -> None:
    assert classify(config) == []


def test_missing_text_is_said(config: Path) -> None:
    (config.parent / "r.csv").unlink()
    with pytest.raises(InputError, match=r"r\.csv cannot be read"):
        load_backend(config)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text,label\nOne thing.,no\nTwo things.,no\n", "fewer than two labels"),
        ("text,label\nAlpha.,no\nBeta.,praise\n", "Nothing can be learnt from 2 sentences"),
    ],
)
def test_text_that_teaches_nothing_is_said(config: Path, text: str, said: str) -> None:
    (config.parent / "r.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        load_backend(config)
