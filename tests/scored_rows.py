from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from toolkit.backends.config import ScriptedConfig
from toolkit.calibrating.scored import Scored
from toolkit.calibration_config import CalibrationConfig
from toolkit.evaluation.goldset import GoldRow
from toolkit.labels import Flag, Label, LabelSet
from toolkit.records import Failure, Prediction, Sentence

NAMES = ("fact", "view", "plea")
LABELS = LabelSet(
    name="mine",
    labels=tuple(Label(name=name) for name in NAMES),
    flags=(Flag(name="attributed", hypotheses=("Somebody else says it.",)),),
)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def world(
    n: int, *, seed: int = 0, temperature: float = 2.0, bias: Sequence[float] = (1.0, 0.0, -1.0), documents: int = 40
) -> Scored:
    """Rows whose true probabilities are those of the scores after ``temperature`` and ``bias``.

    The flag's true log-odds are half of those that the scores tell, less one.
    """
    draw = np.random.default_rng(seed)
    logits = draw.normal(scale=3, size=(n, len(NAMES)))
    truth = softmax(logits / temperature + np.array(bias))
    gold = [NAMES[draw.choice(len(NAMES), p=row)] for row in truth]
    odds = draw.normal(scale=3, size=n)
    attributed = draw.random(n) < 1 / (1 + np.exp(1 - odds / 2))
    predictions = [
        Prediction(
            scores=dict(zip(NAMES, row.tolist(), strict=True)), flags={"attributed": float(1 / (1 + np.exp(-o)))}
        )
        for row, o in zip(softmax(logits), odds, strict=True)
    ]
    return Scored(predictions, gold, attributed.tolist(), [f"d{i % documents}" for i in range(n)], NAMES)


class Tabled:
    """A backend that answers each text from a table and remembers what it was asked."""

    def __init__(self, answers: dict[str, Prediction], calibration: CalibrationConfig | None = None) -> None:
        self.config = ScriptedConfig(kind="scripted", name="tabled", calibration=calibration or CalibrationConfig())
        self.labels = LABELS
        self.answers = answers
        self.history: list[str] = []

    def identity(self) -> dict[str, str]:
        return {}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        self.history += [sentence.text for sentence in sentences]
        failed = Prediction(failure=Failure("backend_error", "not in the table"))
        return [self.answers.get(sentence.text, failed) for sentence in sentences]


def tabled(scored: Scored) -> tuple[Tabled, list[GoldRow]]:
    """A backend and gold rows that give these scores."""
    rows = [
        GoldRow(str(i), doc, f"Sentence {i}.", label, flag)
        for i, (doc, label, flag) in enumerate(zip(scored.documents, scored.gold, scored.attributed, strict=True))
    ]
    return Tabled(dict(zip((row.text for row in rows), scored.predictions, strict=True))), rows
