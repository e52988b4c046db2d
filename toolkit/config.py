"""Configs: frozen pydantic models read from YAML. Whatever is wrong in one fails here, before a model loads."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from toolkit.errors import ConfigError

T = TypeVar("T")


class Config(BaseModel):
    """Base of every config: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML mapping, by YAML 1.2: ``no`` and ``on`` are strings, a repeated key is an error.

    Raises:
        ConfigError: Unreadable, not YAML, or not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The config {path} cannot be read: {_reason(error)}.", hint="It must be a UTF-8 file."
        ) from error
    try:
        data = YAML(typ="safe", pure=True).load(StringIO(text))
    except YAMLError as error:
        first = " ".join(str(error).split())
        raise ConfigError(
            f"{path} is not valid YAML: {first[:300]}", hint="Check the indentation and quotes."
        ) from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path} does not hold a mapping of keys to values.", hint="Start from a file in configs/.")
    return data


def load(path: Path, schema: type[T]) -> T:
    """Read and validate a config.

    Args:
        path: A YAML file. Relative paths inside it start from the folder that it is in.
        schema: The pydantic model, or a union of them, that it must fit.

    Raises:
        ConfigError: With every fault and the place where it stands.
    """
    return validate(read_yaml(path), schema, where=str(path), folder=path.resolve().parent)


def validate(data: dict[str, Any], schema: type[T], *, where: str, folder: Path | None = None) -> T:
    """Fit data to a schema; see `load`. ``folder`` is what relative paths start from."""
    try:
        return TypeAdapter(schema).validate_python(data, context={"folder": folder})
    except ValidationError as error:
        faults = []
        for fault in error.errors():
            place = ".".join(str(part) for part in fault["loc"])
            faults.append(f"{place}: {_plain(fault)}" if place else _plain(fault))
        raise ConfigError(
            f"{where} cannot be used: {'; '.join(faults)}.", hint="`claimkit validate FILE` checks it."
        ) from None


def _plain(fault: Any) -> str:
    """Pydantic's wording, without its prefixes and with the value that was given."""
    message = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    if fault["type"] == "extra_forbidden":
        return "this key is not known"
    if fault["type"] in {"missing", "value_error"}:
        return message[0].lower() + message[1:] if fault["type"] == "missing" else message
    return f"{message[0].lower()}{message[1:]}, not {fault['input']!r:.60}"


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
