"""The floor of every comparison: always the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolkit.backends.base import require_labels
from toolkit.backends.config import MajorityConfig
from toolkit.labels import LabelSet
from toolkit.records import Prediction, Sentence


class MajorityBackend:
    """Answers one label with certainty, and False to every flag."""

    def __init__(self, config: MajorityConfig, labels: LabelSet) -> None:
        require_labels(config, labels, [config.label])
        self.config = config
        self.labels = labels

    def identity(self) -> dict[str, Any]:
        """Nothing beside the config."""
        return {}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Answer; see `toolkit.backends.base.Backend`."""
        scores = {name: float(name == self.config.label) for name in self.labels.names}
        flags: dict[str, float] = {flag.name: 0.0 for flag in self.labels.flags}
        return [Prediction(scores=scores, flags=flags) for _ in sentences]
