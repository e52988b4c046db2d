"""What stands around a sentence, for the backends that want to see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from toolkit.backends.prompt_config import ContextConfig
from toolkit.records import Context, Sentence

MOST = 1000
"""Characters of a neighbour or title that are shown; a longer one is cut, so that it cannot fill the prompt."""


def add_context(sentences: Sequence[Sentence], wanted: ContextConfig | None, *, title: str = "") -> list[Sentence]:
    """The sentences of one document, in order, each with what the backend wants to see around it.

    Args:
        sentences: All of them.
        wanted: What is shown; None or nothing leaves the sentences as they are.
        title: The document's title; empty when it has none.
    """
    if wanted is None or not wanted.wanted:
        return list(sentences)
    texts = [sentence.text[:MOST] for sentence in sentences]
    shown = title[:MOST] if wanted.title else ""
    return [
        replace(
            sentence,
            context=Context(
                shown,
                tuple(texts[max(0, place - wanted.before) : place]),
                tuple(texts[place + 1 : place + 1 + wanted.after]),
            ),
        )
        for place, sentence in enumerate(sentences)
    ]
