"""Fake members for cascades and ensembles: a table of answers, and a count of what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.backends.asking import predict
from toolkit.backends.cascade import CascadeBackend
from toolkit.backends.composite_config import CascadeConfig, EnsembleConfig
from toolkit.backends.config import ScriptedConfig
from toolkit.backends.ensemble import EnsembleBackend
from toolkit.labels import load_labels
from toolkit.records import Failure, Prediction, Sentence, Usage

CLAIMS = load_labels("claims")


def member(name: str, **keys: Any) -> ScriptedConfig:
    """A config for a place that a `Fake` is put into."""
    return ScriptedConfig(kind="scripted", name=name, default="opinion", **keys)


class Fake:
    """Answers from a table; everything else is an ``opinion``, surely.

    Args:
        config: From `member`.
        answers: Text to prediction, or to an exception that the backend raises when the text is among those asked.

    Attributes:
        asked: Every sentence that it was asked.
    """

    def __init__(self, config: ScriptedConfig, answers: Mapping[str, Prediction | Exception] = {}) -> None:
        self.config = config
        self.labels = CLAIMS
        self.answers = answers
        self.asked: list[Sentence] = []

    @property
    def texts(self) -> list[str]:
        return [sentence.text for sentence in self.asked]

    def identity(self) -> dict[str, Any]:
        return {"fake": self.config.name}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        found = [self.answers.get(sentence.text, sure("opinion")) for sentence in sentences]
        for one in found:
            if isinstance(one, Exception):
                raise one
        self.asked += sentences
        return [one for one in found if isinstance(one, Prediction)]


def sure(label: str, top: float = 1.0, *, flag: float | None = None, tokens: int = 1) -> Prediction:
    """An answer with a probability of ``top``, the rest shared by the other labels."""
    rest = (1 - top) / (len(CLAIMS.names) - 1)
    scores = {name: top if name == label else rest for name in CLAIMS.names}
    return Prediction(scores=scores, flags={} if flag is None else {"attributed": flag}, usage=Usage(tokens=tokens))


def said(label: str | None, *, attributed: bool | None = None) -> Prediction:
    """An answer without probabilities."""
    return Prediction(label=label, attributed=attributed, abstained=label is None, usage=Usage(requests=1))


def failed(kind: Any = "timeout") -> Prediction:
    return Prediction(failure=Failure(kind, "no answer"), usage=Usage(requests=1))


def cascade(*members: Fake, **keys: Any) -> CascadeBackend:
    """A cascade of fakes."""
    config = CascadeConfig(kind="cascade", name="cascade", members=[one.config for one in members], **keys)
    backend = CascadeBackend(config, CLAIMS)
    backend.members.backends[:] = members
    return backend


def ensemble(*members: Fake, **keys: Any) -> EnsembleBackend:
    """An ensemble of fakes."""
    config = EnsembleConfig(kind="ensemble", name="ensemble", members=[one.config for one in members], **keys)
    backend = EnsembleBackend(config, CLAIMS)
    backend.members.backends[:] = members
    return backend


def ask(backend: Any, *texts: str) -> list[Prediction]:
    """What the engine would make of it."""
    return predict([Sentence("d", 0, len(text), text) for text in texts], backend)
