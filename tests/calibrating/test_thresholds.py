from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.calibrating.thresholds import LEAST, conformal_quantile, f1_threshold, precision_threshold

answers = st.lists(st.tuples(st.sampled_from([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]), st.booleans()), max_size=60)


@given(answers, st.sampled_from([0.5, 0.8, 0.95]))
def test_the_lowest_threshold_with_the_wanted_precision(rows: list[tuple[float, bool]], wanted: float) -> None:
    probs, right = np.array([p for p, _ in rows]), np.array([r for _, r in rows], dtype=bool)
    good = [cut for cut in sorted({*probs}) if (probs >= cut).sum() >= LEAST and right[probs >= cut].mean() >= wanted]
    found = precision_threshold(probs, right, wanted)
    if not good:
        assert found is None
    else:
        assert found is not None
        assert (probs >= found).tolist() == (probs >= good[0]).tolist()


def test_all_good_enough_means_no_threshold() -> None:
    assert precision_threshold(np.linspace(0.4, 1, 20), np.ones(20, dtype=bool), 0.95) == 0.0


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=40))
def test_the_flag_gets_the_best_expected_f1(values: list[float]) -> None:
    probs = np.array(values)

    def expected(cut: float) -> float:
        said = probs >= cut
        return float(2 * probs[said].sum() / (said.sum() + probs.sum()))

    assert expected(f1_threshold(probs)) == pytest.approx(max(expected(cut) for cut in probs))


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.25])
def test_a_new_row_stays_under_the_quantile_as_often_as_promised(alpha: float) -> None:
    draw = np.random.default_rng(3)
    covered = [draw.random() <= conformal_quantile(draw.random(39), alpha) for _ in range(20_000)]
    # With 39 rows and these alphas (n + 1)(1 - alpha) is whole, so the coverage is exact.
    assert np.mean(covered) == pytest.approx(1 - alpha, abs=0.008)


def test_too_few_rows_for_an_alpha_rule_nothing_out() -> None:
    assert conformal_quantile(np.array([0.2, 0.1]), 0.1) == 1.0


def test_the_quantile_is_one_of_the_rows() -> None:
    assert conformal_quantile(np.arange(1, 20) / 20, 0.1) == 18 / 20
