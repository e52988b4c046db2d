"""Evaluation configs: which backends on which gold sets."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from toolkit.config import Config, from_config_folder


class EvaluateConfig(Config):
    """One evaluation."""

    name: str = Field(min_length=1)
    description: str = ""
    labels: str = "claims"
    """Label set: a shipped name, or a path that starts from this file."""
    gold: tuple[Path, ...] = Field(min_length=1)
    """Gold sets: folders with dev.jsonl and test.jsonl, or single files."""
    split: str = Field(default="test", pattern="^(dev|test)$")
    backends: tuple[str, ...] = Field(min_length=1)
    """Shipped names, or paths that start from this file."""
    resamples: int = Field(default=2000, ge=100)
    """Draws of the bootstrap."""
    seed: int = 0

    @field_validator("backends", mode="after")
    @classmethod
    def _differ(cls, backends: tuple[str, ...]) -> tuple[str, ...]:
        if twice := [name for name in dict.fromkeys(backends) if backends.count(name) > 1]:
            raise ValueError(f"{', '.join(twice)} is there twice")
        return backends

    @field_validator("gold", mode="after")
    @classmethod
    def _from_config_folder(cls, gold: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(from_config_folder(path, info) for path in gold)
