"""Figures that are functions of a confusion matrix, for thousands of matrices at once.

A draw of documents is a weighted sum of their matrices, so all draws are one product. Documents with the same matrices
are folded into one unit that counts as often: the draws have the same distribution, and sets whose every sentence is
its own document cost no more than their few different rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.evaluation.intervals import Counts, Figures, Floats
from toolkit.evaluation.scored import Ints, Scored


@dataclass(frozen=True, slots=True)
class Cubes:
    """Confusion matrices of several backends by document, alike documents folded.

    Attributes:
        matrices: Shape (backends, units, gold, answered); the last column is no answer.
        counts: How many documents each unit stands for.
        present: Positions of the classes that occur in the gold.
    """

    matrices: Floats
    counts: Counts
    present: Ints

    def totals(self, weights: Floats, backend: int = 0) -> Floats:
        """One matrix per draw, shape (draws, gold, answered)."""
        one = self.matrices[backend]
        result: Floats = (weights @ one.reshape(len(one), -1)).reshape(len(weights), *one.shape[1:])
        return result


def cubes_of(backends: Sequence[Scored]) -> Cubes:
    """The matrices of backends on the same rows, each row counted by its weight."""
    first = backends[0]
    classes = len(first.classes)
    shape = (first.documents, classes, classes + 1)
    each = np.zeros((len(backends), *shape))
    for matrix, scored in zip(each, backends, strict=True):
        np.add.at(matrix, (scored.document, scored.gold, scored.answer), scored.weights)
    flat = np.moveaxis(each, 0, 1).reshape(first.documents, -1)
    units, counts = np.unique(flat, axis=0, return_counts=True)
    matrices = np.moveaxis(units.reshape(len(units), len(backends), *shape[1:]), 1, 0).astype(np.float64)
    return Cubes(np.ascontiguousarray(matrices), counts.astype(np.int64), np.unique(first.gold))


def f1(totals: Floats) -> Floats:
    """F1 of each class, NaN where it has no gold; shape (draws, classes)."""
    hits = np.diagonal(totals, axis1=1, axis2=2)
    gold = totals.sum(axis=2)
    return _ratio(2 * hits, gold + totals.sum(axis=1)[:, :-1], gold > 0)


def macro_f1(totals: Floats, present: Ints) -> Floats:
    """Mean F1 over the classes that occur in the gold of the whole, the same ones in every draw.

    A draw that lacks one of them has no such mean: it is NaN. The mean of the others would be another figure, and a
    higher one wherever the rare classes are the hard ones.
    """
    result: Floats = f1(totals)[:, present].mean(axis=1)
    return result


def accuracy(totals: Floats) -> Floats:
    """Share of right answers; no answer is wrong."""
    whole = totals.sum(axis=(1, 2))
    return _ratio(np.trace(totals, axis1=1, axis2=2), whole, whole > 0)


def mcc(totals: Floats) -> Floats:
    """Matthews' coefficient for several classes (Gorodkin 2004); no answer is a class that gold never has."""
    whole = totals.sum(axis=(1, 2))
    gold = totals.sum(axis=2)
    answered = totals.sum(axis=1)
    hits = np.trace(totals, axis1=1, axis2=2)
    together = hits * whole - (gold * answered[:, :-1]).sum(axis=1)
    spread = (whole**2 - (gold**2).sum(axis=1)) * (whole**2 - (answered**2).sum(axis=1))
    # Sums of weights are not exact: what should be nought can be a little above or below it.
    varies = spread > 1e-9 * whole**4
    result: Floats = np.divide(together, np.sqrt(np.abs(spread)), out=np.zeros_like(together), where=varies)
    return result


def count_figures(totals: Floats, present: Ints, classes: Sequence[str]) -> Figures:
    """Every such figure: ``macro_f1``, ``accuracy``, ``mcc``, and ``precision:<class>`` and so on."""
    hits = np.diagonal(totals, axis1=1, axis2=2)
    gold = totals.sum(axis=2)
    answered = totals.sum(axis=1)[:, :-1]
    by_class = {
        "precision": _ratio(hits, answered, answered > 0),
        "recall": _ratio(hits, gold, gold > 0),
        "f1": f1(totals),
    }
    figures = {"macro_f1": macro_f1(totals, present), "accuracy": accuracy(totals), "mcc": mcc(totals)}
    for name, values in by_class.items():
        figures |= {f"{name}:{label}": values[:, position] for position, label in enumerate(classes)}
    return figures


def _ratio(above: Floats, below: Floats, where: np.ndarray) -> Floats:
    result: Floats = np.divide(above, below, out=np.full(np.shape(below), np.nan), where=where)
    return result
