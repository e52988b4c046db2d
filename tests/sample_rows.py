"""Invented rows for the tests of figures."""

from __future__ import annotations

import numpy as np

from toolkit.evaluation.scored import Scored

CLASSES = ("a", "b", "c", "d")


def invented(
    seed: int,
    *,
    rows: int = 80,
    documents: int = 12,
    right: float = 0.6,
    missing: float = 0.1,
    used: int = 4,
    digits: int = 2,
) -> Scored:
    """Answers to random gold: some right, some missing, with scores that tie now and then.

    Args:
        seed: Of everything.
        rows: How many.
        documents: At most how many.
        right: Share of right answers.
        missing: Share of rows without one, half of them without scores.
        used: Classes that occur in the gold.
        digits: Decimals of scores.
    """
    draw = np.random.default_rng(seed)
    k = len(CLASSES)
    gold = draw.integers(used, size=rows)
    sharp = draw.dirichlet(np.ones(k), size=rows) * 0.5
    sharp[np.arange(rows), np.where(draw.random(rows) < right, gold, draw.integers(k, size=rows))] += 0.5
    scores = np.maximum(sharp.round(digits), 0.01)
    fate = draw.random(rows)
    failed = fate < missing / 2
    scores[failed] = 1 / k
    scores /= scores.sum(axis=1, keepdims=True)
    top = scores.argmax(axis=1)
    flag = draw.integers(2, size=rows)
    likely = np.where(draw.random(rows) < right, flag, 1 - flag) * 0.6 + 0.4 * draw.random(rows).round(1)
    _, document = np.unique(draw.integers(documents, size=rows), return_inverse=True)
    return Scored(
        classes=CLASSES,
        document=document,
        gold=gold,
        answer=np.where(fate < missing, k, top),
        top=top,
        scores=scores,
        failed=failed,
        unscored=np.zeros(rows, dtype=np.bool_),
        flag=flag,
        flag_answer=np.where(failed, -1, likely >= 0.5),
        flag_score=np.where(failed, 0.5, likely),
        flag_unscored=np.zeros(rows, dtype=np.bool_),
    )


def repeated(scored: Scored, weights: np.ndarray) -> Scored:
    """The rows of each document as often as its weight says: what a draw stands for."""
    place = np.repeat(np.arange(len(scored)), weights[scored.document].astype(int))
    return scored.take(place)  # type: ignore[arg-type]
