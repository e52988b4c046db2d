"""An ensemble: every member answers once, and their answers are put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from toolkit.backends.composite_config import EnsembleConfig
from toolkit.backends.members import Members, together
from toolkit.labels import LabelSet
from toolkit.records import Failure, Prediction, Sentence, Usage

Answers = Sequence[Prediction]
"""What the members say of one sentence, in their order."""


class EnsembleBackend:
    """Mean, weighted mean or vote of several backends.

    Args:
        config: The members and how they are put together.
        labels: The label set of all.

    Raises:
        ToolkitError: A member cannot be loaded.
    """

    def __init__(self, config: EnsembleConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        self.members = Members(config, labels)
        self.context = self.members.context

    def identity(self) -> dict[str, Any]:
        """The members."""
        return self.members.identity()

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Answer; see `toolkit.backends.base.Backend`."""
        return [self.mixed(answers) for answers in self.ask(sentences)]

    def ask(self, sentences: Sequence[Sentence]) -> list[Answers]:
        """The members' calibrated answers to each sentence."""
        return list(zip(*(self.members.ask(place, sentences) for place in range(len(self.members))), strict=True))

    def mixed(self, answers: Answers, weights: Sequence[float] | None = None) -> Prediction:
        """One answer from those of the members.

        Args:
            answers: One of each member.
            weights: Instead of the config's, while they are being fitted.
        """
        usage = reduce(together, (answer.usage for answer in answers))
        weighted = list(zip(answers, weights or self.config.weights or [1.0] * len(answers), strict=True))
        voting = self.config.method == "vote"
        faults = [self._fault(place, answer, voting=voting) for place, answer in enumerate(answers)]
        failures = [fault for fault in faults if fault is not None]
        if failures and (self.config.on_failure == "fail" or len(failures) == len(answers)):
            return Prediction(failure=failures[0], usage=usage)
        left = [pair for pair, fault in zip(weighted, faults, strict=True) if fault is None]
        if voting:
            return _vote([answer for answer, _ in left], usage)
        if not sum(weight for _, weight in left):
            return Prediction(failure=Failure("invalid_response", "the members with a weight failed"), usage=usage)
        flags = [(answer.attributed_prob, weight) for answer, weight in left if answer.attributed_prob is not None]
        total = sum(weight for _, weight in flags)
        return Prediction(
            scores=_mean(self.labels.names, [(answer.probs, weight) for answer, weight in left]),
            flags={"attributed": sum(flag * weight for flag, weight in flags) / total} if total else {},
            usage=usage,
        )

    def _fault(self, place: int, answer: Prediction, *, voting: bool) -> Failure | None:
        """Why a member's answer cannot be used, or None."""
        name = self.members.backends[place].config.name
        if answer.failure is not None:
            return Failure(answer.failure.kind, f"{name}: {answer.failure.message}")
        if not voting and not answer.probs:
            return Failure("invalid_response", f"{name} tells no probabilities; only `method: vote` can use it")
        return None


def _mean(names: Sequence[str], weighted: Sequence[tuple[Mapping[str, float], float]]) -> dict[str, float]:
    total = sum(weight for _, weight in weighted)
    return {name: sum(probs[name] * weight for probs, weight in weighted) / total for name in names}


def _vote(answers: Answers, usage: Usage) -> Prediction:
    """The label that most members give; an abstaining one has no vote.

    Votes are not probabilities, so there are none. Of labels with as many votes the more probable one wins by those
    members that tell probabilities, then that of the earlier member.
    """
    votes = Counter(answer.label for answer in answers if answer.label is not None)
    if not votes:
        return Prediction(abstained=True, usage=usage)
    told = [answer.probs for answer in answers if answer.probs]
    # A counter keeps the order of first votes, and `max` takes the first of equals.
    label = max(votes, key=lambda name: (votes[name], sum(probs[name] for probs in told)))
    return Prediction(label=label, attributed=_vote_on_flag(answers), usage=usage)


def _vote_on_flag(answers: Answers) -> bool | None:
    """What most of the members say that tell the flag; of a tie the first decides."""
    told = Counter(answer.attributed for answer in answers if answer.attributed is not None)
    return max(told, key=lambda value: told[value]) if told else None
