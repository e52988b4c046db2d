"""The figures with intervals are those of the metric classes, which scikit-learn computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sample_rows import CLASSES, invented
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from toolkit.evaluation import metrics
from toolkit.evaluation.figures import confusion, flag_of, scores_of
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.schema import Estimate

OPTIONS = Bootstrap(resamples=200)
NAMES = [*CLASSES, metrics.NO_LABEL]


@pytest.mark.parametrize("seed", range(4))
def test_the_figures_are_those_of_the_metric_classes(seed: int) -> None:
    scored = invented(seed, rows=150)
    found = scores_of(scored, OPTIONS)
    gold, answers = [NAMES[i] for i in scored.gold], [NAMES[i] for i in scored.answer]
    expected = metrics.compute(answers, gold, CLASSES)
    for name in ("macro_f1", "accuracy", "mcc"):
        assert found[name]["value"] == pytest.approx(expected[name])  # type: ignore[literal-required]
    for label in CLASSES:
        for name in ("precision", "recall", "f1"):
            assert found["per_label"][label][name]["value"] == pytest.approx(expected["per_label"][label][name])  # type: ignore[literal-required]
        assert found["per_label"][label]["support"] == expected["per_label"][label]["support"]
    assert confusion(scored) == expected["confusion"]


@pytest.mark.parametrize("seed", range(4))
def test_the_probability_figures_are_those_of_the_metric_classes(seed: int) -> None:
    scored = invented(seed, rows=150, missing=0)
    found = scores_of(scored, OPTIONS)
    gold = [CLASSES[i] for i in scored.gold]
    expected: dict[str, float] = {}
    for metric in metrics.PROBABILITY_METRICS:
        expected |= metric().compute(predictions=scored.scores.tolist(), references=gold, labels=list(CLASSES))
    for name in ("log_loss", "brier", "ece"):
        assert found[name]["value"] == pytest.approx(expected[name])  # type: ignore[literal-required]
    aurocs = {label: found["per_label"][label]["auroc"]["value"] for label in CLASSES}
    assert aurocs == pytest.approx(expected["auroc"])


@pytest.mark.parametrize("seed", range(3))
def test_intervals_are_around_their_figures(seed: int) -> None:
    found = scores_of(invented(seed, rows=200, documents=30), OPTIONS)
    estimates: list[Estimate] = [found[name] for name in ("macro_f1", "accuracy", "mcc", "log_loss", "brier", "ece")]  # type: ignore[literal-required]
    estimates += [one[name] for one in found["per_label"].values() for name in ("precision", "recall", "f1", "auroc")]  # type: ignore[literal-required]
    for one in estimates:
        assert one["value"] is not None
        assert one["interval"] is not None
        assert one["interval"][0] <= one["value"] <= one["interval"][1]


def test_a_class_without_gold_has_no_figures() -> None:
    found = scores_of(invented(0, used=3, missing=0), OPTIONS)["per_label"]["d"]
    nothing = {"value": None, "interval": None}
    assert (found["recall"], found["f1"], found["auroc"], found["support"]) == (nothing, nothing, nothing, 0)


def test_the_flag() -> None:
    scored = invented(1, rows=120)
    told = scored.flag_answer >= 0
    found = flag_of(scored, OPTIONS)
    assert found is not None
    assert found["covered"] is not None
    answer = np.where(told, scored.flag_answer, 0)
    for name, score in {"precision": precision_score, "recall": recall_score, "f1": f1_score}.items():
        assert found["all_rows"][name]["value"] == pytest.approx(score(scored.flag, answer))  # type: ignore[literal-required]
        covered = score(scored.flag[told], scored.flag_answer[told])
        assert found["covered"][name]["value"] == pytest.approx(covered)  # type: ignore[literal-required]
    auroc = roc_auc_score(scored.flag[told], scored.flag_score[told])
    assert found["covered"]["auroc"]["value"] == pytest.approx(auroc)
    assert sum(map(sum, found["confusion"])) == 120
    assert sum(one["n"] for one in found["reliability"]) == told.sum()


def test_rows_whose_gold_does_not_tell_the_flag_are_left_out() -> None:
    scored = invented(1, rows=120)
    half = replace(scored, flag=np.where(np.arange(120) < 60, scored.flag, -1))
    found = flag_of(half, OPTIONS)
    assert found is not None
    assert found["all_rows"]["n"] == 60


@pytest.mark.parametrize("field", ["flag", "flag_answer"])
def test_a_flag_that_nobody_tells(field: str) -> None:
    scored = invented(1)
    assert flag_of(replace(scored, **{field: np.full(len(scored), -1)}), OPTIONS) is None
