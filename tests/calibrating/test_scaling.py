from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored_rows import softmax, world
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from toolkit.calibrating.scaling import fit_scaling, mean_score_bias


def test_finds_the_temperature_and_the_biases_that_made_the_labels() -> None:
    rows = world(20_000, temperature=2.0, bias=(1.0, 0.0, -1.0))
    slope, bias = fit_scaling(np.log(rows.scores()), rows.right, slope=True, bias=True)
    assert 1 / slope == pytest.approx(2.0, rel=0.03)
    assert bias == pytest.approx([1.0, 0.0, -1.0], abs=0.05)
    assert bias.sum() == pytest.approx(0, abs=1e-6)


def test_two_classes_are_logistic_regression() -> None:
    draw = np.random.default_rng(1)
    odds = draw.normal(scale=2, size=5000)
    right = draw.random(5000) < 1 / (1 + np.exp(0.7 - 1.5 * odds))
    slope, (low, high) = fit_scaling(np.outer(odds, [-0.5, 0.5]), right.astype(np.int64), slope=True, bias=True)
    model = LogisticRegression(C=1e9).fit(odds[:, None], right)
    assert slope == pytest.approx(model.coef_[0, 0], rel=0.01)
    assert high - low == pytest.approx(model.intercept_[0], abs=0.01)


@pytest.mark.parametrize(("slope", "bias"), [(True, False), (False, True), (False, False)])
def test_what_is_not_asked_for_stays(slope: bool, bias: bool) -> None:
    rows = world(500)
    found = fit_scaling(np.log(rows.scores()), rows.right, slope=slope, bias=bias)
    assert (found.slope != 1.0) is slope
    assert bool(found.bias.any()) is bias


@settings(deadline=None)  # the first call imports and warms up
@given(st.integers(0, 10_000), st.integers(3, 60))
def test_never_worse_than_before_on_the_rows_themselves(seed: int, n: int) -> None:
    rows = world(n, seed=seed)
    logits = np.log(rows.scores())
    slope, bias = fit_scaling(logits, rows.right, slope=True, bias=True)
    before, after = (log_loss(rows.right, softmax(x), labels=range(3)) for x in (logits, slope * logits + bias))
    assert after <= before + 1e-9


def test_a_label_that_never_occurs_keeps_a_finite_bias() -> None:
    rows = world(400)
    right = np.where(rows.right == 2, 0, rows.right)
    _, bias = fit_scaling(np.log(rows.scores()), right, slope=True, bias=True)
    assert -10 < bias[2] < -1


def test_a_bias_from_the_mean_score_evens_the_labels_out() -> None:
    scores = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1]])
    bias = mean_score_bias(scores)
    assert np.exp(bias[1] - bias[0]) == pytest.approx(0.7 / 0.2)
    assert bias.sum() == pytest.approx(0)
    assert softmax(np.log(scores.mean(axis=0)) + bias) == pytest.approx([1 / 3] * 3)
