"""How long the paired bootstrap takes: 10,000 draws over 5 backends and 2,000 rows, against a loop over scikit-learn.

Run: python bench/statistics.py
"""

from __future__ import annotations

import time

import numpy as np
from scipy import stats
from sklearn.metrics import f1_score

from toolkit.evaluation.comparison import compare
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.scored import Scored

ROWS, DOCUMENTS, BACKENDS, DRAWS = 2000, 200, 5, 10_000
LOOP_DRAWS = 40
"""Draws of the loops, which are timed and scaled up."""


def backend(seed: int, gold: np.ndarray, document: np.ndarray) -> Scored:
    """A backend that is right three times out of four."""
    draw = np.random.default_rng(seed)
    answer = np.where(draw.random(ROWS) < 0.75, gold, draw.integers(4, size=ROWS))
    scores = np.full((ROWS, 4), 0.1)
    scores[np.arange(ROWS), answer] = 0.7
    nothing = np.full(ROWS, -1)
    return Scored(
        ("a", "b", "c", "d"),
        document,
        gold,
        answer,
        answer,
        scores,
        np.zeros(ROWS, dtype=bool),
        np.zeros(ROWS, dtype=bool),
        nothing,
        nothing,
        np.full(ROWS, 0.5),
        np.zeros(ROWS, dtype=bool),
    )


def sklearn_loop(backends: list[Scored]) -> float:
    """Seconds for all draws, by drawing documents one draw after the other."""
    draw = np.random.default_rng(0)
    members = [np.flatnonzero(backends[0].document == one) for one in range(backends[0].documents)]
    start = time.perf_counter()
    for _ in range(LOOP_DRAWS):
        rows = np.concatenate([members[one] for one in draw.integers(len(members), size=len(members))])
        for one in backends:
            f1_score(one.gold[rows], one.answer[rows], average="macro")
    return (time.perf_counter() - start) * DRAWS / LOOP_DRAWS


def scipy_pairs(backends: list[Scored]) -> float:
    """Seconds for all draws of one pair after the other, by scipy's bootstrap of rows (it cannot draw documents)."""
    a, b = backends[0], backends[1]

    def difference(gold: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
        return float(f1_score(gold, first, average="macro") - f1_score(gold, second, average="macro"))

    start = time.perf_counter()
    data = (a.gold, a.answer, b.answer)
    options = {"paired": True, "vectorized": False, "method": "percentile"}
    stats.bootstrap(data, difference, n_resamples=LOOP_DRAWS, **options)
    pairs = BACKENDS * (BACKENDS - 1) / 2
    return (time.perf_counter() - start) * DRAWS / LOOP_DRAWS * pairs


def main() -> None:
    """Time all three in one run."""
    draw = np.random.default_rng(0)
    gold = draw.integers(4, size=ROWS)
    for documents in (DOCUMENTS, ROWS):
        document = np.sort(np.arange(ROWS) % documents)
        backends = [backend(seed, gold, document) for seed in range(BACKENDS)]
        start = time.perf_counter()
        compare({str(i): one for i, one in enumerate(backends)}, "g", Bootstrap(DRAWS))
        ours = time.perf_counter() - start
        print(f"{DRAWS:,} paired draws, {BACKENDS} backends, {ROWS:,} rows in {documents:,} documents, all pairs:")
        print(f"  claimkit            {ours:8.2f} s")
        for name, seconds in {"loop over sklearn": sklearn_loop, "scipy.stats.bootstrap": scipy_pairs}.items():
            theirs = seconds(backends)
            print(f"  {name:<19} {theirs:8.0f} s  ({theirs / ours:,.0f} times as long; scaled from {LOOP_DRAWS} draws)")


if __name__ == "__main__":
    main()
