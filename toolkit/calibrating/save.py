"""Writes the backend config that carries a calibration: the source's own keys, with paths that still lead there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from toolkit import config, resources
from toolkit.backends.base import load_config
from toolkit.calibration_config import CalibrationConfig
from toolkit.corpus.write import atomic
from toolkit.errors import OutputError, ToolkitError

PATH_KEYS = {"folder", "adapter", "labels", "data", "members", "file", "files", "prompt"}
"""Keys of backend configs that may hold paths. One is moved only if there is something at its place."""
SHIPPED = {"labels": "configs/labels", "members": "configs/backends"}
"""Key to the folder of the shipped files whose names go before paths."""


def write_config(
    source: Path,
    target: Path,
    calibration: CalibrationConfig,
    *,
    name: str,
    labels: str = "",
    weights: Sequence[float] | None = None,
) -> None:
    """Write the config of ``source`` with a calibration to ``target``.

    Args:
        source: The YAML file of the backend.
        target: The file to write.
        calibration: What was fitted.
        name: The new backend's name.
        labels: Label set to name instead of the source's; seen from the folder of ``target``.
        weights: Of an ensemble's members, where they were fitted.

    Raises:
        OutputError: It cannot be written.
    """
    data = config.read_yaml(source)
    old, new = source.resolve().parent, target.resolve().parent
    moved = {key: _moved(key, value, old, new) for key, value in data.items() if key != "calibration"}
    moved["name"] = name
    if labels:
        moved["labels"] = labels
    if weights is not None:
        moved["weights"] = list(weights)
    # `fitted_on` is left out of dumps, since it changes no answer; here it is what one wants to read later.
    moved["calibration"] = calibration.model_dump(mode="json", exclude_defaults=True)
    if calibration.fitted_on is not None:
        moved["calibration"]["fitted_on"] = calibration.fitted_on.model_dump(mode="json", exclude_defaults=True)
    yaml = YAML()
    yaml.width = 120
    stream = StringIO()
    yaml.dump(moved, stream)
    with atomic(target) as handle:
        handle.write(stream.getvalue().encode())


def require_free(target: Path) -> None:
    """Check that a file may be written: there is none, or one that a calibration wrote.

    Raises:
        OutputError: It is something else.
    """
    if not target.exists():
        return
    try:
        calibrated = load_config(target.resolve())[0].calibration.fitted_on is not None
    except ToolkitError:
        calibrated = False
    if not calibrated:
        raise OutputError(f"{target} is there already and is no calibrated config.", hint="Choose another -o.")


def moved_reference(value: str, old: Path, new: Path, *, shipped: str = "") -> str:
    """A name or relative path as it is written in another folder.

    Args:
        value: As it stands in a file in ``old``.
        old: The folder that it starts from.
        new: The folder that it is to start from.
        shipped: Folder of the shipped files whose names go before paths.
    """
    path = Path(value).expanduser()
    if old == new or path.is_absolute() or (shipped and value in resources.shipped(shipped)):
        return value
    place = old / path
    return Path(os.path.relpath(place, new)).as_posix() if place.exists() else value


def _moved(key: str, value: Any, old: Path, new: Path) -> Any:
    if isinstance(value, dict):
        return {name: _moved(name, inner, old, new) for name, inner in value.items()} if key != "answers" else value
    if isinstance(value, list):
        return [_moved(key, inner, old, new) for inner in value]
    if isinstance(value, str) and key in PATH_KEYS:
        return moved_reference(value, old, new, shipped=SHIPPED.get(key, ""))
    return value
