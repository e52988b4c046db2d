"""What is scored: the label set as it is, or other classes that a gold set has its labels in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from toolkit.labels import LabelSet


class Scheme(Protocol):
    """The classes of a gold set, and how they follow from what a backend says."""

    @property
    def name(self) -> str:
        """The name in results."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """What gold labels are, in order."""
        ...

    def scores(
        self, probs: Mapping[str, float], attributed: bool | None, attributed_prob: float | None
    ) -> dict[str, float]:
        """Class to score; sums to 1, and the highest is the answer.

        Args:
            probs: Label to probability.
            attributed: The flag, or None when the backend does not tell.
            attributed_prob: Probability of the flag, or None.
        """
        ...


@dataclass(frozen=True, slots=True)
class LabelScheme:
    """The label set itself."""

    name: str
    classes: tuple[str, ...]

    def scores(
        self, probs: Mapping[str, float], attributed: bool | None, attributed_prob: float | None
    ) -> dict[str, float]:
        """The probabilities as they are; see `Scheme`."""
        del attributed, attributed_prob
        return {name: probs[name] for name in self.classes}


def label_scheme(labels: LabelSet) -> LabelScheme:
    """The scheme of a gold set whose labels are those of the label set."""
    return LabelScheme(labels.name, labels.names)
