"""Figures of probabilities against scikit-learn, on the rows and on every draw of documents."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_rows import CLASSES, invented, repeated
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from toolkit.evaluation.probabilities import Auroc, Ece, ProbabilityFigures, equal_mass, log_losses
from toolkit.evaluation.reliability import reliability
from toolkit.evaluation.scored import Scored


def expected(rows: Scored) -> dict[str, float]:
    """What scikit-learn says."""
    figures = {
        "log_loss": log_loss(rows.gold, rows.scores, labels=range(4)),
        "brier": brier_score_loss(rows.gold, rows.scores, labels=range(4), scale_by_half=False),
    }
    for position, name in enumerate(CLASSES):
        positive = rows.gold == position
        both = 0 < positive.sum() < len(rows)
        figures[f"auroc:{name}"] = roc_auc_score(positive, rows.scores[:, position]) if both else np.nan
    return figures


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4))
def test_each_draw_equals_scikit_learn(seed: int, used: int, digits: int) -> None:
    scored = invented(seed, used=used, digits=digits)
    documents = scored.documents
    weights = np.random.default_rng(seed).multinomial(documents, [1 / documents] * documents, size=3)
    found = ProbabilityFigures(scored)(weights.astype(float))
    for number, draw in enumerate(weights):
        for name, value in expected(repeated(scored, draw)).items():
            assert found[name][number] == pytest.approx(value, nan_ok=True), name


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_ece_is_that_of_scikit_learns_calibration_curve(seed: int, digits: int) -> None:
    draw = np.random.default_rng(seed)
    confidence = draw.random(120).round(digits)
    happened = draw.random(120) < confidence
    accuracy, mean = calibration_curve(happened, confidence, n_bins=10, strategy="quantile")
    bins = reliability(confidence, happened)
    assert [one["accuracy"] for one in bins] == pytest.approx(list(accuracy))
    assert [one["confidence"] for one in bins] == pytest.approx(list(mean))
    gap = sum(one["n"] * abs(one["accuracy"] - one["confidence"]) for one in bins) / 120
    assert Ece(confidence, happened, np.arange(120))(np.ones((1, 120)))[0] == pytest.approx(gap)


def test_a_draw_weighs_the_gaps_of_each_bin() -> None:
    confidence = np.repeat([0.2, 0.9], 10)
    happened = np.r_[np.zeros(10), np.ones(5), np.zeros(5)].astype(bool)
    ece = Ece(confidence, happened, np.repeat([0, 1], 10))
    assert ece(np.array([[1, 1], [2, 0], [0, 2]], dtype=float)) == pytest.approx([0.3, 0.2, 0.4])


def test_rows_of_the_same_confidence_share_a_bin() -> None:
    place, edges = equal_mass(np.full(50, 0.7))
    assert set(place) == {0}
    assert list(edges) == pytest.approx([0.7, 0.7])


def test_bins_hold_equally_many_rows() -> None:
    place, edges = equal_mass(np.random.default_rng(0).random(1000))
    assert set(np.bincount(place)) == {100}
    assert (np.diff(edges) > 0).all()


def test_a_probability_of_nought_is_not_infinitely_bad() -> None:
    losses = log_losses(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1]))
    assert losses == pytest.approx([0, -np.log(1e-6)], abs=1e-5)


@pytest.mark.parametrize("size", [5, 60])
def test_auroc_of_scores_that_say_nothing_is_a_half(size: int) -> None:
    positive = np.arange(size) % 3 == 0
    assert Auroc(np.ones(size), positive, np.arange(size))(np.ones((1, size)))[0] == 0.5


def test_a_failed_row_counts_as_uniform_and_wrong() -> None:
    scored = invented(3, missing=1)
    failed = scored.take(scored.failed)
    found = ProbabilityFigures(failed)(np.ones((1, failed.documents)))
    assert found["log_loss"][0] == pytest.approx(np.log(4))
    assert found["brier"][0] == pytest.approx(0.75)
    assert found["ece"][0] == pytest.approx(0.25)
