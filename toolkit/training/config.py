"""Training configs: which backbone, which data, which schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, cast

from pydantic import Field, ValidationInfo, field_validator, model_validator

from toolkit import config
from toolkit.backends.config import ModelSource
from toolkit.config import Config, from_config_folder


class AdapterConfig(Config):
    """Low-rank adapters on every linear layer of the encoder (Hu et al. 2021, "LoRA")."""

    rank: int = Field(default=32, ge=1)
    alpha: int = Field(default=64, gt=0)
    """The update is scaled by alpha / rank."""
    dropout: float = Field(default=0.05, ge=0, lt=1)


class AugmentConfig(Config):
    """Copies of a sentence as messier sources have it; each share is of the sentences in a step, drawn anew."""

    lower: float = Field(default=0.0, ge=0, le=1)
    """All in lower case."""
    no_end: float = Field(default=0.0, ge=0, le=1)
    """Without its final full stop, question or exclamation mark."""
    spaced: float = Field(default=0.0, ge=0, le=1)
    """With spaces around punctuation, as tokenised corpora have it."""
    upper: float = Field(default=0.0, ge=0, le=1)
    """All in upper case."""


class TrainBase(Config):
    """What both kinds of training share."""

    name: str = Field(min_length=1)
    """Name of the model and of the backend config that is written."""
    labels: str = "claims"
    """Label set: a shipped name, or a path that starts from this file."""
    backbone: ModelSource
    data: tuple[Path, ...] = Field(min_length=1)
    """Labelled text, .jsonl or .csv with columns ``text`` and ``label``; ``attributed`` and ``doc`` if there are."""
    dev: tuple[Path, ...] = ()
    """Labelled text for measuring; when there is none, some documents of ``data`` are kept apart for it."""
    dev_share: float = Field(default=0.1, gt=0, lt=0.5)
    """Share of the documents that is kept for measuring, never trained on."""
    adapter: AdapterConfig | None = AdapterConfig()
    """The low-rank adapter that is trained; null trains all weights and saves a whole model."""
    dropout: float | None = Field(default=None, ge=0, lt=1)
    """Dropout in the backbone; as the backbone has it when not given. 0 is faster, and enough for a small student."""
    start: Path | None = None
    """Folder of an adapter of the same backbone and rank to start from, as an earlier training wrote it, of either
    kind; its head is taken over if it answers for the same classes."""
    augment: AugmentConfig = AugmentConfig()
    epochs: float = Field(default=2, gt=0)
    learning_rate: float = Field(default=5e-4, gt=0)
    head_rate: float | None = Field(default=None, gt=0)
    """Learning rate of the head; that of the rest when not given."""
    weight_decay: float = Field(default=0.01, ge=0)
    batch_size: int = Field(default=16, ge=1)
    """Sentences in a step."""
    max_tokens: int = Field(default=128, ge=16)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    teacher_weight: float = Field(default=0.5, ge=0, le=1)
    """For sentences that carry a teacher's probabilities beside a label: how much those count in the target."""
    average: float = Field(default=0.0, ge=0, lt=1)
    """Decay per step of a running average of the weights, which is what is kept; 0 keeps the last ones."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """bfloat16 computes matrix products in half the bits; faster on processors that have it."""
    seed: int = 13

    @model_validator(mode="after")
    def _starts_from_what_it_trains(self) -> Self:
        if self.adapter is None and self.start is not None:
            raise ValueError("`start` is an adapter, which needs `adapter` to go on with")
        return self

    @field_validator("backbone", mode="after")
    @classmethod
    def _is_bare(cls, backbone: ModelSource) -> ModelSource:
        if backbone.adapter is not None:
            raise ValueError("training starts from a backbone without an adapter")
        return backbone

    @field_validator("start", mode="after")
    @classmethod
    def _start_from_config_folder(cls, start: Path | None, info: ValidationInfo) -> Path | None:
        return None if start is None else from_config_folder(start, info)

    @field_validator("data", "dev", mode="after")
    @classmethod
    def _from_config_folder(cls, data: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(from_config_folder(path, info) for path in data)


class NliTrainConfig(TrainBase):
    """A model in the NLI form: it learns which hypotheses a sentence entails."""

    kind: Literal["nli"]
    negatives: int = Field(default=3, ge=1)
    """Wrong labels asked about each sentence in a step; fewer is faster."""
    hard_negatives: float = Field(default=0.0, ge=0, le=1)
    """How often a wrong label is drawn by the teacher's probabilities instead of evenly: the ones it hesitates over."""
    pair_weight: float = Field(default=0.5, ge=0)
    """Weight of the pair loss (is this one hypothesis entailed?) beside the choice among labels."""
    direct_weight: float = Field(default=1.0, ge=0)
    """Weight of naming the labels of the sentence alone, an aid to learning that is cut off at the end."""
    general_share: float = Field(default=1.0, ge=0)
    """Pairs of general entailment data in a step, for each sentence, if such data is given."""


class ClassifierTrainConfig(TrainBase):
    """A single-pass model: its classes are the labels and flags."""

    kind: Literal["classifier"]


TrainConfig = Annotated[NliTrainConfig | ClassifierTrainConfig, Field(discriminator="kind")]
"""Any training config."""


def load_train_config(path: Path) -> TrainBase:
    """Read a training config of either kind.

    Raises:
        ConfigError: With every fault and the place where it stands.
    """
    return config.load(path, cast("type[TrainBase]", TrainConfig))
