"""The config of a GLiClass model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from toolkit.backends.config import ModelBase


class GliclassConfig(ModelBase):
    """A zero-shot classifier that reads a sentence and all labels at once (Knowledgator's GLiClass)."""

    kind: Literal["gliclass"]
    ask: Literal["words", "definitions"] = "words"
    """What a label is shown as: its verbalizer or name, or its definition where it has one."""
    max_tokens: int = Field(default=512, ge=16)
    """Room for a sentence and the labels; a longer one is a failure, since the labels might be cut."""
