"""What a calibration is made of; `toolkit.calibration` applies it, `claimkit calibrate` fits it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from toolkit.config import Config

Probability = Annotated[float, Field(ge=0, le=1)]


class ConformalConfig(Config):
    """Label sets that hold the right label with a given probability; see `toolkit.calibration`."""

    alpha: float = Field(gt=0, lt=1)
    """Share of the sentences whose right label may be missing from the set."""
    quantile: Probability
    """A label is in the set when its nonconformity is at most this."""
    method: Literal["lac", "aps"] = "lac"
    """``lac`` makes the smallest sets (Sadinle et al. 2019), ``aps`` adapts them to hard rows (Romano et al. 2020)."""


class BeforeAfter(Config):
    """A figure on rows of documents that were held out of the fit."""

    before: float | None = None
    after: float


class FittedOn(Config):
    """Where a calibration comes from; changes no answer."""

    claimkit: str
    backend: str
    model: str = ""
    """Fingerprint of the backend with its weights."""
    label_set: str
    labels: tuple[str, ...]
    """The labels in order. With others the calibration does not apply."""
    gold: dict[str, str] = Field(default_factory=dict)
    """Gold set to SHA-256 of its dev split."""
    text: str = ""
    """SHA-256 of the unlabelled sentences."""
    n: int = 0
    """Gold rows that the fit saw."""
    documents: int = 0
    folds: int = 0
    seed: int = 0
    figures: dict[str, BeforeAfter] = Field(default_factory=dict)


class CalibrationConfig(Config):
    """Turns scores into probabilities and probabilities into labels; see `toolkit.calibration`.

    Keys that came later are left out of a dump while they are empty, so that fingerprints of earlier runs hold.
    """

    temperature: float = Field(default=1.0, gt=0)
    """Log-scores are divided by it (Guo et al. 2017, "On calibration of modern neural networks")."""
    threshold: float = Field(default=0.0, ge=0, le=1)
    """Below this probability of the best label the backend abstains. 0 never abstains."""
    flag_threshold: float = Field(default=0.5, ge=0, le=1)
    """From this probability on the flag is true."""
    bias: dict[str, FiniteFloat] = Field(default_factory=dict, exclude_if=lambda bias: not bias)
    """Label to what is added to its log-score after the division; 0 for a label that is not there."""
    thresholds: dict[str, Probability] = Field(default_factory=dict, exclude_if=lambda own: not own)
    """Label to a threshold of its own, instead of ``threshold``."""
    flag_temperature: float = Field(default=1.0, gt=0, exclude_if=lambda value: value == 1.0)
    """The flag's log-odds are divided by it …"""
    flag_bias: FiniteFloat = Field(default=0.0, exclude_if=lambda value: value == 0.0)
    """… and this is added."""
    conformal: ConformalConfig | None = Field(default=None, exclude_if=lambda value: value is None)
    """Adds ``label_set`` to every record."""
    fitted_on: FittedOn | None = Field(default=None, exclude=True)
    """Written by `claimkit calibrate`."""

    @property
    def labels(self) -> set[str]:
        """The labels that it names."""
        return {*self.bias, *self.thresholds}
