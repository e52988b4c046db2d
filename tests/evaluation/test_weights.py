"""Gold sets that were sampled with unequal chances: weighted, their figures are those of what they were drawn from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_rows import CLASSES, invented
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score, log_loss, matthews_corrcoef, roc_auc_score

from toolkit.errors import InputError
from toolkit.evaluation.figures import headline, scores_of
from toolkit.evaluation.goldset import GoldRow, GoldSet
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.report import markdown
from toolkit.evaluation.run import evaluate
from toolkit.evaluation.schemes import LabelScheme
from toolkit.evaluation.scored import Scored
from toolkit.evaluation.selective import risk_coverage, thresholds
from toolkit.evaluation.weights import weights_of
from toolkit.labelling.items import Item, Suggestion
from toolkit.labelling.sampling import Way, sample


def gold_set(*columns: dict[str, Any]) -> GoldSet:
    rows = [GoldRow(str(i), str(i), f"Text {i}.", "a", columns=one) for i, one in enumerate(columns)]
    return GoldSet("g", "test", rows, "0", LabelScheme("x", CLASSES))


def sampled(*weights: Any, way: str = "label") -> GoldSet:
    return gold_set(*({"sampled": way, "weight": one} for one in weights))


def test_weights_are_one_on_average_and_said() -> None:
    found = weights_of(sampled(1, 1, 4), wanted=True)
    assert found.values is not None
    assert found.values.tolist() == [0.5, 0.5, 2.0]
    assert found.words == (
        "Sampled by label, and weighted to be the run again: 3 rows tell as much as 2 of equal weight."
    )


@pytest.mark.parametrize(
    ("gold", "wanted", "words"),
    [
        (gold_set({"weight": 1}, {"weight": 9}), True, ""),
        (sampled(2, 2, way="random"), True, ""),
        (sampled(1, 4), False, "not weighted: its figures are those of the sample"),
        (sampled(None, None, way="uncertain"), True, "Sampled by uncertain: its figures are those of such sentences"),
        (sampled(1, None), True, "1 of 2 rows have no weight, so none is used"),
    ],
)
def test_when_rows_count_alike(gold: GoldSet, wanted: bool, words: str) -> None:
    found = weights_of(gold, wanted=wanted)
    assert found.values is None
    assert words in found.words
    assert bool(words) == bool(found.words)


@pytest.mark.parametrize("weight", [0, -1, "2", True, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(weight: Any) -> None:
    with pytest.raises(InputError, match="its weight is"):
        weights_of(sampled(1, weight), wanted=True)


@pytest.mark.parametrize("seed", range(3))
def test_weighted_figures_are_those_of_scikit_learn(seed: int) -> None:
    weight = np.random.default_rng(seed).integers(1, 6, size=80).astype(np.float64)
    scored = replace(invented(seed), weight=weight)
    found = scores_of(scored, Bootstrap(100))
    names = np.array([*CLASSES, ""])
    said = {"y_true": names[scored.gold], "y_pred": names[scored.answer], "sample_weight": weight}
    assert found["accuracy"]["value"] == pytest.approx(accuracy_score(**said))
    assert found["mcc"]["value"] == pytest.approx(matthews_corrcoef(**said))
    expected = f1_score(**said, labels=list(CLASSES), average="macro", zero_division=0)
    assert found["macro_f1"]["value"] == pytest.approx(expected)
    probable = {"labels": range(4), "sample_weight": weight}
    assert found["log_loss"]["value"] == pytest.approx(log_loss(scored.gold, scored.scores, **probable))
    brier = brier_score_loss(scored.gold, scored.scores, **probable, scale_by_half=False)
    assert found["brier"]["value"] == pytest.approx(brier)
    auroc = roc_auc_score(scored.gold == 1, scored.scores[:, 1], sample_weight=weight)
    assert found["per_label"]["b"]["auroc"]["value"] == pytest.approx(auroc)


@pytest.mark.parametrize("seed", range(5))
def test_one_answer_to_everything_has_no_correlation_with_gold_whatever_the_weights(seed: int) -> None:
    plain = invented(seed, missing=0)
    always = np.zeros(80, dtype=np.int64)
    weight = np.random.default_rng(seed).random(80) / 3
    scored = replace(plain, answer=always, top=always, weight=weight)
    assert scores_of(scored, Bootstrap(100))["mcc"]["value"] == 0


def test_a_row_of_weight_three_is_three_rows() -> None:
    """In the figures that no interval goes with, too: curve, thresholds, coverage, calibration error."""
    plain = invented(1)
    times = np.random.default_rng(1).integers(1, 4, size=80)
    thrice = plain.take(np.ones(80, dtype=np.bool_))
    again = np.repeat(np.arange(80), times)
    many = replace(
        thrice,
        **{
            name: getattr(plain, name)[again]
            for name in (
                "document", "gold", "answer", "top", "scores", "failed", "unscored",
                "flag", "flag_answer", "flag_score", "flag_unscored",
            )
        },
    )  # fmt: skip
    weighted = replace(plain, weight=times / times.mean())
    one, other = risk_coverage(weighted, Bootstrap(100)), risk_coverage(many, Bootstrap(100))
    assert one is not None
    assert other is not None
    assert one["risk"] == pytest.approx(other["risk"])
    assert one["coverage"] == pytest.approx(other["coverage"])
    assert weighted.coverage == pytest.approx(many.coverage)
    for row, same in zip(thresholds(weighted, [0.7, 0.8]), thresholds(many, [0.7, 0.8]), strict=True):
        assert row["threshold"] == same["threshold"]
        assert row["coverage"] == pytest.approx(same["coverage"])
        assert row["n"] <= same["n"]


class Population:
    """A run of 3,000 sentences in 60 documents of unlike length, whose rare labels the model gets wrong more often.

    In longer documents it is wrong more often, too.
    """

    def __init__(self) -> None:
        draw = np.random.default_rng(7)
        lengths = np.concatenate([np.full(40, 20), np.full(20, 110)])
        self.document = np.repeat(np.arange(60), lengths)
        self.gold = draw.choice(4, size=3000, p=[0.7, 0.2, 0.07, 0.03])
        right = np.array([0.95, 0.8, 0.6, 0.5])[self.gold] - 0.15 * (self.document >= 40)
        self.answer = np.where(draw.random(3000) < right, self.gold, draw.integers(4, size=3000))
        self.items = [
            Item(str(i), str(self.document[i]), "A sentence.", suggestion=Suggestion(CLASSES[self.answer[i]]))
            for i in range(3000)
        ]
        self.accuracy, self.macro_f1 = (one["value"] or 0.0 for one in reversed(headline(self.scored(), QUICK)))

    def scored(self, items: list[Item] | None = None) -> Scored:
        """All of it, or what was sampled, with the weights of the sample."""
        chosen = np.arange(3000) if items is None else np.array([int(item.id) for item in items])
        _, document = np.unique(self.document[chosen], return_inverse=True)
        nothing = np.zeros(len(chosen), dtype=np.bool_)
        return Scored(
            classes=CLASSES, document=document, gold=self.gold[chosen], answer=self.answer[chosen],
            top=self.answer[chosen], scores=np.eye(4)[self.answer[chosen]], failed=nothing, unscored=nothing,
            flag=nothing - 1, flag_answer=nothing - 1, flag_score=nothing + 0.5, flag_unscored=nothing,
            weight=None if items is None else np.array([item.weight for item in items], dtype=np.float64),
        )  # fmt: skip


QUICK = Bootstrap(100)
POPULATION = Population()


@pytest.mark.parametrize(("way", "off"), [("label", -0.1), ("document", 0.02)])
def test_weighted_estimates_are_unbiased_and_unweighted_ones_are_not(way: Way, off: float) -> None:
    weighted, unweighted, f1s, held = [], [], [], 0
    for seed in range(100):
        scored = POPULATION.scored(sample(POPULATION.items, 240, way, seed=seed))
        macro_f1, accuracy = headline(scored, Bootstrap(400, seed))
        low, high = accuracy["interval"] or (1, 0)
        held += low <= POPULATION.accuracy <= high
        weighted.append(accuracy["value"] or 0.0)
        f1s.append(macro_f1["value"] or 0.0)
        unweighted.append(float(scored.right.mean()))
    error = np.std(weighted) / np.sqrt(len(weighted))
    assert abs(np.mean(weighted) - POPULATION.accuracy) < 3.5 * error
    assert abs(np.mean(f1s) - POPULATION.macro_f1) < 0.02  # a ratio: unbiased as samples grow
    bias = np.mean(unweighted) - POPULATION.accuracy
    assert bias < off if off < 0 else bias > off
    # Documents are drawn anew in the bootstrap though all are in the sample, so intervals are rather too wide.
    assert held >= 0.9 * 100


def test_the_width_that_is_promised_for_documents_of_unlike_length() -> None:
    from toolkit.labelling.sizes import Outlook, Spread, together, unequal_weights

    documents = [item.doc for item in POPULATION.items]
    deviation = float(np.sqrt(POPULATION.accuracy * (1 - POPULATION.accuracy)))
    outlook = Outlook(
        {"accuracy": Spread(POPULATION.accuracy, deviation, 0.0)}, 60, together(documents, evenly=True), 3000, "", "",
        weighting=unequal_weights(documents),
    )  # fmt: skip
    found = [
        headline(POPULATION.scored(sample(POPULATION.items, 240, "document", seed=seed)), QUICK)[1]["value"]
        for seed in range(150)
    ]
    promised = outlook.width("accuracy", 240) or 0.0
    assert promised / 4 == pytest.approx(float(np.std(np.array(found, dtype=np.float64))), rel=0.2)


def test_an_evaluation_goes_by_weights_and_says_so(tmp_path: Path) -> None:
    rows = [("Prices will fall.", "prediction", 1), ("Rents will rise.", "opinion", 4)]
    lines = [
        {"id": str(i), "text": text, "label": label, "sampled": "label", "weight": weight}
        for i, (text, label, weight) in enumerate(rows)
    ]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "fake.yaml").write_text("kind: scripted\ndefault: prediction\n")
    config = {"name": "w", "gold": ["mine.jsonl"], "backends": ["fake.yaml"], "resamples": 100}
    (tmp_path / "e.yaml").write_text(json.dumps(config))
    found = evaluate(tmp_path / "e.yaml", tmp_path / "out")
    assert found["results"][0]["all_rows"]["accuracy"]["value"] == pytest.approx(0.2)
    assert found["results"][0]["confusion"][2][2] == 1
    assert "weighted to be the run again" in markdown(found)
    (tmp_path / "e.yaml").write_text(json.dumps(config | {"weights": False}))
    found = evaluate(tmp_path / "e.yaml", tmp_path / "plain")
    assert found["results"][0]["all_rows"]["accuracy"]["value"] == pytest.approx(0.5)
    assert "not weighted" in markdown(found)
