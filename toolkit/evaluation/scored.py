"""Gold and answers of one backend as arrays: what every figure is computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

UNKNOWN = -1
"""Of the flag: the gold set, or the backend, does not tell it."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows with gold and answer.

    Attributes:
        classes: What is scored.
        document: Number of each row's document, from 0 without gaps.
        gold: Class of each row.
        answer: Class that was answered, ``len(classes)`` where there is none.
        top: The answer, or the class with the highest score where the backend abstained.
        scores: Score of each class, shape (rows, classes); uniform where there are none.
        failed: Rows on which the backend failed.
        unscored: Rows that it answered without probabilities.
        flag: Gold of the flag: 1, 0 or `UNKNOWN`.
        flag_answer: Answer: 1, 0 or `UNKNOWN`.
        flag_score: Probability of the flag, 0.5 where there is none.
        flag_unscored: Rows whose flag it told without a probability.
        weight: How much each row counts; None where all count alike.
    """

    classes: tuple[str, ...]
    document: Ints
    gold: Ints
    answer: Ints
    top: Ints
    scores: Floats
    failed: Mask
    unscored: Mask
    flag: Ints
    flag_answer: Ints
    flag_score: Floats
    flag_unscored: Mask
    weight: Floats | None = None

    def __len__(self) -> int:
        return len(self.gold)

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return int(self.document.max()) + 1 if len(self) else 0

    @property
    def weights(self) -> Floats:
        """How much each row counts, ones where all count alike."""
        return np.ones(len(self)) if self.weight is None else self.weight

    @property
    def coverage(self) -> float:
        """Share of rows with an answer."""
        return float(np.average(self.covered, weights=self.weights))

    @property
    def covered(self) -> Mask:
        """Rows with an answer."""
        result: Mask = self.answer < len(self.classes)
        return result

    @property
    def right(self) -> Mask:
        """Rows with the right answer."""
        result: Mask = self.answer == self.gold
        return result

    @property
    def confidence(self) -> Floats:
        """Score of the top class."""
        result: Floats = self.scores[np.arange(len(self)), self.top]
        return result

    def take(self, mask: Mask) -> Scored:
        """Some of the rows; documents are numbered anew."""
        _, document = np.unique(self.document[mask], return_inverse=True)
        return Scored(
            classes=self.classes,
            document=document.astype(np.int64),
            gold=self.gold[mask],
            answer=self.answer[mask],
            top=self.top[mask],
            scores=self.scores[mask],
            failed=self.failed[mask],
            unscored=self.unscored[mask],
            flag=self.flag[mask],
            flag_answer=self.flag_answer[mask],
            flag_score=self.flag_score[mask],
            flag_unscored=self.flag_unscored[mask],
            weight=None if self.weight is None else self.weight[mask],
        )


def effective(weights: Floats) -> float:
    """Rows of equal weight that tell as much (Kish 1965); nought for none."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def join(gold: Sequence[Mapping[str, Any]], predictions: Sequence[Mapping[str, Any]], classes: Sequence[str]) -> Scored:
    """Put gold rows and predictions together, as they stand in the files of the results folder.

    Args:
        gold: Rows of ``gold/<set>.jsonl``.
        predictions: Rows of ``predictions/<set>/<backend>.jsonl``, in the same order.
        classes: What is scored.
    """
    place = {name: position for position, name in enumerate(classes)}
    names: dict[str, int] = {}
    document = [names.setdefault(row["doc"], len(names)) for row in gold]
    bare = np.array([row["scores"] is None for row in predictions], dtype=np.bool_)
    failed = np.array([row.get("failure") is not None for row in predictions], dtype=np.bool_)
    uniform = dict.fromkeys(classes, 1 / len(classes))
    scores = np.array([[(row["scores"] or uniform)[name] for name in classes] for row in predictions], dtype=np.float64)
    scores /= scores.sum(axis=1, keepdims=True)  # records are rounded
    answer = np.array([place.get(row["answer"], len(classes)) for row in predictions], dtype=np.int64)
    known = [UNKNOWN if row["attributed"] is None else int(row["attributed"]) for row in gold]
    told = [UNKNOWN if row["attributed"] is None else int(row["attributed"]) for row in predictions]
    weights = [row.get("weight") for row in gold]  # results of earlier versions have none
    untold = [row["attributed"] is not None and row["attributed_prob"] is None for row in predictions]
    likely = [0.5 if row["attributed_prob"] is None else row["attributed_prob"] for row in predictions]
    return Scored(
        tuple(classes),
        np.array(document, dtype=np.int64),
        np.array([place[row["label"]] for row in gold], dtype=np.int64),
        answer,
        np.where(answer < len(classes), answer, scores.argmax(axis=1)),
        scores,
        failed,
        bare & ~failed,
        np.array(known, dtype=np.int64),
        np.array(told, dtype=np.int64),
        np.array(likely, dtype=np.float64),
        np.array(untold, dtype=np.bool_),
        None if None in weights else np.array(weights, dtype=np.float64),
    )
