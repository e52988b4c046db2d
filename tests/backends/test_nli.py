"""The NLI backend against the transformers pipeline, on tiny random models."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import SENTENCES, THREE_WAY, save_bert
from transformers import pipeline

from toolkit.backends.base import load_backend
from toolkit.backends.config import ModelSource, NliConfig
from toolkit.backends.nli import NliBackend, entailment_column
from toolkit.errors import ConfigError, ModelError
from toolkit.labels import Flag, Label, LabelSet
from toolkit.records import Prediction, Sentence
from toolkit.runtime.torch import TorchClassifier

HYPOTHESES = {
    "fact": ("This sentence states a fact.",),
    "view": ("The council expects visitors — perhaps naïve ones.",),
    "shame": ("What a shame!", "Prices will fall.", "The friends march on Monday."),
}
ONE_EACH = LabelSet(name="x", labels=tuple(Label(name=n, hypotheses=h[:1]) for n, h in HYPOTHESES.items()))
LABELS = LabelSet(
    name="x",
    labels=tuple(Label(name=name, hypotheses=own) for name, own in HYPOTHESES.items()),
    flags=(Flag(name="attributed", hypotheses=("Somebody said so.", "The owners said it.")),),
)


def nli(folder: Path, labels: LabelSet = LABELS, **options: object) -> NliBackend:
    config = NliConfig(kind="nli", name="tiny", model=ModelSource(folder=folder), **options)  # type: ignore[arg-type]
    return NliBackend(config, labels)


def classify(backend: NliBackend, texts: list[str]) -> list[Prediction]:
    return backend.classify([Sentence(str(i), 0, len(text), text) for i, text in enumerate(texts)])


def scores(predictions: list[Prediction]) -> np.ndarray:
    return np.array([[*one.scores.values(), *one.flags.values()] for one in predictions])


def logits(folder: Path, texts: list[str], hypotheses: tuple[str, ...]) -> np.ndarray:
    return TorchClassifier(folder).pair_logits(texts, hypotheses, max_tokens=64, tokens_per_batch=512).logits


@pytest.fixture(params=["tiny_bert", "tiny_roberta"])
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.mark.parametrize("text", SENTENCES)
def test_scores_are_those_of_the_pipeline(folder: Path, text: str) -> None:
    peer = pipeline("zero-shot-classification", model=str(folder), device="cpu")
    names = {own[0]: name for name, own in HYPOTHESES.items()}
    expected = peer(text, candidate_labels=list(names), hypothesis_template="{}")
    prediction = classify(nli(folder, ONE_EACH), [text])[0]
    for hypothesis, score in zip(expected["labels"], expected["scores"], strict=True):
        assert prediction.scores[names[hypothesis]] == pytest.approx(score, abs=1e-5)


def test_hypotheses_are_averaged_over_logits(folder: Path) -> None:
    means = [logits(folder, SENTENCES[:1], own)[0, :, 1].mean() for own in HYPOTHESES.values()]
    expected = torch.softmax(torch.tensor(means), dim=0).numpy()
    assert list(classify(nli(folder), SENTENCES[:1])[0].scores.values()) == pytest.approx(expected, abs=1e-5)


def test_a_flag_is_entailment_against_all_else(folder: Path) -> None:
    both = torch.tensor(logits(folder, SENTENCES[:1], LABELS.flags[0].hypotheses)[0])
    odds = both[:, 1] - torch.logsumexp(both[:, [0, 2]], dim=1)
    assert classify(nli(folder), SENTENCES[:1])[0].flags["attributed"] == pytest.approx(
        torch.sigmoid(odds.mean()).item(), abs=1e-5
    )


@pytest.mark.parametrize("budget", [64, 100, 4096])
def test_batching_does_not_change_scores(folder: Path, budget: int) -> None:
    one_by_one = np.concatenate([scores(classify(nli(folder), [text])) for text in SENTENCES])
    together = scores(classify(nli(folder, tokens_per_batch=budget), SENTENCES))
    assert together == pytest.approx(one_by_one, abs=1e-5)


def test_order_does_not_change_scores(folder: Path) -> None:
    order = random.Random(1).sample(range(len(SENTENCES)), len(SENTENCES))
    shuffled = scores(classify(nli(folder), [SENTENCES[i] for i in order]))
    assert shuffled == pytest.approx(scores(classify(nli(folder), SENTENCES))[order], abs=1e-5)


def test_scores_are_a_distribution_and_flags_probabilities(folder: Path) -> None:
    for prediction in classify(nli(folder), [*SENTENCES, "", " ", "\0", "🙂" * 30]):
        assert sum(prediction.scores.values()) == pytest.approx(1)
        assert min(prediction.scores.values()) >= 0
        assert 0 <= prediction.flags["attributed"] <= 1


def test_an_empty_list_gives_an_empty_list(folder: Path) -> None:
    assert nli(folder).classify([]) == []


def test_hypotheses_per_label_takes_the_first(folder: Path) -> None:
    labels = LABELS.model_copy(update={"flags": ()})
    assert scores(classify(nli(folder, labels, hypotheses_per_label=1), SENTENCES)) == pytest.approx(
        scores(classify(nli(folder, ONE_EACH), SENTENCES)), abs=1e-6
    )


def test_a_set_without_flags_has_none(folder: Path) -> None:
    assert classify(nli(folder, ONE_EACH), SENTENCES[:1])[0].flags == {}


class TestTruncation:
    def test_reports_what_was_cut(self, folder: Path) -> None:
        long = " ".join(SENTENCES * 5)
        usages = [one.usage.truncated for one in classify(nli(folder), [long, SENTENCES[0]])]
        assert usages == [1, 0]

    def test_cuts_the_end_of_the_premise_alone(self, folder: Path) -> None:
        backend = nli(folder, max_tokens=40)
        long = " ".join(SENTENCES * 5)
        end_changed = f"{long} Never at all!"
        assert scores(classify(backend, [long])) == pytest.approx(scores(classify(backend, [end_changed])), abs=1e-6)

    def test_never_reads_more_than_the_model_has_positions_for(self, folder: Path) -> None:
        prediction = classify(nli(folder, max_tokens=512), [" ".join(SENTENCES * 9)])[0]
        assert sum(prediction.scores.values()) == pytest.approx(1)

    def test_a_megabyte_costs_no_more_than_a_page(self, folder: Path) -> None:
        backend = nli(folder)
        classify(backend, SENTENCES)
        start = time.perf_counter()
        prediction = classify(backend, ["march together " * 70_000])[0]
        assert time.perf_counter() - start < 0.5
        assert prediction.usage.truncated == 1

    def test_counts_the_tokens_of_all_pairs(self, folder: Path) -> None:
        one = classify(nli(folder, ONE_EACH), ["Prices will fall."])[0].usage.tokens
        tokenizer = TorchClassifier(folder).model.tokenizer
        assert one == sum(len(tokenizer.encode("Prices will fall.", own[0]).ids) for own in HYPOTHESES.values())

    def test_a_hypothesis_that_leaves_no_room_fails_at_load(self, folder: Path) -> None:
        labels = LabelSet(name="x", labels=(Label(name="a", hypotheses=("march " * 40,)), Label(name="b")))
        with pytest.raises(ModelError, match=r"leaves no room for the sentence within 16"):
            nli(folder, labels, max_tokens=16)


def test_a_model_that_answers_nonsense_is_a_failure_and_no_guess(tiny_bert: Path, tmp_path: Path) -> None:
    backend = nli(tiny_bert, runtime="torch")
    backend.model.model.forward.tensors["classifier.bias"][0] = float("nan")  # type: ignore[attr-defined]
    prediction = classify(backend, SENTENCES[:1])[0]
    assert prediction.failure is not None
    assert prediction.failure.kind == "invalid_response"
    assert prediction.scores == {}


def test_flags_of_extreme_logits_do_not_overflow(tiny_bert: Path) -> None:
    backend = nli(tiny_bert, runtime="torch")
    backend.model.model.forward.tensors["classifier.bias"][0] = 1e6  # type: ignore[attr-defined]
    assert classify(backend, SENTENCES[:1])[0].flags["attributed"] == pytest.approx(0)


class TestEntailmentColumn:
    @pytest.mark.parametrize(
        ("names", "wanted", "column"),
        [
            (["neutral", "entailment", "contradiction"], None, 1),
            (["entailment", "not_entailment"], None, 0),
            (["not_entailment", "entailment"], None, 1),
            (["contradiction", "entailment", "neutral"], None, 1),
            (["CONTRADICTION", "NEUTRAL", "ENTAILMENT"], None, 2),
            (["LABEL_0", "LABEL_1", "LABEL_2"], 2, 2),
            (["LABEL_0", "LABEL_1", "LABEL_2"], "label_1", 1),
            (["yes", "no"], "yes", 0),
            (["entailment", "neutral"], 1, 1),
        ],
    )
    def test_right(self, names: list[str], wanted: str | int | None, column: int) -> None:
        assert entailment_column(dict(enumerate(names)), wanted) == column

    @pytest.mark.parametrize(
        ("names", "wanted"),
        [
            (["LABEL_0", "LABEL_1", "LABEL_2"], None),
            (["negative", "positive"], None),
            (["contradiction", "entailment", "neutral"], 3),
            (["contradiction", "entailment", "neutral"], -1),
            (["contradiction", "entailment", "neutral"], "entails"),
            (["entailment", "entailed"], None),
        ],
    )
    def test_wrong(self, names: list[str], wanted: str | int | None) -> None:
        with pytest.raises(ConfigError, match=f"0: {names[0]}"):
            entailment_column(dict(enumerate(names)), wanted)

    def test_a_single_class_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="single class"):
            entailment_column({0: "entailment"})

    def test_the_order_of_classes_does_not_matter(self, tmp_path: Path) -> None:
        """The same random head under other names puts another column's logit in."""
        names = {0: "neutral", 1: "contradiction", 2: "entailment"}
        folder = save_bert(tmp_path / "m", names)
        expected = logits(folder, SENTENCES[:1], tuple(own[0] for own in HYPOTHESES.values()))[0, :, 2]
        found = classify(nli(folder, ONE_EACH), SENTENCES[:1])[0].scores
        assert list(found.values()) == pytest.approx(torch.softmax(torch.tensor(expected), 0).numpy(), abs=1e-6)

    def test_a_model_that_does_not_name_its_classes_is_refused(self, tmp_path: Path) -> None:
        folder = save_bert(tmp_path / "m", {i: f"LABEL_{i}" for i in range(3)})
        with pytest.raises(ConfigError, match="LABEL_0"):
            nli(folder)

    @pytest.mark.parametrize("yaml", ["entailment: true", "entailment: 1.0", "device: gpu", "max_tokens: 8"])
    def test_bad_settings(self, tmp_path: Path, yaml: str) -> None:
        path = tmp_path / "b.yaml"
        path.write_text(f"kind: nli\nmodel: {{hub: a/b}}\n{yaml}\n")
        with pytest.raises(ConfigError, match=yaml.partition(":")[0]):
            load_backend(path)


def test_any_label_set_works(tiny_bert: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(f"kind: nli\nmodel: {{folder: {tiny_bert}}}\n")
    backend = load_backend(path, labels="checkworthiness")
    prediction = backend.classify([Sentence("a", 0, 4, "One.")])[0]
    assert list(prediction.scores) == ["checkworthy", "unimportant_claim", "not_a_claim"]
    assert backend.config.name == "b"


def test_identity_names_the_weights(tiny_bert: Path, tmp_path: Path) -> None:
    other = save_bert(tmp_path / "m", seed=5)
    identities: list[Mapping[str, str]] = [nli(folder).identity() for folder in (tiny_bert, tiny_bert, other)]
    assert identities[0] == identities[1]
    assert identities[0] != identities[2]


def test_names_are_those_of_the_model(tiny_roberta: Path) -> None:
    assert nli(tiny_roberta).model.id2label == THREE_WAY
