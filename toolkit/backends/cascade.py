"""A cascade: a cheap backend answers, and what it is not sure of goes on to a better and dearer one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from toolkit.backends.composite_config import CascadeConfig
from toolkit.backends.members import Members, settled, together
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet
from toolkit.records import Prediction, Sentence, Usage

FAILED, ABSTAINED = -2.0, -1.0
"""What has no answer goes on before any answer, however uncertain: margins are never below nought."""


class CascadeBackend:
    """Asks the first member, and the next for what is left in doubt.

    The share that may go on counts over the life of the backend, which is one run: what easy text does not use, hard
    text may. A run that goes on after a kill counts anew, so the bound holds for the parts and for the whole.

    Args:
        config: The members and what goes on.
        labels: The label set of all.

    Raises:
        ToolkitError: A member cannot be loaded.
        ConfigError: What goes on is told by label sets, which were fitted for other labels.
    """

    def __init__(self, config: CascadeConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        self.members = Members(config, labels)
        if config.conformal:
            self._require_label_sets()
        self.context = self.members.context
        self._seen = 0
        self._gone_on = [0] * (len(self.members) - 1)

    def identity(self) -> dict[str, Any]:
        """The members."""
        return self.members.identity()

    def credit(self, count: int) -> None:
        """Take back from the count some that went on and failed, for they are asked again: they had their share."""
        self._gone_on = [gone - count for gone in self._gone_on]

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Answer; see `toolkit.backends.base.Backend`."""
        self._seen += len(sentences)
        answers = self.members.ask(0, sentences)
        latest = dict(enumerate(answers))
        for step in range(len(self._gone_on)):
            chosen = self._chosen(step, latest)
            if not chosen:
                break
            asked = self.members.ask(step + 1, [sentences[place] for place in chosen])
            latest = dict(zip(chosen, asked, strict=True))
            for place, answer in latest.items():
                went = answer.failure is None or answer.failure.kind != "budget"  # over budget nobody was asked
                self._gone_on[step] += went
                answers[place] = self._after(answers[place], answer, escalated=int(went))
        return [settled(answer) for answer in answers]

    def _require_label_sets(self) -> None:
        for one in self.members.backends[:-1]:
            if one.config.calibration.conformal is None:
                raise ConfigError(
                    f"{one.config.name!r} has no label sets for {self.labels.name!r}, and `conformal: true` goes by "
                    "them.",
                    hint="Calibrate it for these labels, or use `margin` or `share`.",
                )

    def _chosen(self, step: int, answers: dict[int, Prediction]) -> list[int]:
        """Places of the answers that go on, in order: the least certain ones, as many as the share allows."""
        found = {place: doubt_of(answer, self.config) for place, answer in answers.items()}
        doubts = {place: doubt for place, doubt in found.items() if doubt is not None}
        most = len(doubts)
        if self.config.share is not None:
            # Less a rounding error of the product: a tenth of 30 is to be 3.
            most = max(0, math.floor(self.config.share * self._seen + 1e-9) - self._gone_on[step])
        return sorted(sorted(doubts, key=lambda place: doubts[place])[:most])

    def _after(self, before: Prediction, answer: Prediction, *, escalated: int) -> Prediction:
        usage = together(before.usage, answer.usage) + Usage(escalated=escalated)
        keep = answer.failure is not None and before.failure is None and self.config.on_failure == "keep"
        return replace(before if keep else answer, usage=usage)


def doubt_of(answer: Prediction, config: CascadeConfig) -> float | None:
    """How soon an answer goes on, the lowest first; None where it is good enough, or tells no probabilities."""
    if answer.failure is not None:
        return FAILED
    margin = margin_of(answer.probs)
    if answer.abstained:
        return ABSTAINED + (margin or 0.0) / 2
    if margin is None:
        return None
    if config.conformal:
        return margin if answer.label_set is not None and len(answer.label_set) > 1 else None
    return margin if config.margin is None or margin < config.margin else None


def margin_of(probs: Mapping[str, float]) -> float | None:
    """How far the most probable label is ahead of the next; None without probabilities."""
    if not probs:
        return None
    first, second, *_ = sorted(probs.values(), reverse=True)
    return float(first - second)
