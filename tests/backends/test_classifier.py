"""The single-pass backend against the transformers pipeline, on tiny random models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from tiny import SENTENCES, save_bert, save_roberta
from transformers import pipeline

from toolkit.backends.base import load_backend
from toolkit.backends.classifier import ClassifierBackend, class_columns
from toolkit.backends.config import ClassifierConfig, ModelSource
from toolkit.errors import ConfigError
from toolkit.labels import Flag, Label, LabelSet
from toolkit.records import Prediction, Sentence

LABELS = LabelSet(
    name="mood",
    labels=(Label(name="calm"), Label(name="cross")),
    flags=(Flag(name="attributed", hypotheses=("Somebody said so.",)),),
)
CLASSES = {0: "attributed", 1: "cross", 2: "calm"}


def backend(folder: Path, labels: LabelSet = LABELS, **options: object) -> ClassifierBackend:
    config = ClassifierConfig(kind="classifier", name="tiny", model=ModelSource(folder=folder), **options)  # type: ignore[arg-type]
    return ClassifierBackend(config, labels)


def classify(one: ClassifierBackend, texts: list[str]) -> list[Prediction]:
    return one.classify([Sentence(str(i), 0, len(text), text) for i, text in enumerate(texts)])


@pytest.fixture(params=[save_bert, save_roberta])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made: Path = request.param(tmp_path / "model", CLASSES)
    return made


def test_the_numbers_are_those_of_transformers(folder: Path) -> None:
    raw = pipeline("text-classification", model=str(folder), top_k=None, function_to_apply="none", device="cpu")
    for prediction, answer in zip(classify(backend(folder), SENTENCES), raw(SENTENCES), strict=True):
        logits = {one["label"]: one["score"] for one in answer}
        powers = {name: np.exp(logits[name]) for name in LABELS.names}
        expected = {name: value / sum(powers.values()) for name, value in powers.items()}
        assert prediction.scores == pytest.approx(expected, abs=1e-5)
        assert prediction.flags == pytest.approx({"attributed": 1 / (1 + np.exp(-logits["attributed"]))}, abs=1e-5)


@pytest.mark.parametrize("tokens_per_batch", [64, 4096])
def test_company_does_not_change_an_answer(folder: Path, tokens_per_batch: int) -> None:
    one = backend(folder, tokens_per_batch=tokens_per_batch)
    together = classify(one, SENTENCES)
    for text, prediction in zip(SENTENCES, together, strict=True):
        assert classify(one, [text])[0].scores == pytest.approx(prediction.scores, abs=1e-5)


def test_a_long_text_is_cut_and_counted(folder: Path) -> None:
    long, short = classify(backend(folder, max_tokens=32), [" ".join(SENTENCES * 20), "Prices will fall."])
    assert (long.usage.tokens, long.usage.truncated) == (32, 1)
    assert short.usage.truncated == 0


def test_several_classes_may_mean_one_label(tmp_path: Path) -> None:
    names = {0: "joy", 1: "fury", 2: "peace"}
    made = backend(save_bert(tmp_path / "m", names), classes={"joy": "calm", "peace": "calm", "fury": "cross"})
    prediction = classify(made, ["What a shame!"])[0]
    assert sum(prediction.scores.values()) == pytest.approx(1)
    assert prediction.flags == {}
    alone = backend(made.files.folder, LabelSet(name="x", labels=tuple(Label(name=n) for n in names.values())))
    apart = classify(alone, ["What a shame!"])[0].scores
    assert prediction.scores == pytest.approx({"calm": apart["joy"] + apart["peace"], "cross": apart["fury"]})


def test_no_sentences_no_answers(folder: Path) -> None:
    assert backend(folder).classify([]) == []


def test_it_loads_by_its_kind(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text("name: mood\nlabels: [{name: calm}, {name: cross}, {name: attributed}]\n")
    config = tmp_path / "mine.yaml"
    config.write_text("kind: classifier\nlabels: labels.yaml\nmodel: {folder: model}\n")
    loaded = load_backend(config)
    assert loaded.config.name == "mine"
    assert set(loaded.classify([Sentence("a", 0, 3, "Oh!")])[0].scores) == {"calm", "cross", "attributed"}


@pytest.mark.parametrize(
    ("names", "classes", "said"),
    [
        ({0: "calm", 1: "angry"}, None, "class 'angry' is no label or flag of 'mood'"),
        ({0: "calm", 1: "attributed"}, None, "No class of the model means cross"),
        ({0: "calm", 1: "cross"}, {"mild": "calm"}, "has no class 'mild'"),
        ({0: "LABEL_0", 1: "LABEL_1"}, None, "its classes are LABEL_0, LABEL_1"),
    ],
)
def test_classes_must_be_the_labels(names: Mapping[int, str], classes: dict[str, str] | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        class_columns(names, LABELS, classes)
