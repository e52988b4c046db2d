"""Thresholds: for a wanted precision, for the F1 of the flag, and for the coverage of label sets."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from toolkit.calibrating.scored import Floats

LEAST = 10
"""Answers that a precision is believed from."""


def precision_threshold(probs: Floats, right: NDArray[np.bool_], wanted: float) -> float | None:
    """The lowest threshold above which a share ``wanted`` of the answers is right.

    Args:
        probs: Probability of the answers that were this label.
        right: Whether each of them is right.
        wanted: Precision, between 0 and 1.

    Returns:
        The threshold; 0 if all answers together are good enough, None if none reaches it.
    """
    order = np.argsort(-probs, kind="stable")
    falling, count = probs[order], np.arange(1, len(probs) + 1)
    precise = np.cumsum(right[order]) / count >= wanted
    last_of_ties = np.append(falling[1:] < falling[:-1], True) if len(probs) else precise
    good = np.flatnonzero(precise & last_of_ties & (count >= LEAST))
    if not len(good):
        return None
    lowest = int(good[-1])
    return 0.0 if lowest + 1 == len(falling) else float((falling[lowest] + falling[lowest + 1]) / 2)


def f1_threshold(probs: Floats) -> float:
    """The threshold with the best expected F1, by probabilities that are calibrated.

    Found from the probabilities alone (Lipton, Elkan & Naryanaswamy 2014), since the best F1 on the few rows that
    have the flag is far less stable: it did worse than no fit on documents that it had not seen.

    Args:
        probs: Calibrated probability that the flag holds, of at least one row.
    """
    falling = np.sort(probs)[::-1]
    expected = 2 * np.cumsum(falling) / (np.arange(1, len(falling) + 1) + falling.sum())
    last = int(np.argmax(expected))
    below = float(falling[last + 1]) if last + 1 < len(falling) else 0.0
    return (float(falling[last]) + below) / 2


def conformal_quantile(badness: Floats, alpha: float) -> float:
    """The nonconformity that a new row's right label stays under with probability ``1 - alpha``.

    The ⌈(n + 1)(1 - alpha)⌉-th smallest of the n seen ones, which gives that coverage for exchangeable rows (Vovk,
    Gammerman & Shafer 2005); 1, so that every label is in the set, where n is too small for it.

    Args:
        badness: Nonconformity of the right label, of rows that nothing was fitted on.
        alpha: Share that may be missed.
    """
    # Less a rounding error of the product: 20 × 0.9 is to be 18.
    rank = math.ceil((len(badness) + 1) * (1 - alpha) - 1e-9)
    return 1.0 if rank > len(badness) else float(np.sort(badness)[max(rank, 1) - 1])
