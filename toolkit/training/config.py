"""Training configs: which backbone, which data, which schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from toolkit.backends.config import ModelSource
from toolkit.config import Config, from_config_folder


class AdapterConfig(Config):
    """Low-rank adapters on every linear layer of the encoder (Hu et al. 2021, "LoRA")."""

    rank: int = Field(default=32, ge=1)
    alpha: int = Field(default=64, gt=0)
    """The update is scaled by alpha / rank."""
    dropout: float = Field(default=0.05, ge=0, lt=1)


class TrainConfig(Config):
    """A model in the NLI form: it learns which hypotheses a sentence entails."""

    kind: Literal["nli"]
    name: str = Field(min_length=1)
    """Name of the model and of the backend config that is written."""
    labels: str = "claims"
    """Label set: a shipped name, or a path that starts from this file."""
    backbone: ModelSource
    data: tuple[Path, ...] = Field(min_length=1)
    """Labelled text, .jsonl or .csv with columns ``text`` and ``label``; ``attributed`` and ``doc`` if there are."""
    dev_share: float = Field(default=0.1, gt=0, lt=0.5)
    """Share of the documents that is kept for measuring, never trained on."""
    adapter: AdapterConfig = AdapterConfig()
    epochs: float = Field(default=2, gt=0)
    learning_rate: float = Field(default=5e-4, gt=0)
    batch_size: int = Field(default=16, ge=1)
    """Sentences in a step; each brings one pair per label asked and flag, and one of general entailment if given."""
    negatives: int = Field(default=3, ge=1)
    """Wrong labels asked about each sentence in a step; fewer is faster."""
    max_tokens: int = Field(default=128, ge=16)
    pair_weight: float = Field(default=0.5, ge=0)
    """Weight of the pair loss (is this one hypothesis entailed?) beside the choice among labels."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    seed: int = 13

    @field_validator("backbone", mode="after")
    @classmethod
    def _is_bare(cls, backbone: ModelSource) -> ModelSource:
        if backbone.adapter is not None:
            raise ValueError("training starts from a backbone without an adapter")
        return backbone

    @field_validator("data", mode="after")
    @classmethod
    def _from_config_folder(cls, data: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(from_config_folder(path, info) for path in data)
