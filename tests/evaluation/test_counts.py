"""Every draw is what scikit-learn makes of the rows that it stands for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sample_rows import CLASSES, invented, repeated
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef, precision_score, recall_score

from toolkit.evaluation.counts import count_figures, cubes_of, macro_f1
from toolkit.evaluation.scored import Scored

FIGURES = {"precision": precision_score, "recall": recall_score, "f1": f1_score}


def figures(scored: Scored, weights: np.ndarray) -> dict[str, np.ndarray]:
    """As drawn, but without folding documents, so that weights are theirs."""
    cubes = cubes_of([scored])
    assume(len(cubes.counts) == scored.documents)  # documents that are alike would be one unit
    order = unfolded(scored)
    return count_figures(cubes.totals(weights[:, order]), cubes.present, CLASSES)


def unfolded(scored: Scored) -> np.ndarray:
    """Which document each unit is."""
    matrices = np.zeros((scored.documents, len(CLASSES), len(CLASSES) + 1))
    np.add.at(matrices, (scored.document, scored.gold, scored.answer), 1)
    units = cubes_of([scored]).matrices[0]
    return np.array([next(i for i, one in enumerate(matrices) if np.array_equal(one, unit)) for unit in units])


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 4))
def test_each_draw_equals_scikit_learn(seed: int, used: int) -> None:
    scored = invented(seed, used=used)
    weights = np.random.default_rng(seed).multinomial(scored.documents, [1 / scored.documents] * scored.documents, 3)
    found = figures(scored, weights.astype(float))
    present = set(scored.gold)
    for number, draw in enumerate(weights):
        rows = repeated(scored, draw)
        options = {"labels": sorted(present), "zero_division": 0}
        if set(rows.gold) == present:
            expected = f1_score(rows.gold, rows.answer, average="macro", **options)
            assert found["macro_f1"][number] == pytest.approx(expected)
        else:
            assert np.isnan(found["macro_f1"][number])
        assert found["accuracy"][number] == pytest.approx(accuracy_score(rows.gold, rows.answer))
        assert found["mcc"][number] == pytest.approx(matthews_corrcoef(rows.gold, rows.answer))
        for name, score in FIGURES.items():
            each = score(rows.gold, rows.answer, labels=range(4), average=None, zero_division=np.nan)
            each[~np.isin(range(4), rows.gold) & (name != "precision")] = np.nan
            assert [found[f"{name}:{label}"][number] for label in CLASSES] == pytest.approx(list(each), nan_ok=True)


def test_alike_documents_are_one_unit() -> None:
    scored = invented(1, rows=500, documents=100_000)
    cubes = cubes_of([scored])
    assert cubes.counts.sum() == scored.documents
    assert len(cubes.counts) <= 4 * 5 * 3
    whole = cubes.totals(cubes.counts[None].astype(float))[0]
    assert whole.sum() == 500


def test_folding_leaves_the_distribution_of_draws_alone() -> None:
    """The same sample, once with documents that no longer are alike since a backend that differs is beside it."""
    scored = invented(2, rows=300, documents=100_000)
    folded = cubes_of([scored])
    other = invented(3, rows=300, documents=100_000)
    both = cubes_of([scored, replace(scored, answer=other.answer)])
    assert len(both.counts) > len(folded.counts)
    spreads = []
    for cubes in (folded, both):
        n = int(cubes.counts.sum())
        weights = np.random.default_rng(0).multinomial(n, cubes.counts / n, size=4000)
        spreads.append(np.std(macro_f1(cubes.totals(weights.astype(float)), cubes.present)))
    assert spreads[0] == pytest.approx(spreads[1], rel=0.05)


def test_no_answer_at_all_scores_nought() -> None:
    scored = invented(4, missing=1)
    found = count_figures(
        cubes_of([scored]).totals(cubes_of([scored]).counts[None].astype(float)), np.arange(4), CLASSES
    )
    assert (found["macro_f1"][0], found["accuracy"][0], found["mcc"][0]) == (0, 0, 0)
    assert np.isnan(found["precision:a"][0])
