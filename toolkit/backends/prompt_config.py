"""What the backends that ask a language model share: the prompt, its examples, what is shown around a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from toolkit.backends.config import BackendBase
from toolkit.config import Config, from_config_folder


class ContextConfig(Config):
    """What is shown of the document around a sentence."""

    title: bool = False
    """The document's title, where it has one."""
    before: int = Field(default=0, ge=0, le=20)
    """So many sentences before it."""
    after: int = Field(default=0, ge=0, le=20)
    """So many sentences after it."""

    @property
    def wanted(self) -> bool:
        """Whether anything is shown."""
        return self.title or self.before > 0 or self.after > 0


class ExamplesConfig(Config):
    """Few-shot examples: labelled sentences in the prompt."""

    files: tuple[Path, ...] = Field(min_length=1)
    """Labelled text, .jsonl or .csv with columns ``text`` and ``label``; dev splits, never test."""
    count: int = Field(default=8, ge=1, le=64)
    """How many are shown; with ``fixed`` they are spread evenly over the labels."""
    choose: Literal["fixed", "nearest"] = "fixed"
    """The same ones for every sentence, or those nearest to it by sentence embeddings."""
    seed: int = 13
    """Draws the fixed ones."""

    @field_validator("files", mode="after")
    @classmethod
    def _from_config_folder(cls, files: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(from_config_folder(path, info) for path in files)


class PromptedBase(BackendBase):
    """What the configs of language models share."""

    prompt: str = "classify.v2"
    """A prompt: a shipped name, or a path that starts from this file."""
    examples: ExamplesConfig | None = None
    """Few-shot examples; none when not given."""
    context: ContextConfig = ContextConfig()
    flags: bool = True
    """Ask for the flag too."""

    @field_validator("prompt", mode="after")
    @classmethod
    def _prompt_from_config_folder(cls, prompt: str, info: ValidationInfo) -> str:
        # A shipped name stays a name; it has no ending and no folder.
        return str(from_config_folder(Path(prompt), info)) if prompt.endswith(".jinja") else prompt
