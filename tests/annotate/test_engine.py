from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support import scripted

from toolkit.annotate.engine import MAX_CHARS, Item, ItemStream, annotate_window, items_of, windows
from toolkit.backends.asking import MAX_FAULT, predict
from toolkit.backends.scripted import ScriptedBackend
from toolkit.corpus.read import Corpus
from toolkit.errors import ModelError
from toolkit.records import Document, Failure, Prediction, Sentence, Unreadable, Usage


def item(text: str, number: int = 0, **fields: object) -> Item:
    return replace(Item(Sentence(f"d{number}", 0, len(text), text)), **fields)


def test_equal_texts_are_asked_once_and_answered_in_order() -> None:
    backend = scripted({"Up.": "prediction", "Down.": "rhetoric"})
    items = [item(text, number) for number, text in enumerate(["Up.", "Down.", "Up.", "Other."])]
    annotations, _ = annotate_window(items, backend, "run")
    assert backend.history == ["Up.", "Down.", "Other."]
    assert [one.label for one in annotations] == ["prediction", "rhetoric", "prediction", "opinion"]
    assert [one.sentence.id for one in annotations] == ["d0:0-3", "d1:0-5", "d2:0-3", "d3:0-6"]
    assert {(one.backend, one.run) for one in annotations} == {("scripted", "run")}


def test_failed_items_and_units_that_are_no_sentences_are_not_asked() -> None:
    backend = scripted()
    failed = item("Bad.", failure=Failure("bad_row", "why"))
    heading = Item(Sentence("d", 0, 5, "Title", "heading"))
    [one, two], _ = annotate_window([failed, heading], backend, "run")
    assert backend.history == []
    assert (one.failure, one.label) == (Failure("bad_row", "why"), None)
    assert (two.failure, two.label, two.abstained, dict(two.probs)) == (None, None, False, {})


def test_failure_of_the_backend_becomes_a_record() -> None:
    [one, two], _ = annotate_window([item("Slow."), item("Fast.", 1)], scripted({"Slow.": "!timeout"}), "run")
    assert one.failure == Failure("timeout", "scripted failure")
    assert (one.label, dict(one.probs), one.attributed) == (None, {}, None)
    assert two.label == "opinion"


@pytest.mark.parametrize(("threshold", "abstained"), [(1.0, False), (0.0, False)])
def test_certain_answers_do_not_abstain(threshold: float, abstained: bool) -> None:
    [one], _ = annotate_window([item("It is.")], scripted(calibration={"threshold": threshold}), "run")
    assert (one.abstained, one.label) == (abstained, "opinion")


class Halving(ScriptedBackend):
    """Gives every label the same score, and reports what it read."""

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        share = 1 / len(self.labels.names)
        usage = Usage(tokens=3, truncated=1)
        return [Prediction(dict.fromkeys(self.labels.names, share), usage=usage) for _ in sentences]


def test_uncertain_answers_abstain_and_keep_their_probabilities() -> None:
    base = scripted(calibration={"threshold": 0.5})
    [one], usage = annotate_window([item("It is.")], Halving(base.config, base.labels), "run")
    assert (one.abstained, one.label, one.failure) == (True, None, None)
    assert sum(one.probs.values()) == pytest.approx(1)
    assert usage == Usage(3, 1)


class Forgetting(ScriptedBackend):
    """Gives one answer too few."""

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        return super().classify(sentences)[1:]


def test_backend_that_gives_too_few_answers_is_a_bug() -> None:
    base = scripted()
    with pytest.raises(RuntimeError, match="'scripted' gave 1 answers to 2 sentences"):
        predict([Sentence("d", 0, 1, "a"), Sentence("d", 1, 2, "b")], Forgetting(base.config, base.labels))


def test_nothing_to_ask_asks_nothing() -> None:
    backend = Forgetting(scripted().config, scripted().labels)
    assert annotate_window([], backend, "run") == ([], Usage())


def test_items_of_a_document() -> None:
    document = Document("d", "# Title\n\nOne is here. Two is there.", "sentence", "markdown", columns={"n": 1})
    assert [one.sentence.text for one in items_of(document)] == ["One is here.", "Two is there."]
    assert [one.sentence.kind for one in items_of(document, all_units=True)] == ["heading", "sentence", "sentence"]
    assert all(one.columns == {"n": 1} for one in items_of(document))
    [bad] = items_of(Unreadable("d", Failure("bad_file", "why"), {"n": 2}))
    assert (bad.sentence.id, bad.failure, bad.columns) == ("d:0-0", Failure("bad_file", "why"), {"n": 2})


@pytest.mark.parametrize(("length", "failed"), [(MAX_CHARS, False), (MAX_CHARS + 1, True)])
def test_unit_too_long_for_any_model_fails(length: int, failed: bool) -> None:
    [one] = items_of(Document("d", "x" * length, "row"))
    assert (one.failure is not None) is failed
    assert (one.sentence.start, one.sentence.end) == (0, length)
    assert one.sentence.text == "x" * length


def test_windows_are_numbered_and_cut_to_size() -> None:
    cut = [(index, len(items)) for index, _, items in windows((item("a", n) for n in range(5)), 2)]
    assert cut == [(0, 2), (1, 2), (2, 1)]


@pytest.mark.parametrize(
    "other",
    [
        item("b"),
        item("a", 1),
        item("a", columns={"n": 2}),
        item("a", failure=Failure("bad_row", "why")),
        Item(Sentence("d0", 1, 2, "a")),
    ],
)
def test_digest_of_a_window_tells_any_change(other: Item) -> None:
    def digest(one: Item) -> str:
        return next(windows([one], 2))[1]

    assert digest(item("a", columns={"n": 1})) == digest(item("a", columns={"n": 1}))
    assert digest(other) != digest(item("a", columns={"n": 1}))


def test_estimate_of_the_total_ends_exact(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\n" + "One is here, and it is long.\n" * 3000)
    (tmp_path / "b.txt").write_text("Two is here. Three is there.")
    stream = ItemStream(Corpus([tmp_path]))
    estimates = [stream.total() for _ in stream]
    assert stream.total() == stream.seen == 3002
    assert all(estimate and 2000 <= estimate <= 4500 for estimate in estimates[1500:])


class Raising(ScriptedBackend):
    """Raises when it is given a certain text."""

    error: BaseException = TypeError("not\n  a \udc80 string" + "!" * 500)

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        if any(sentence.text == "Bad." for sentence in sentences):
            raise self.error
        return super().classify(sentences)


def test_what_a_library_raises_costs_only_its_sentence() -> None:
    backend = Raising(scripted().config, scripted().labels)
    annotations, _ = annotate_window([item(text) for text in ("Up.", "Bad.", "Down.")], backend, "run")
    assert [one.label for one in annotations] == ["opinion", None, "opinion"]
    failure = annotations[1].failure
    assert failure
    assert failure.kind == "backend_error"
    assert failure.message.startswith("TypeError: not a \ufffd string!!")
    assert len(failure.message) == MAX_FAULT


@pytest.mark.parametrize("error", [ModelError("gone"), KeyboardInterrupt()])
def test_what_the_user_can_put_right_ends_the_run(error: BaseException) -> None:
    backend = Raising(scripted().config, scripted().labels)
    backend.error = error
    with pytest.raises(type(error)):
        predict([Sentence("d", 0, 4, "Bad.")], backend)


def test_documents_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Title\n")
    (tmp_path / "b.txt").write_text("Two is here. Three is there.")
    (tmp_path / "c.txt").write_text("")
    stream = ItemStream(Corpus([tmp_path]), all_units=True)
    assert len(list(stream)) == 4
    assert (stream.documents, stream.without_sentences) == (2, 1)
