"""Calibration configs: which backend, on which dev splits, and what to fit."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from toolkit.config import Config, from_config_folder


class ConformalOptions(Config):
    """What label sets are wanted."""

    alpha: float = Field(default=0.1, gt=0, lt=1)
    """Share of the sentences whose right label may be missing from the set."""
    method: Literal["lac", "aps"] = "lac"
    """See `toolkit.calibration.nonconformity`."""


class FitOptions(Config):
    """What to fit. What is not fitted stays as the backend config has it."""

    bias: Literal["labels", "batch", "content_free", "none"] = "labels"
    """The label-prior correction: from gold ``labels``, from the mean score over unlabelled text (``batch``), or from
    the score of premises that say nothing (``content_free``)."""
    temperature: bool = True
    weights: bool = False
    """The weights of an ensemble with ``method: weighted``, before all else."""
    flag: bool = True
    """Temperature, bias and threshold of the flag, where gold and backend both tell it."""
    precision: float | None = Field(default=None, gt=0, lt=1)
    """Fits a threshold for each label, above which so large a share of its answers is right."""
    conformal: ConformalOptions | None = None
    """Adds label sets with a coverage guarantee; half of the documents are kept for their quantile."""
    folds: int = Field(default=5, ge=2)
    """Of the cross-validation, by document, that the figures come from."""
    seed: int = 0

    @property
    def moves_probabilities(self) -> bool:
        """Whether the probabilities of labels change."""
        return self.bias != "none" or self.temperature or self.weights

    @property
    def needs_gold(self) -> bool:
        """Whether anything is learnt from labels."""
        learnt = (self.bias == "labels", self.temperature, self.weights, self.flag, self.precision, self.conformal)
        return any(learnt)


class CalibrateConfig(Config):
    """One calibration."""

    name: str = Field(min_length=1)
    """Name of the backend config that is written."""
    description: str = ""
    backend: str
    """Shipped name, or a path that starts from this file."""
    labels: str = ""
    """Label set, as a shipped name or path; the backend's when empty."""
    gold: tuple[Path, ...] = ()
    """Gold sets: folders, whose dev.jsonl is taken, or single files."""
    split: str = "dev"
    """Can only be dev."""
    text: tuple[Path, ...] = ()
    """Unlabelled text for ``bias: batch``: anything that `claimkit annotate` reads. The gold sentences by default."""
    max_sentences: int = Field(default=2000, ge=1)
    """How many sentences of it are read."""
    fit: FitOptions

    @field_validator("split", mode="after")
    @classmethod
    def _is_dev(cls, split: str) -> str:
        if split != "dev":
            raise ValueError(f"calibration sees the dev split alone, not {split!r}, which is for measuring")
        return split

    @field_validator("gold", "text", mode="after")
    @classmethod
    def _from_config_folder(cls, paths: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(from_config_folder(path, info) for path in paths)

    @model_validator(mode="after")
    def _has_something_to_fit_on(self) -> Self:
        if self.fit.needs_gold and not self.gold:
            raise ValueError(
                "gold is missing; only `bias: batch` and `bias: content_free` with `temperature: false` and "
                "`flag: false` go without"
            )
        if self.fit.bias == "none" and not self.fit.needs_gold:
            raise ValueError("there is nothing to fit")
        if self.text and self.fit.bias != "batch":
            raise ValueError("text is for `bias: batch` alone")
        if self.fit.bias == "batch" and not (self.text or self.gold):
            raise ValueError("`bias: batch` needs text or gold")
        return self
