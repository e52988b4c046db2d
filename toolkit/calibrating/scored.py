"""Gold rows with the scores that a backend gave them, as the fits take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.calibration import FLOOR, log_odds
from toolkit.records import Prediction

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows that a backend answered.

    Attributes:
        predictions: Its answers, none of them a failure.
        gold: The right labels.
        attributed: The right flags; None where the gold set does not say.
        documents: Where the rows stand; rows of one document stay together.
        names: The labels in order.
        members: The answers of an ensemble's members to each row, where weights are fitted; else empty.
    """

    predictions: Sequence[Prediction]
    gold: Sequence[str]
    attributed: Sequence[bool | None]
    documents: Sequence[str]
    names: tuple[str, ...]
    members: Sequence[Sequence[Prediction]] = ()

    def __len__(self) -> int:
        return len(self.gold)

    def take(self, places: Iterable[int]) -> Scored:
        """Some of the rows."""
        chosen = [int(place) for place in places]
        return Scored(
            [self.predictions[i] for i in chosen],
            [self.gold[i] for i in chosen],
            [self.attributed[i] for i in chosen],
            [self.documents[i] for i in chosen],
            self.names,
            [self.members[i] for i in chosen] if self.members else (),
        )

    @property
    def right(self) -> Ints:
        """Position of each row's right label, shape (rows,)."""
        return np.array([self.names.index(label) for label in self.gold], dtype=np.int64)

    def scores(self) -> Floats:
        """Scores before calibration, shape (rows, labels)."""
        return score_matrix(self.predictions, self.names)

    def flags(self) -> tuple[Floats, NDArray[np.bool_]]:
        """Log-odds of the flag before calibration and the right flags, of the rows where both are told."""
        told = [
            (log_odds(prediction.flags["attributed"]), flag)
            for prediction, flag in zip(self.predictions, self.attributed, strict=True)
            if flag is not None and "attributed" in prediction.flags
        ]
        return np.array([odds for odds, _ in told], dtype=float), np.array([flag for _, flag in told], dtype=bool)


def score_matrix(predictions: Sequence[Prediction], names: Sequence[str]) -> Floats:
    """Scores before calibration, at least `FLOOR`; shape (predictions, labels)."""
    rows = [[prediction.scores[name] for name in names] for prediction in predictions]
    matrix: Floats = np.array(rows, dtype=float).reshape(len(rows), len(names))
    return matrix.clip(min=FLOOR)
