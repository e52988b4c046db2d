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


HALF_AT_MOST, HALF_AT_LEAST = 0.5 - 1e-6, 0.5 + 1e-6  # apart even as they are rounded in files


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


@dataclass(frozen=True, slots=True)
class RestrictedScheme:
    """The best of some labels: for a set in which only these occur."""

    classes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name in results."""
        return f"best of {', '.join(self.classes)}"

    def scores(
        self, probs: Mapping[str, float], attributed: bool | None, attributed_prob: float | None
    ) -> dict[str, float]:
        """The probabilities of the classes, made to sum to 1; see `Scheme`."""
        del attributed, attributed_prob
        return _shares({name: probs[name] for name in self.classes})


@dataclass(frozen=True, slots=True)
class OneVsRestScheme:
    """One label against all others: for a set that only says whether it applies."""

    label: str

    @property
    def name(self) -> str:
        """The name in results."""
        return f"{self.label} or not"

    @property
    def rest(self) -> str:
        """The class of all other labels."""
        return f"not {self.label}"

    @property
    def classes(self) -> tuple[str, ...]:
        """The label and the rest."""
        return self.label, self.rest

    def scores(
        self, probs: Mapping[str, float], attributed: bool | None, attributed_prob: float | None
    ) -> dict[str, float]:
        """The label against its strongest rival, so that the answer is the label that claimkit would give."""
        del attributed, attributed_prob
        rival = max(value for name, value in probs.items() if name != self.label)
        return _shares({self.label: probs[self.label], self.rest: rival})


@dataclass(frozen=True, slots=True)
class SubjectivityScheme:
    """Subjective or objective, where the opinion of somebody who is reported is objective."""

    subjective: tuple[str, ...] = ("opinion", "rhetoric")
    name: str = "subjective or objective, reported opinion objective"
    classes: tuple[str, ...] = ("subjective", "objective")

    def scores(
        self, probs: Mapping[str, float], attributed: bool | None, attributed_prob: float | None
    ) -> dict[str, float]:
        """Subjective when the best label is and the flag is not set; the weaker of the two says how surely."""
        own = max(value for name, value in probs.items() if name in self.subjective)
        other = max(value for name, value in probs.items() if name not in self.subjective)
        score = min(own / (own + other), self._unattributed(attributed, attributed_prob))
        return {"subjective": score, "objective": 1 - score}

    def _unattributed(self, attributed: bool | None, attributed_prob: float | None) -> float:
        """How surely the author speaks, on the side of one half that the flag's own threshold chose."""
        if attributed is None or attributed_prob is None:
            return 0.0 if attributed else 1.0
        return min(1 - attributed_prob, HALF_AT_MOST) if attributed else max(1 - attributed_prob, HALF_AT_LEAST)


def _shares(values: dict[str, float]) -> dict[str, float]:
    """Values over their sum; equal shares where all are nought."""
    total = sum(values.values())
    return {name: value / total if total else 1 / len(values) for name, value in values.items()}
