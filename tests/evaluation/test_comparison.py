from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sample_rows import invented
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score
from statsmodels.stats.multitest import multipletests

from toolkit.evaluation.comparison import compare
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.scored import Scored

OPTIONS = Bootstrap(resamples=500)


def backends(*rights: float, documents: int = 40, rows: int = 300) -> dict[str, Scored]:
    """Backends that are right as often as given, on the same rows."""
    first = invented(0, rows=rows, documents=documents, right=rights[0])
    found = {"b0": first}
    for number, right in enumerate(rights[1:], start=1):
        other = invented(number, rows=rows, right=right)
        draw = np.random.default_rng(number)
        answer = np.where(draw.random(rows) < right, first.gold, other.answer)
        found[f"b{number}"] = replace(first, answer=answer, top=np.minimum(answer, 3))
    return found


def f1(scored: Scored) -> float:
    return float(f1_score(scored.gold, scored.answer, labels=range(4), average="macro", zero_division=0))


def test_differences_are_those_of_scikit_learns_figures() -> None:
    found = backends(0.5, 0.7, 0.6)
    comparisons, _ = compare(found, "g", OPTIONS)
    assert [(one["a"], one["b"]) for one in comparisons] == [("b0", "b1"), ("b0", "b2"), ("b1", "b2")]
    for one in comparisons:
        a, b = found[one["a"]], found[one["b"]]
        assert one["macro_f1"]["value"] == pytest.approx(f1(a) - f1(b))
        right = [accuracy_score(x.gold, x.answer) for x in (a, b)]
        assert one["accuracy"]["value"] == pytest.approx(right[0] - right[1])
        assert one["n"] == 300


def test_mcnemar_is_the_binomial_test_of_the_rows_that_only_one_has_right() -> None:
    found = backends(0.5, 0.6)
    (one,), _ = compare(found, "g", OPTIONS)
    a, b = (x.gold == x.answer for x in found.values())
    assert one["mcnemar"]["a_only"] == (a & ~b).sum()
    assert one["mcnemar"]["b_only"] == (b & ~a).sum()
    theirs = stats.binomtest(int((a & ~b).sum()), int((a != b).sum())).pvalue
    assert one["mcnemar"]["p"] == pytest.approx(theirs)


def test_p_values_are_adjusted_over_all_pairs() -> None:
    comparisons, _ = compare(backends(0.5, 0.52, 0.55, 0.6), "g", OPTIONS)
    for values, adjusted in (
        ([one["p"] for one in comparisons], [one["p_holm"] for one in comparisons]),
        ([one["mcnemar"]["p"] for one in comparisons], [one["mcnemar"]["p_holm"] for one in comparisons]),
    ):
        assert adjusted == pytest.approx(list(multipletests(values, method="holm")[1]))


def test_the_same_answers_cannot_be_told_apart() -> None:
    one = invented(0, rows=200, documents=30)
    (pair,), detectable = compare({"x": one, "y": one}, "g", OPTIONS)
    assert pair["macro_f1"] == {"value": 0, "interval": [0, 0]}
    assert (pair["p"], pair["mcnemar"]["p"]) == (1, 1)
    assert pair["words"].startswith("x and y cannot be told apart: they differ by 0.0 points")
    assert detectable["basis"].startswith("two unrelated models")


def test_pairing_sees_what_separate_intervals_do_not() -> None:
    """Two backends that differ on a few rows only: the interval of the difference is far narrower than their own."""
    first = invented(1, rows=400, documents=60, right=0.6)
    wrong = np.flatnonzero(first.answer != first.gold)[::6]
    answer = first.answer.copy()
    answer[wrong] = first.gold[wrong]
    (pair,), _ = compare({"x": first, "y": replace(first, answer=answer)}, "g", OPTIONS)
    low, high = pair["macro_f1"]["interval"] or (0, 0)
    assert high < 0
    assert high - low < 0.06
    assert pair["words"].startswith("y is better than x by ")


def test_what_a_set_can_tell_apart_shrinks_with_its_size() -> None:
    figures = []
    for documents, rows in ((40, 300), (160, 1200)):
        _, detectable = compare(backends(0.5, 0.6, documents=documents, rows=rows), "g", OPTIONS)
        assert detectable["macro_f1"] is not None
        assert f"closer than {100 * detectable['macro_f1']:.1f} points" in detectable["words"]
        figures.append(detectable["macro_f1"])
    assert figures[0] / figures[1] == pytest.approx(2, rel=0.35)


def test_the_detectable_difference_is_found_four_times_out_of_five() -> None:
    """Means of normal differences, for which power has a closed form; see `statsmodels.stats.power`."""
    from statsmodels.stats.power import TTestPower

    (pair,), _ = compare(backends(0.5, 0.6), "g", Bootstrap(4000))
    interval = pair["macro_f1"]["interval"]
    assert interval is not None
    assert pair["detectable"] is not None
    error = (interval[1] - interval[0]) / 2 / stats.t.ppf(0.975, pair["documents"] - 1)
    effect = pair["detectable"] / error / np.sqrt(pair["documents"])
    assert TTestPower().power(effect, pair["documents"], 0.05) == pytest.approx(0.8, abs=0.05)


def test_one_backend_has_no_pairs() -> None:
    pairs, detectable = compare(backends(0.5), "g", OPTIONS)
    assert pairs == []
    assert detectable["macro_f1"] is not None


def test_too_few_documents() -> None:
    pairs, detectable = compare(backends(0.5, 0.9, documents=3), "g", OPTIONS)
    assert (pairs[0]["p"], pairs[0]["p_holm"], pairs[0]["detectable"]) == (None, None, None)
    assert "cannot be compared" in pairs[0]["words"]
    assert detectable["macro_f1"] is None


def test_figures_that_never_vary_say_nothing_of_what_can_be_told_apart() -> None:
    plain = invented(0, rows=200, documents=30)
    perfect = replace(plain, answer=plain.gold, top=plain.gold)
    _, detectable = compare({"x": perfect, "y": perfect}, "g", OPTIONS)
    assert detectable["macro_f1"] is None
    assert "closer than" not in detectable["words"]
    assert "do not vary" in detectable["words"]
