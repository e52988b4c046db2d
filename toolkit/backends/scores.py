"""From a model's logits to predictions: what the backends that run a model here share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.records import Failure, Prediction, Usage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.runtime.sequences import Logits

    Floats = NDArray[np.float64]


def finite_rows(logits: NDArray[np.float32]) -> tuple[Floats, NDArray[np.bool_]]:
    """Logits in double precision, with zeros in the rows that hold anything but numbers; and which rows are sound.

    Args:
        logits: Shape (sentences, …).
    """
    finite = np.asarray(np.isfinite(logits).all(axis=tuple(range(1, logits.ndim))))
    logits = np.where(finite.reshape(-1, *[1] * (logits.ndim - 1)), logits, 0)
    return logits.astype(np.float64), finite


def softmax(logits: Floats) -> Floats:
    """Softmax over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result


def sigmoid(logits: Floats) -> Floats:
    """The logistic function, without overflow."""
    result: Floats = np.exp(-np.logaddexp(0, -logits))
    return result


def to_predictions(
    names: Sequence[str],
    scores: Floats,
    flags: Mapping[str, Floats],
    *,
    answer: Logits,
    finite: NDArray[np.bool_],
) -> list[Prediction]:
    """One prediction per sentence; a failure where the model gave no numbers.

    Args:
        names: The labels.
        scores: Shape (sentences, labels).
        flags: Flag to its scores, each of shape (sentences,).
        answer: What the model said, for its counts.
        finite: Shape (sentences,): which rows are sound.
    """
    return [
        Prediction(
            scores=dict(zip(names, row.tolist(), strict=True)),
            flags={name: float(values[i]) for name, values in flags.items()},
            usage=Usage(tokens=int(answer.tokens[i]), truncated=int(answer.truncated[i])),
        )
        if finite[i]
        else Prediction(failure=Failure("invalid_response", "the model's scores are not finite numbers"))
        for i, row in enumerate(scores)
    ]
