"""What a run would send, before anything is sent."""

from __future__ import annotations

from toolkit.annotate.engine import ItemStream
from toolkit.backends.base import load_config, preview
from toolkit.backends.composite_config import leaves
from toolkit.backends.prompt_config import ContextConfig, PromptedBase
from toolkit.corpus.read import Corpus
from toolkit.errors import InputError
from toolkit.labels import load_labels

MOST = 20
"""Neighbours that a config may ask for."""


def first_request(corpus: Corpus, reference: str, *, labels: str | None = None) -> str:
    """The request that the first sentence of a corpus would make, by each member of a composite that makes one.

    No model is loaded, no key is needed, and nothing is sent.

    Args:
        corpus: The inputs.
        reference: Name or path of a backend config.
        labels: Label set to use instead of the backend's.

    Raises:
        ToolkitError: The config cannot be used, or there is no sentence.
    """
    config, base = load_config(reference)
    label_set = load_labels(labels) if labels else load_labels(config.labels, base=base)
    members = list(leaves(config))
    shows = any(member.context.wanted for member in members if isinstance(member, PromptedBase))
    # Each member takes of it what its own config wants.
    context = ContextConfig(title=True, before=MOST, after=MOST) if shows else None
    for item in ItemStream(corpus, context=context):
        if item.failure is None and item.sentence.kind == "sentence":
            requests = [preview(member, label_set, item.sentence) for member in members]
            return "\n\n".join(filter(None, requests)) or f"The backend {config.name!r} sends nothing anywhere."
    raise InputError("There is no sentence in the input.", hint="Check the inputs.")
