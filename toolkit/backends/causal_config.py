"""The config of a local language model whose answers are scored, not generated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from toolkit.backends.config import ModelSource
from toolkit.backends.prompt_config import PromptedBase
from toolkit.config import Config, from_config_folder


class GgufSource(Config):
    """One GGUF file, run with llama.cpp."""

    file: Path
    """The file. One that is not there is looked for by its name in the cache folder (``CLAIMKIT_CACHE``)."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """Its expected SHA-256."""

    @field_validator("file", mode="after")
    @classmethod
    def _from_config_folder(cls, file: Path, info: ValidationInfo) -> Path:
        return from_config_folder(file, info)


def _runtime(value: Any) -> str:
    return "gguf" if isinstance(value, GgufSource) or (isinstance(value, dict) and "file" in value) else "transformers"


class CausalConfig(PromptedBase):
    """A local language model: how likely is each label as the answer to the prompt?"""

    kind: Literal["causal"]
    model: Annotated[
        Annotated[GgufSource, Tag("gguf")] | Annotated[ModelSource, Tag("transformers")], Discriminator(_runtime)
    ]
    """``file:`` for a GGUF file, else a folder, package or Hub id with safetensors."""
    answers: Literal["names", "letters"] = "names"
    """What is scored: the words of each label, or the letter in front of it."""
    rotations: int = Field(default=1, ge=1, le=26)
    """Ask with the labels in so many orders, each rotated by one, and average the log-probabilities."""
    flags: bool = False
    """Ask a second question, for the flag; it costs about as much as the first, less the shared prompt."""
    reuse_prefix: bool = True
    """Compute what prompts begin with alike only once. Changes speed, not answers."""
    context_tokens: int = Field(default=4096, ge=64)
    """Room for prompt and answer; a longer one is a failure, never cut."""
    threads: int | None = Field(default=None, ge=1)
    """Processor threads of llama.cpp; one for each core when not given."""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    """Where transformers runs: ``cpu``, ``cuda``, ``mps`` or ``auto``."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the weights in transformers; bfloat16 takes half the memory and is a little less exact."""
    cache: bool = True
    """Keep every answer on disk, so that none is computed twice."""
