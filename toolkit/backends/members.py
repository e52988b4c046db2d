"""The members of a cascade or an ensemble: loaded, asked, and named in the fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from toolkit.backends.asking import predict
from toolkit.backends.base import Backend, context_of, load_backend
from toolkit.backends.composite_config import CompositeBase
from toolkit.backends.config import BackendBase
from toolkit.backends.identity import answer_settings
from toolkit.backends.prompt_config import ContextConfig
from toolkit.labels import LabelSet
from toolkit.records import Context, Prediction, Sentence, Usage

_loaded: WeakValueDictionary[tuple[str, str], Any] = WeakValueDictionary()
"""Members in memory by config and label set, so that one that stands in two places is loaded once."""


class Members:
    """The backends that a composite is made of.

    Args:
        config: The composite.
        labels: The label set of all.

    Attributes:
        context: What of a document at least one of them wants to see around a sentence.

    Raises:
        ToolkitError: A member cannot be loaded.
    """

    def __init__(self, config: CompositeBase, labels: LabelSet) -> None:
        self.backends = [_load(member, labels) for member in config.members]
        wanted = [context for one in self.backends if (context := context_of(one)) is not None]
        self.context = ContextConfig(
            title=any(one.title for one in wanted),
            before=max((one.before for one in wanted), default=0),
            after=max((one.after for one in wanted), default=0),
        )

    def __len__(self) -> int:
        return len(self.backends)

    def identity(self) -> dict[str, Any]:
        """What the members' answers depend on: their configs and what these stand for."""
        members = [{"config": answer_settings(one.config), "model": one.identity()} for one in self.backends]
        return {"members": members}

    def ask(self, position: int, sentences: Sequence[Sentence]) -> list[Prediction]:
        """The calibrated answers of one member, which sees of the context what its own config wants."""
        backend = self.backends[position]
        wanted = context_of(backend)
        return predict([replace(one, context=_view(one.context, wanted)) for one in sentences], backend)


def settled(prediction: Prediction) -> Prediction:
    """A member's calibrated answer as that of the composite, which may have a calibration of its own on top."""
    flag = prediction.attributed_prob
    return replace(prediction, scores=prediction.probs, flags={} if flag is None else {"attributed": flag})


def together(one: Usage, other: Usage) -> Usage:
    """What two members took for the same sentence, which is cut once even if both cut it."""
    return replace(one + other, truncated=max(one.truncated, other.truncated))


def _load(config: BackendBase, labels: LabelSet) -> Backend:
    if isinstance(config, CompositeBase):  # it counts what it passes on, so it has one owner
        return load_backend(config, labels=labels)
    key = config.model_dump_json(), labels.fingerprint
    found: Backend | None = _loaded.get(key)
    if found is None:
        found = _loaded[key] = load_backend(config, labels=labels)
    return found


def _view(context: Context | None, wanted: ContextConfig | None) -> Context | None:
    if context is None or wanted is None:
        return None
    return Context(
        context.title if wanted.title else "",
        context.before[len(context.before) - min(wanted.before, len(context.before)) :],
        context.after[: wanted.after],
    )
