"""Label sets: what the labels are called, what they mean, and how a model is asked about them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from toolkit import resources
from toolkit.config import Config, load

PLACEHOLDER = "{label}"


class Label(Config):
    """One label of a set."""

    name: str = Field(min_length=1)
    """The name in every output."""
    definition: str = ""
    """What the label means, for people and for prompts."""
    verbalizer: str = ""
    """How a language model would say it; the name with spaces when empty."""
    hypotheses: tuple[str, ...] = ()
    """Sentences about the premise that hold when the label applies. Empty: the set's template is filled."""

    @property
    def words(self) -> str:
        """The verbalizer, or the name as words."""
        return self.verbalizer or self.name.replace("_", " ")


class Flag(Config):
    """A yes-or-no property beside the label. The record has room for one: ``attributed``."""

    name: Literal["attributed"]
    definition: str = ""
    hypotheses: tuple[str, ...] = Field(min_length=1)


class LabelSet(Config):
    """The labels of one task; exactly one of them applies to a sentence."""

    name: str = Field(min_length=1)
    version: int = 1
    description: str = ""
    labels: tuple[Label, ...] = Field(min_length=2)
    flags: tuple[Flag, ...] = ()
    rules: tuple[str, ...] = ()
    """How to decide between two labels, one sentence each; used in prompts."""
    hypothesis_template: str = "This sentence is an example of {label}."
    """Makes the hypothesis of a label that has none of its own."""

    @field_validator("hypothesis_template")
    @classmethod
    def _has_placeholder(cls, template: str) -> str:
        if PLACEHOLDER not in template:
            raise ValueError(f"the template {template!r} has no {PLACEHOLDER} in it")
        return template

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        seen: set[str] = set()
        for name in [*self.names, *(flag.name for flag in self.flags)]:
            if name in seen:
                raise ValueError(f"the label {name!r} occurs twice")
            seen.add(name)
        asked: dict[str, str] = {}
        for label in self.labels:
            for hypothesis in self.hypotheses(label):
                if asked.setdefault(hypothesis, label.name) != label.name:
                    raise ValueError(f"{asked[hypothesis]!r} and {label.name!r} share the hypothesis {hypothesis!r}")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Label names, in order."""
        return tuple(label.name for label in self.labels)

    def hypotheses(self, label: Label) -> tuple[str, ...]:
        """The hypotheses to ask for a label; plain replacement, so braces in a label are harmless."""
        return label.hypotheses or (self.hypothesis_template.replace(PLACEHOLDER, label.words),)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything in the set that can change an answer."""
        return hashlib.sha256(json.dumps(self.model_dump(), sort_keys=True).encode()).hexdigest()


def load_labels(reference: str | Path = "claims", *, base: Path | None = None) -> LabelSet:
    """Load a label set by shipped name or path.

    Args:
        reference: ``claims`` or another shipped name, or the path of a YAML file.
        base: Folder that a relative path starts from.

    Raises:
        UnknownNameError: No such file or name.
        ConfigError: The file is not a valid label set.
    """
    return load(resources.resolve("label set", reference, "configs/labels", base=base), LabelSet)
