"""A fake backend that answers from a list: for tests, demonstrations and dry runs of a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, get_args

from toolkit.backends.base import require_labels
from toolkit.backends.config import ScriptedConfig
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet
from toolkit.records import Failure, FailureKind, Prediction, Sentence


class ScriptedBackend:
    """Answers what the config says; ``!timeout`` and its like are failures of that kind.

    Attributes:
        history: Every sentence that was asked, in order.

    Raises:
        ConfigError: An answer is neither a label nor a failure kind.
    """

    def __init__(self, config: ScriptedConfig, labels: LabelSet) -> None:
        answers = [*config.answers.values(), *([config.default] if config.default is not None else [])]
        require_labels(config, labels, [answer for answer in answers if not answer.startswith("!")])
        for answer in answers:
            if answer.startswith("!") and answer[1:] not in get_args(FailureKind):
                raise ConfigError(
                    f"{answer!r} is not a kind of failure.", hint=f"Kinds: {', '.join(get_args(FailureKind))}."
                )
        self.config = config
        self.labels = labels
        self.history: list[str] = []

    def identity(self) -> dict[str, Any]:
        """Nothing beside the config."""
        return {}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Answer; see `toolkit.backends.base.Backend`."""
        self.history.extend(sentence.text for sentence in sentences)
        return [self._answer(sentence.text) for sentence in sentences]

    def _answer(self, text: str) -> Prediction:
        answer = self.config.answers.get(text, self.config.default)
        if answer is None:
            return Prediction(failure=Failure("backend_error", "the script has no answer to this sentence"))
        if answer.startswith("!"):
            return Prediction(failure=Failure(cast("FailureKind", answer[1:]), "scripted failure"))
        return Prediction(
            scores={name: float(name == answer) for name in self.labels.names},
            flags={flag.name: 0.0 for flag in self.labels.flags},
        )
