"""Gold rows with the scores that a backend gave them, as the fits take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.calibration import FLOOR, log_odds
from toolkit.records import Prediction

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Flags(NamedTuple):
    """Log-odds of the flag, the right flags, and how much each row counts."""

    odds: Floats
    right: NDArray[np.bool_]
    weights: Floats


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
        weight: How much each row counts, to any scale; None where all count alike.
    """

    predictions: Sequence[Prediction]
    gold: Sequence[str]
    attributed: Sequence[bool | None]
    documents: Sequence[str]
    names: tuple[str, ...]
    members: Sequence[Sequence[Prediction]] = ()
    weight: Floats | None = None

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
            None if self.weight is None else self.weight[chosen],
        )

    @property
    def right(self) -> Ints:
        """Position of each row's right label, shape (rows,)."""
        return np.array([self.names.index(label) for label in self.gold], dtype=np.int64)

    @property
    def weights(self) -> Floats:
        """How much each row counts, ones where all count alike."""
        return np.ones(len(self)) if self.weight is None else self.weight

    def scores(self) -> Floats:
        """Scores before calibration, shape (rows, labels)."""
        return score_matrix(self.predictions, self.names)

    def flags(self) -> Flags:
        """The flag before calibration, of the rows where gold and backend tell it."""
        told = [
            (log_odds(prediction.flags["attributed"]), flag, weight)
            for prediction, flag, weight in zip(self.predictions, self.attributed, self.weights, strict=True)
            if flag is not None and "attributed" in prediction.flags
        ]
        return Flags(
            np.array([odds for odds, _, _ in told], dtype=float),
            np.array([flag for _, flag, _ in told], dtype=bool),
            np.array([weight for _, _, weight in told], dtype=float),
        )


def score_matrix(predictions: Sequence[Prediction], names: Sequence[str]) -> Floats:
    """Scores before calibration, at least `FLOOR`; shape (predictions, labels)."""
    rows = [[prediction.scores[name] for name in names] for prediction in predictions]
    matrix: Floats = np.array(rows, dtype=float).reshape(len(rows), len(names))
    return matrix.clip(min=FLOOR)
