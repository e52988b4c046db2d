"""Thresholds: for a wanted precision, for the F1 of the flag, and for the coverage of label sets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit.calibrating.scored import Floats

LEAST = 10
"""Answers, of equal weight, that a precision is believed from."""
TINY = 1e-9
"""Rounding errors of sums that are to reach something."""


def precision_threshold(
    probs: Floats, right: NDArray[np.bool_], wanted: float, weights: Floats | None = None
) -> float | None:
    """The lowest threshold above which a share ``wanted`` of the answers is right.

    Weighted answers must tell as much as `LEAST` of equal weight (Kish 1965).

    Args:
        probs: Probability of the answers that were this label.
        right: Whether each of them is right.
        wanted: Precision, between 0 and 1.
        weights: How much each answer counts; all alike when not given.

    Returns:
        The threshold; 0 if all answers together are good enough, None if none reaches it.
    """
    order = np.argsort(-probs, kind="stable")
    falling, each = probs[order], (np.ones(len(probs)) if weights is None else weights)[order]
    total = np.cumsum(each)
    precise = np.cumsum(each * right[order]) / total >= wanted - TINY
    enough = total**2 / np.cumsum(each**2) >= LEAST - TINY
    last_of_ties = np.append(falling[1:] < falling[:-1], True) if len(probs) else precise
    good = np.flatnonzero(precise & last_of_ties & enough)
    if not len(good):
        return None
    lowest = int(good[-1])
    return 0.0 if lowest + 1 == len(falling) else float((falling[lowest] + falling[lowest + 1]) / 2)


def f1_threshold(probs: Floats, weights: Floats | None = None) -> float:
    """The threshold with the best expected F1, by probabilities that are calibrated.

    Found from the probabilities alone (Lipton, Elkan & Naryanaswamy 2014), since the best F1 on the few rows that
    have the flag is far less stable: it did worse than no fit on documents that it had not seen.

    Args:
        probs: Calibrated probability that the flag holds, of at least one row.
        weights: How much each row counts; all alike when not given.
    """
    rising = np.argsort(probs, kind="stable")
    falling, each = probs[rising][::-1], (np.ones(len(probs)) if weights is None else weights)[rising][::-1]
    positive = each * falling
    expected = 2 * np.cumsum(positive) / (np.cumsum(each) + positive.sum())
    last = int(np.argmax(expected))
    below = float(falling[last + 1]) if last + 1 < len(falling) else 0.0
    return (float(falling[last]) + below) / 2


def conformal_quantile(badness: Floats, alpha: float, weights: Floats | None = None) -> float:
    """The nonconformity that a new row's right label stays under with probability ``1 - alpha``.

    The ⌈(n + 1)(1 - alpha)⌉-th smallest of the n seen ones, which gives that coverage for exchangeable rows (Vovk,
    Gammerman & Shafer 2005); 1, so that every label is in the set, where n is too small for it.

    Rows that were drawn with unequal chances count by their weights, and the new row by its own (Tibshirani, Barber,
    Candès & Ramdas 2019). It is not known here; the largest one can only make the sets larger than they need be.

    Args:
        badness: Nonconformity of the right label, of rows that nothing was fitted on.
        alpha: Share that may be missed.
        weights: How much each row counts, about 1 on average; all alike when not given.
    """
    order = np.argsort(badness, kind="stable")
    each = (np.ones(len(badness)) if weights is None else weights)[order]
    # Less a rounding error of the product: 20 × 0.9 is to be 18.
    place = int(np.searchsorted(np.cumsum(each), (each.sum() + each.max(initial=1.0)) * (1 - alpha) - TINY))
    return 1.0 if place >= len(badness) else float(badness[order[place]])
