"""Configs of backends that are made of others: a cascade and an ensemble.

Members are read when the config is, so whatever is wrong in one of them shows before any model loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from toolkit import config, resources
from toolkit.backends.config import BackendBase
from toolkit.labels import load_labels

_reading: ContextVar[tuple[Path, ...]] = ContextVar("_reading", default=())
"""The member files that are being read, the outermost first."""


class CompositeBase(BackendBase):
    """What the configs of backends made of others share."""

    members: tuple[SerializeAsAny[BackendBase], ...] = Field(min_length=2)
    """Backends, each with the calibration of its own config: shipped names, paths that start from this file, or
    configs written out here."""

    @field_validator("members", mode="before")
    @classmethod
    def _read(cls, members: Any, info: ValidationInfo) -> Any:
        folder = (info.context or {}).get("folder")
        if not isinstance(members, Sequence) or isinstance(members, str):
            return members
        return tuple(_member(member, number, folder) for number, member in enumerate(members, start=1))

    @model_validator(mode="after")
    def _members_fit_together(self, info: ValidationInfo) -> Self:
        names = [member.name for member in self.members]
        if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
            raise ValueError(f"members: two are called {twice[0]!r}; give each a `name` of its own")
        folder = (info.context or {}).get("folder")
        own = load_labels(self.labels, base=folder)
        for member in self.members:
            other = load_labels(member.labels, base=folder)
            if {*own.names} != {*other.names}:
                raise ValueError(
                    f"members: {member.name!r} answers with the label set {other.name!r} and this config with "
                    f"{own.name!r}; all must have the same labels"
                )
        return self


class CascadeConfig(CompositeBase):
    """A cheap backend first; what it is not sure of goes on to the next."""

    kind: Literal["cascade"]
    margin: float | None = Field(default=None, gt=0, le=1)
    """An answer goes on when its two most probable labels are less than this apart."""
    conformal: bool = False
    """An answer goes on when its label set holds more than one label; members but the last need a conformal
    calibration."""
    share: float | None = Field(default=None, gt=0, le=1)
    """At most so large a share of all sentences goes on, the least certain ones of a window first."""
    on_failure: Literal["keep", "fail"] = "keep"
    """What to do when the next backend fails: keep the answer before, or fail, so that a rerun asks again."""

    @model_validator(mode="after")
    def _tells_when(self) -> Self:
        if self.margin is not None and self.conformal:
            raise ValueError("give margin or conformal, not both")
        if self.margin is None and not self.conformal and self.share is None:
            raise ValueError("say what goes on to the next member: margin, conformal or share")
        if self.conformal and (bare := [one.name for one in self.members[:-1] if not one.calibration.conformal]):
            raise ValueError(
                f"{bare[0]!r} has no label sets, which `conformal: true` goes by; `claimkit calibrate` adds them"
            )
        return self


class EnsembleConfig(CompositeBase):
    """Asks all members and puts their answers together."""

    kind: Literal["ensemble"]
    method: Literal["mean", "weighted", "vote"] = "mean"
    """Mean of the members' probabilities, weighted mean, or a vote, which gives labels without probabilities."""
    weights: tuple[float, ...] | None = None
    """For ``weighted``, one for each member, summing to 1; equal until `claimkit calibrate` fits them."""
    on_failure: Literal["fail", "leave_out"] = "fail"
    """What to do when a member fails: fail, so that a rerun asks again, or go by the others."""

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        if self.weights is None:
            return self
        if self.method != "weighted":
            raise ValueError(f"weights are for `method: weighted`, and this one is {self.method!r}")
        if len(self.weights) != len(self.members):
            raise ValueError(f"there are {len(self.weights)} weights for {len(self.members)} members")
        if min(self.weights) < 0 or abs(sum(self.weights) - 1) > 1e-3:
            raise ValueError("weights must not be negative and must sum to 1")
        return self


def leaves(backend: BackendBase) -> list[BackendBase]:
    """The configs of everything that answers by itself: the backend, or all members down to the last."""
    if not isinstance(backend, CompositeBase):
        return [backend]
    return [leaf for member in backend.members for leaf in leaves(member)]


def _member(member: Any, number: int, folder: Path | None) -> Any:
    # Not at the top of the file: the union of all kinds holds these configs too.
    from toolkit.backends.base import load_config
    from toolkit.backends.kinds import BackendConfig

    if isinstance(member, dict):
        schema: Any = BackendConfig
        found: BackendBase = config.validate(member, schema, where=f"member {number}", folder=folder)
        return found if found.name else found.model_copy(update={"name": str(member["kind"])})
    if not isinstance(member, str | Path):
        return member
    path = resources.resolve("backend", member, "configs/backends", base=folder).resolve()
    reading = _reading.get()
    if path in reading:
        names = [one.name for one in (*reading[reading.index(path) :], path)]
        raise ValueError(f"they go in a circle: {' → '.join(names)}")
    token = _reading.set((*reading, path))
    try:
        found, base = load_config(path)
    finally:
        _reading.reset(token)
    place = base / found.labels
    shipped = found.labels in resources.shipped("configs/labels") or not place.is_file()
    return found if shipped else found.model_copy(update={"labels": str(place)})
