"""Agreement of annotators: κ, α and what they confuse, with intervals.

Cohen's κ (1960) compares two annotators, Fleiss' κ (1971) all of them on the rows that all answered, Krippendorff's α
(2011, "Computing Krippendorff's alpha-reliability", nominal) all of them on every row that two or more answered. The
agreement on one label is the share of other annotators' answers that are the same label (Cicchetti & Feinstein 1990).

Each figure is a function of counts that add up over documents, so that a draw of the bootstrap is a weighted sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from toolkit.evaluation.answers import Answers
from toolkit.evaluation.probabilities import by_document

Floats = NDArray[np.float64]
MISSING = -1


@dataclass(frozen=True, slots=True)
class Grid:
    """Answers to one question as numbers.

    Attributes:
        codes: Position of the label that an annotator gave, or `MISSING`; shape (rows, annotators).
        documents: Document of each row.
        annotators: Names of the columns.
        labels: Names of the codes.
    """

    codes: NDArray[np.int64]
    documents: Sequence[str]
    annotators: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def counts(self) -> Floats:
        """How many gave each label, shape (rows, labels)."""
        each = self.codes[:, :, None] == np.arange(len(self.labels))
        counts: Floats = each.sum(axis=1).astype(float)
        return counts


def grid(answers: Answers, question: str) -> Grid:
    """The answers to one question.

    Args:
        answers: All answers.
        question: One of theirs.
    """
    rows = {name: place for place, name in enumerate(answers.rows)}
    people = {name: place for place, name in enumerate(answers.annotators)}
    told = [(answer.row, answer.annotator, answer.given[question]) for answer in answers.given]
    labels = tuple(sorted({label for _, _, label in told if label is not None}))
    codes = np.full((len(rows), len(people)), MISSING, dtype=np.int64)
    for row, annotator, label in told:
        if label is not None:
            codes[rows[row], people[annotator]] = labels.index(label)
    return Grid(codes, [answers.document(row) for row in rows], tuple(people), labels)


@dataclass(frozen=True, slots=True)
class Tallies:
    """Counts that every figure is made of; the first axis is documents, or draws of them.

    Attributes:
        coincidences: Pairs of answers to a row, each row weighing as many as it has answers; shape (…, labels, labels).
        complete: Rows that everybody answered, shape (…,).
        matched: Sum of their shares of agreeing pairs, shape (…,).
        used: How often each label was given in them, shape (…, labels).
        pairs: Confusion of every two annotators, shape (…, pairs, labels, labels).
    """

    coincidences: Floats
    complete: Floats
    matched: Floats
    used: Floats
    pairs: Floats

    def weighted(self, weights: Floats) -> Tallies:
        """The sums over documents for each row of ``weights``, shape (draws, documents)."""
        parts = (self.coincidences, self.complete, self.matched, self.used, self.pairs)
        return Tallies(*(np.tensordot(weights, part, axes=1) for part in parts))


def tally(one: Grid) -> Tallies:
    """Count by document."""
    names = {name: place for place, name in enumerate(dict.fromkeys(one.documents))}
    document = np.array([names[name] for name in one.documents], dtype=np.int64)
    counts = one.counts
    answered = counts.sum(axis=1)
    together = np.einsum("ri,rj->rij", counts, counts) - np.einsum("ri,ij->rij", counts, np.eye(counts.shape[1]))
    coincidences = together / np.maximum(answered - 1, 1)[:, None, None]
    everybody = answered == len(one.annotators)
    possible = np.maximum(answered * (answered - 1), 1)
    matched = everybody * np.trace(together, axis1=1, axis2=2) / possible
    each = (one.codes[:, :, None] == np.arange(len(one.labels))).astype(float)
    pairs = [np.einsum("ri,rj->rij", each[:, a], each[:, b]) for a, b in combinations(range(len(one.annotators)), 2)]
    rows = (coincidences, everybody.astype(float), matched, counts * everybody[:, None], np.stack(pairs, axis=1))
    return Tallies(*(by_document(part, document, len(names)) for part in rows))


def krippendorff_alpha(coincidences: Floats) -> Floats:
    """α of coincidence matrices; NaN where fewer than two labels occur."""
    of_label = coincidences.sum(axis=-1)
    total = of_label.sum(axis=-1)
    observed = total - np.trace(coincidences, axis1=-2, axis2=-1)
    expected = total**2 - (of_label**2).sum(axis=-1)
    return 1 - _ratio(observed * (total - 1), expected)


def fleiss_kappa(tallies: Tallies, annotators: int) -> Floats:
    """κ over the rows that everybody answered; NaN where fewer than two labels occur in them."""
    observed = _ratio(tallies.matched, tallies.complete)
    share = _ratio(tallies.used, (tallies.complete * annotators)[..., None])
    by_chance = (share**2).sum(axis=-1)
    return _ratio(observed - by_chance, 1 - by_chance)


def cohen_kappa(confusion: Floats) -> Floats:
    """κ of confusion matrices, shape (…, labels, labels); NaN where both always said the same one label."""
    total = confusion.sum(axis=(-2, -1))
    observed = _ratio(np.trace(confusion, axis1=-2, axis2=-1), total)
    by_chance = _ratio((confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1), total**2)
    return _ratio(observed - by_chance, 1 - by_chance)


def label_agreement(coincidences: Floats) -> Floats:
    """For each label, the share of other answers to the same row that are it too; shape (…, labels)."""
    return _ratio(np.diagonal(coincidences, axis1=-2, axis2=-1), coincidences.sum(axis=-1))


def figures(tallies: Tallies, one: Grid) -> dict[str, Floats]:
    """Every figure, each of shape (draws,); those of labels and of pairs with their position in the name."""
    kappas, alike = cohen_kappa(tallies.pairs), _agreement(tallies.pairs)
    by_label = label_agreement(tallies.coincidences)
    return {
        "alpha": krippendorff_alpha(tallies.coincidences),
        "fleiss": fleiss_kappa(tallies, len(one.annotators)),
        "agreement": _agreement(tallies.coincidences),
        **{f"label {place}": by_label[..., place] for place in range(len(one.labels))},
        **{f"kappa {place}": kappas[..., place] for place in range(kappas.shape[-1])},
        **{f"agreement {place}": alike[..., place] for place in range(kappas.shape[-1])},
    }


def _agreement(matrices: Floats) -> Floats:
    return _ratio(np.trace(matrices, axis1=-2, axis2=-1), matrices.sum(axis=(-2, -1)))


def _ratio(above: Floats, below: Floats) -> Floats:
    """A quotient; NaN over (almost) nought."""
    safe = np.where(np.abs(below) > 1e-12, below, np.nan)
    result: Floats = above / safe
    return result
