"""Evaluation configs: which backends on which gold sets, and what else to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from toolkit.config import Config, from_config_folder

RobustnessKind = Literal["label_order", "hypotheses", "case", "whitespace", "batch_size", "precision", "injection"]


class GoldEntry(Config):
    """One gold set: a path, or a public benchmark by name."""

    path: Path | None = None
    """Folder with dev.jsonl and test.jsonl, or a single file."""
    benchmark: str | None = None
    """Name of a public set."""
    folder: Path | None = None
    """Where the files of the benchmark are."""
    hub: str | None = None
    """Hub id of the benchmark, instead of a folder."""
    rows: Literal["sample", "all"] = "sample"
    """Of a benchmark: up to 200 rows a class, or all of them."""
    keep_text: bool = True
    """Whether sentences may stand in what is written; false for sets whose licence does not allow it."""

    @field_validator("path", "folder", mode="after")
    @classmethod
    def _from_config_folder(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else from_config_folder(path, info)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.path is None) == (self.benchmark is None):
            raise ValueError("give a path, or the name of a benchmark")
        if self.benchmark is None and (self.folder or self.hub or self.rows != "sample"):
            raise ValueError("folder, hub and rows are for benchmarks; a set of your own has a path")
        return self


class RobustnessConfig(Config):
    """Asks a subsample again in other ways."""

    sample: int = Field(default=100, ge=1)
    """Rows of each gold set, drawn with the seed; all if there are fewer."""
    kinds: tuple[RobustnessKind, ...] = get_args(RobustnessKind)
    backends: tuple[str, ...] = ()
    """Names of backends to ask; all when empty."""


def _as_entry(value: Any) -> Any:
    return {"path": value} if isinstance(value, str | Path) else value


class EvaluateConfig(Config):
    """One evaluation."""

    name: str = Field(min_length=1)
    description: str = ""
    labels: str = "claims"
    """Label set: a shipped name, or a path that starts from this file."""
    gold: tuple[Annotated[GoldEntry, BeforeValidator(_as_entry)], ...] = Field(min_length=1)
    """Gold sets: folders with dev.jsonl and test.jsonl, single files, or benchmarks."""
    split: str = Field(default="test", pattern="^(dev|test)$")
    backends: tuple[str, ...] = Field(min_length=1)
    """Shipped names, or paths that start from this file."""
    resamples: int = Field(default=2000, ge=100)
    """Draws of the bootstrap."""
    seed: int = 0
    slices: tuple[str, ...] | None = None
    """Columns to slice by; those with a few values when not given. Length, flag and agreement always."""
    slice_minimum: int = Field(default=30, ge=1)
    """A slice of fewer rows is never named the worst."""
    wanted: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.8, 0.9, 0.95, 0.99)
    """Shares of right answers for the threshold table."""
    weights: bool = True
    """Count each row of a sample as many times as it stands for sentences (its column ``weight``), so that figures are
    those of the run and not of the sample."""
    leakage: tuple[Path, ...] = ()
    """Training text that no gold row should stand in: .jsonl files with a text, or plain text."""
    suspects: bool = True
    """Look for label errors, where cleanlab is installed."""
    robustness: RobustnessConfig | None = None

    @field_validator("backends", mode="after")
    @classmethod
    def _differ(cls, backends: tuple[str, ...]) -> tuple[str, ...]:
        if twice := [name for name in dict.fromkeys(backends) if backends.count(name) > 1]:
            raise ValueError(f"{', '.join(twice)} is there twice")
        return backends

    @field_validator("leakage", mode="after")
    @classmethod
    def _from_config_folder(cls, paths: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(from_config_folder(path, info) for path in paths)
