"""The bootstrap engine, against scipy's and against what one can work out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sample_rows import invented
from scipy import stats

from toolkit.evaluation.counts import accuracy, cubes_of
from toolkit.evaluation.figures import headline
from toolkit.evaluation.intervals import CELLS, Bootstrap, Drawn, Figures, Floats, Statistic, draw, p_value

ONES = np.ones(60, dtype=np.int64)


def mean_of(values: Floats) -> Statistic:
    return lambda weights: {"mean": weights @ values / weights.sum(axis=1)}


def mean(values: Floats, *, resamples: int = 4000, seed: int = 0) -> Drawn:
    return draw(mean_of(values), np.ones(len(values), dtype=np.int64), Bootstrap(resamples, seed))["mean"]


def interval(drawn: Drawn) -> list[float]:
    found = drawn.estimate["interval"]
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(3))
def test_with_many_documents_it_is_the_bca_interval_of_scipy(seed: int) -> None:
    """With few, the levels are expanded, which scipy does not do."""
    values = np.random.default_rng(seed).lognormal(sigma=1.5, size=400)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=10_000, method="BCa", rng=np.random.default_rng(1))
    low, high = theirs.confidence_interval
    assert interval(mean(values, resamples=10_000)) == pytest.approx([low, high], abs=0.06 * (high - low))


@pytest.mark.parametrize("seed", range(3))
def test_for_a_mean_it_is_students_interval(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=60)
    theirs = stats.t.interval(0.95, 59, values.mean(), stats.sem(values))
    drawn = mean(values, resamples=20_000)
    assert interval(drawn) == pytest.approx(list(theirs), abs=0.03)
    assert drawn.error == pytest.approx(stats.sem(values), rel=0.03)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.2, 0.3])
def test_for_a_mean_the_p_value_is_that_of_the_t_test(shift: float) -> None:
    values = np.random.default_rng(5).normal(size=60)
    values += shift - values.mean()
    theirs = stats.ttest_1samp(values, 0).pvalue
    assert p_value(mean(values, resamples=20_000)) == pytest.approx(theirs, abs=0.02)


@pytest.mark.parametrize("seed", range(40))
def test_p_is_below_5_percent_exactly_where_the_interval_leaves_out_nought(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.exponential(size=30) - 1 + generator.choice([0.3, 0.5, -0.4])
    drawn = mean(values, resamples=2000)
    low, high = interval(drawn)
    p = p_value(drawn)
    assert p is not None
    if abs(p - 0.05) > 0.002:
        assert (p < 0.05) == (low > 0 or high < 0)


def test_a_p_value_is_no_finer_than_the_draws() -> None:
    assert p_value(mean(np.full(30, 5.0) + np.arange(30), resamples=999)) == pytest.approx(2 / 1000)


def test_a_difference_that_never_varies() -> None:
    assert p_value(mean(np.ones(20), resamples=999)) == 2 / 1000


def test_no_difference_at_all() -> None:
    drawn = mean(np.zeros(20))
    assert (p_value(drawn), interval(drawn)) == (1, [0, 0])


def test_units_that_stand_for_many_documents() -> None:
    """Thirty documents of two kinds: folded or one by one, the same intervals."""
    values = np.r_[np.zeros(10), np.ones(20)]
    single = interval(mean(values, resamples=20_000))
    counts = np.array([10, 20])
    folded = draw(mean_of(np.array([0.0, 1.0])), counts, Bootstrap(20_000))["mean"]
    assert interval(folded) == pytest.approx(single, abs=0.034)  # one document of thirty
    assert folded.error == pytest.approx(np.sqrt(2 / 9 / 29), rel=0.03)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).normal(size=30)
    found = [interval(mean(values, resamples=300, seed=seed)) for seed in (4, 4, 5)]
    assert found[0] == found[1] != found[2]


def test_blocks_of_draws_change_nothing() -> None:
    values = np.random.default_rng(0).normal(size=60)
    blocks: list[int] = []

    def statistic(weights: Floats) -> Figures:
        blocks.append(len(weights))
        return mean_of(values)(weights)

    drawn = draw(statistic, ONES, Bootstrap(300), width=CELLS // 7)["mean"]
    assert max(blocks) == 7
    assert interval(drawn) == pytest.approx(interval(mean(values, resamples=300)))


def test_documents_are_drawn_and_not_sentences() -> None:
    """Twenty documents, each wholly right or wholly wrong: as uncertain as twenty sentences, however long they are."""
    scored = invented(0, rows=1000, documents=20, missing=0)
    half = replace(scored, answer=np.where(scored.document < 10, scored.gold, (scored.gold + 1) % 4))
    clustered = headline(half, Bootstrap())[1]["interval"]
    alone = headline(replace(half, document=np.arange(1000)), Bootstrap())[1]["interval"]
    assert clustered is not None
    assert alone is not None
    assert clustered[1] - clustered[0] == pytest.approx(2 * 2.09 * np.sqrt(0.25 / 19), rel=0.15)
    assert alone[1] - alone[0] == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 1000), rel=0.15)


def test_too_few_documents_have_none() -> None:
    drawn = mean(np.arange(4.0))
    assert drawn.estimate == {"value": 1.5, "interval": None}
    assert p_value(drawn) is None
    assert np.isnan(drawn.error)


def test_a_figure_that_most_draws_do_not_define_has_none() -> None:
    def statistic(weights: Floats) -> Figures:
        return {"rare": np.where(weights[:, 0] > 1, 1.0, np.nan) if len(weights) > 1 else np.ones(1)}

    assert draw(statistic, ONES, Bootstrap(500))["rare"].estimate == {"value": 1, "interval": None}


def test_draws_that_lack_a_class_are_left_out() -> None:
    """Of fifteen sentences one is the only one of its class, and is right: no draw may say otherwise."""
    gold = np.array([0] * 14 + [1])
    scored = replace(invented(0, rows=15, missing=0), gold=gold, answer=gold, document=np.arange(15))
    macro_f1, right = headline(scored, Bootstrap())
    assert macro_f1 == right == {"value": 1, "interval": [1, 1]}


def test_it_is_around_the_figure() -> None:
    for seed in range(10):
        cubes = cubes_of([invented(seed, rows=40, documents=8, right=0.97)])
        drawn = draw(lambda weights, c=cubes: {"x": accuracy(c.totals(weights))}, cubes.counts, Bootstrap(500))["x"]  # type: ignore[misc]
        low, high = interval(drawn)
        assert 0 <= low <= drawn.value <= high <= 1
