"""What a run came to, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from toolkit.records import Usage

NEVER_RETRIED = {"bad_row", "bad_file", "too_long"}
"""Kinds of failure that the input is at fault for: the same command would fail on them again."""

ADDED = ("total", "attributed", "abstained", "other_units", "documents", "without_sentences")
"""Counts that add up."""


@dataclass(slots=True)
class Summary:
    """What a run came to.

    Attributes:
        labels: Label to count.
        attributed: How many have the flag.
        abstained: How many have no label because none was probable enough.
        failed: Failure kind to count.
        other_units: Units that are not sentences, kept on request.
        total: Everything together.
        reused: How many were there from an earlier run.
        recalled: How many answers were in the cache. The manifest does not tell, nor does the usage: they count as if
            they had been made now, so that the same run comes to the same, whatever there was.
        usage: What the backend took, in an earlier run too.
        documents: Documents that could be read.
        without_sentences: How many of them have no sentence.
        run: Fingerprint.
    """

    run: str
    labels: Counter[str] = field(default_factory=Counter)
    attributed: int = 0
    abstained: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    other_units: int = 0
    total: int = 0
    reused: int = 0
    recalled: int = 0
    usage: Usage = field(default_factory=Usage)
    documents: int = 0
    without_sentences: int = 0

    def add(self, row: dict[str, Any]) -> None:
        """Count one output row."""
        self.total += 1
        self.attributed += bool(row["attributed"])
        if row["failure"] is not None:
            self.failed[row["failure"]["kind"]] += 1
        elif row["abstained"]:
            self.abstained += 1
        elif row["label"] is None:
            self.other_units += 1
        else:
            self.labels[row["label"]] += 1

    def include(self, counts: Mapping[str, Any]) -> None:
        """Count what another summary came to, given as `as_dict` makes it."""
        self.labels.update(counts["labels"])
        self.failed.update(counts["failed"])
        for name in ADDED:
            setattr(self, name, getattr(self, name) + counts[name])
        self.usage += Usage(**{one.name: counts[one.name] for one in fields(Usage) if one.name in counts})

    @property
    def unasked(self) -> int:
        """How many are left because the budget of the run was used up."""
        return self.failed["budget"]

    @property
    def failure_rate(self) -> float:
        """Share of the items that failed; what was not asked is neither one nor the other."""
        asked = self.total - self.unasked
        return (self.failed.total() - self.unasked) / asked if asked else 0.0

    @property
    def retryable(self) -> int:
        """How many of the failures the same command tries again."""
        return sum(count for kind, count in self.failed.items() if kind not in {*NEVER_RETRIED, "budget"})

    @classmethod
    def of_counts(cls, run: str, counts: Mapping[str, Any]) -> Summary:
        """The summary that `as_dict` was taken of; all of it from an earlier run."""
        summary = cls(run, reused=counts["total"])
        summary.include(counts)
        return summary

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "total": self.total,
            "labels": dict(self.labels),
            "attributed": self.attributed,
            "abstained": self.abstained,
            "failed": dict(self.failed),
            "other_units": self.other_units,
            **asdict(self.usage),
            "documents": self.documents,
            "without_sentences": self.without_sentences,
        }
