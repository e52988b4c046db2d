from __future__ import annotations

from pathlib import Path

import pytest
from support import scripted

import toolkit
from toolkit import Classifier, ReadOptions, ToolkitError
from toolkit.errors import ConfigError, InputError, UnknownNameError
from toolkit.labels import LabelSet, load_labels


def test_classify_answers_in_order_and_calibrated() -> None:
    predictions = Classifier.load("cues").classify(["Prices will fall next year.", "How dare they?"])
    assert [one.label for one in predictions] == ["prediction", "rhetoric"]
    assert all(sum(one.probs.values()) == pytest.approx(1) for one in predictions)
    assert [one.attributed for one in predictions] == [False, False]


def test_no_texts_give_no_predictions() -> None:
    assert Classifier.load("majority").classify([]) == []


@pytest.mark.parametrize(
    ("texts", "message"), [("One text.", "takes a list"), (["One.", None], "Text 1 is not a string")]
)
def test_what_is_no_list_of_texts_is_refused(texts: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Classifier.load("majority").classify(texts)  # type: ignore[arg-type]


def test_failures_are_predictions() -> None:
    [bad, good] = Classifier(scripted({"Bad.": "!refused"})).classify(["Bad.", "Good."])
    assert bad.failure is not None
    assert (bad.failure.kind, bad.label, good.label) == ("refused", None, "opinion")


def test_load_by_name_path_and_config(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("kind: majority\nlabel: opinion\n")
    by_path = Classifier.load(path)
    assert by_path.backend.config.name == "mine"
    assert Classifier.load(by_path.backend.config).classify(["It is."])[0].label == "opinion"
    assert by_path.labels == load_labels("claims")


def test_labels_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("kind: majority\nlabel: b\nlabels: labels.yaml\n")
    (tmp_path / "labels.yaml").write_text("name: two\nlabels:\n  - name: a\n  - name: b\n")
    own = LabelSet(name="own", labels=({"name": "b"}, {"name": "c"}))  # type: ignore[arg-type]
    assert Classifier.load(path).labels.names == ("a", "b")
    assert Classifier.load(path, labels=own).classify(["It is."])[0].probs == {"b": 1.0, "c": 0.0}


@pytest.mark.parametrize(
    ("reference", "labels", "error", "message"),
    [
        ("cuse", None, UnknownNameError, "Did you mean cues"),
        ("none.yaml", None, UnknownNameError, "Unknown backend"),
        ("cues", "none", UnknownNameError, "Unknown label set"),
        ("cues", "checkworthiness", ConfigError, "does not have"),
    ],
)
def test_what_cannot_be_loaded_is_said(
    reference: str, labels: str | None, error: type[ToolkitError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        Classifier.load(reference, labels=labels)
    assert caught.value.hint


def test_annotate_is_a_stream_with_offsets(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    text = "# Title\n\nPrices will fall. How dare they?\n"
    path.write_text(text)
    classifier = Classifier.load("cues")
    found = list(classifier.annotate(path))
    assert [(one.sentence.id, one.label) for one in found] == [("a.md:9-26", "prediction"), ("a.md:27-41", "rhetoric")]
    assert all(text[one.sentence.start : one.sentence.end] == one.sentence.text for one in found)
    assert next(one.sentence.kind for one in classifier.annotate(path, all_units=True)) == "heading"
    assert len(list(classifier.annotate(path, options=ReadOptions(unit="row")))) == 2


def test_annotate_to_writes_and_resumes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Prices will fall. How dare they?")
    classifier = Classifier.load("cues")
    first = classifier.annotate_to(tmp_path / "out.csv", tmp_path / "a.txt")
    again = classifier.annotate_to(tmp_path / "out.csv", tmp_path / "a.txt")
    assert (first.total, first.reused, again.total, again.reused) == (2, 0, 2, 2)
    assert first.labels == again.labels == {"prediction": 1, "rhetoric": 1}
    assert classifier.annotate_to(tmp_path / "out.csv", tmp_path / "a.txt", fresh=True).reused == 0


def test_public_names_exist_and_unknown_ones_do_not() -> None:
    assert all(getattr(toolkit, name) is not None for name in toolkit.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = toolkit.nothing
