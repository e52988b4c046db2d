from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sample_rows import invented, repeated

from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.scored import Scored
from toolkit.evaluation.selective import risk_coverage, thresholds

OPTIONS = Bootstrap(resamples=200)


def certain(confidence: list[float], right: list[bool]) -> Scored:
    """Rows with these confidences, right or wrong."""
    n = len(right)
    rows = invented(0, rows=n, documents=10_000, missing=0)
    level = np.array(confidence)
    scores = np.stack([level, *[(1 - level) / 3] * 3], axis=1)
    top = np.zeros(n, dtype=int)
    gold = np.where(right, 0, 1)
    return replace(rows, gold=gold, answer=top, top=top, scores=scores, document=np.arange(n))


def by_hand(scored: Scored) -> float:
    """Mean, over the rows, of the risk among all that are at least as certain."""
    wrong = scored.top != scored.gold
    return float(np.mean([wrong[scored.confidence >= one].mean() for one in scored.confidence]))


@pytest.mark.parametrize("seed", range(5))
def test_aurc_is_the_mean_risk(seed: int) -> None:
    scored = invented(seed, missing=0)
    curve = risk_coverage(scored, OPTIONS)
    assert curve is not None
    assert curve["aurc"]["value"] == pytest.approx(by_hand(scored))


@pytest.mark.parametrize("seed", range(5))
def test_aurc_of_a_draw_is_that_of_the_rows_it_stands_for(seed: int) -> None:
    from toolkit.evaluation.selective import _Curve

    scored = invented(seed, missing=0)
    weights = np.random.default_rng(seed).multinomial(scored.documents, [1 / scored.documents] * scored.documents)
    found = _Curve(scored).aurc(weights[None].astype(float))["aurc"][0]
    assert found == pytest.approx(by_hand(repeated(scored, weights)))


def test_the_curve_of_a_backend_that_knows_what_it_knows() -> None:
    curve = risk_coverage(certain([0.9, 0.8, 0.7, 0.6], [True, True, False, False]), OPTIONS)
    assert curve is not None
    assert curve["coverage"] == [0.25, 0.5, 0.75, 1]
    assert curve["risk"] == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert curve["threshold"] == pytest.approx([0.9, 0.8, 0.7, 0.6])


def test_rows_of_one_confidence_are_covered_together() -> None:
    curve = risk_coverage(certain([0.9, 0.5, 0.5], [True, False, True]), OPTIONS)
    assert curve is not None
    assert (curve["coverage"], curve["risk"]) == ([1 / 3, 1], [0, 1 / 3])


def test_failed_rows_are_never_covered() -> None:
    scored = certain([0.9, 0.8, 0.7, 0.25], [True, True, True, False])
    curve = risk_coverage(replace(scored, failed=np.array([False, False, False, True])), OPTIONS)
    assert curve is not None
    assert (curve["coverage"][-1], curve["risk"][-1]) == (0.75, 0)


def test_all_failed() -> None:
    scored = invented(0, missing=0)
    none = replace(scored, failed=np.ones(len(scored), dtype=bool))
    assert risk_coverage(none, OPTIONS) is None
    assert thresholds(none, [0.9])[0]["coverage"] is None


def test_long_curves_are_thinned_but_keep_their_ends() -> None:
    scored = invented(1, rows=3000, missing=0, digits=6)
    curve = risk_coverage(scored, OPTIONS)
    assert curve is not None
    assert len(curve["coverage"]) == len(curve["risk"]) == len(curve["threshold"]) == 200
    assert curve["coverage"][-1] == 1
    assert curve["risk"][-1] == pytest.approx((scored.top != scored.gold).mean())


def test_thresholds_label_as_much_as_they_can() -> None:
    right = [True, True, False, True, True, True, False, False]
    scored = certain([0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5], right)
    rows = thresholds(scored, [0.5, 0.8, 0.99])
    assert [(row["n"], row["threshold"]) for row in rows] == [(8, 0.5), (6, 0.65), (2, 0.85)]
    assert rows[1]["accuracy"] == pytest.approx(5 / 6)
    assert rows[1]["words"] == (
        "To be right 80 % of the time, label 75 % of sentences: those with a probability of 0.65 or more."
    )
    low, high = rows[1]["interval"] or (0, 0)
    assert low < 5 / 6 < high


def test_a_wanted_accuracy_out_of_reach() -> None:
    row = thresholds(certain([0.9, 0.8], [False, True]), [0.9])[0]
    assert (row["threshold"], row["n"], row["words"]) == (None, 0, "No threshold makes it right 90 % of the time.")
