"""Configs: frozen pydantic models read from YAML. Whatever is wrong in one fails here, before a model loads."""

from __future__ import annotations

import difflib
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, ValidationInfo
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from toolkit.errors import ConfigError

T = TypeVar("T")


class Config(BaseModel):
    """Base of every config: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def from_config_folder(path: Path, info: ValidationInfo) -> Path:
    """For validators: a path in a config, which starts from the folder of the file that holds it."""
    base: Path = (info.context or {}).get("folder") or Path()
    try:
        return base / path.expanduser()
    except RuntimeError as error:  # ~name, and there is no such user
        raise ValueError(str(error)) from error


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML mapping, by YAML 1.2: ``no`` and ``on`` are strings, a repeated key is an error.

    Raises:
        ConfigError: Unreadable, not YAML, or not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The config {path} cannot be read: {_reason(error)}.", hint="It must be a UTF-8 file."
        ) from error
    try:
        data = YAML(typ="safe", pure=True).load(StringIO(text))
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"{path} is not valid YAML: {_yaml_fault(error)}.", hint="Check the indentation and quotes."
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
            # In a union by kind the place begins with the kind, which is no key of the file.
            parts = fault["loc"][1:] if fault["loc"][:1] == (data.get("kind"),) else fault["loc"]
            place = ".".join(str(part) for part in parts)
            faults.append(f"{place}: {_plain(fault)}" if place else _plain(fault))
        raise ConfigError(
            f"{where} cannot be used: {'; '.join(faults)}.", hint="`claimkit validate FILE` checks it."
        ) from None


def _plain(fault: Any) -> str:
    """Pydantic's wording, without its prefixes and with the value that was given."""
    message = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    context = fault.get("ctx", {})
    if fault["type"] == "extra_forbidden":
        return "this key is not known"
    if fault["type"] == "value_error":
        return message
    if fault["type"] == "missing":
        return "this key is missing"
    if fault["type"] == "union_tag_not_found":
        return f"the key {context['discriminator']} is missing"
    if fault["type"] == "union_tag_invalid":
        known = context["expected_tags"].replace("'", "").split(", ")
        near = difflib.get_close_matches(str(context["tag"]), known, n=1)
        guess = f"; did you mean {near[0]}?" if near else ""
        return f"{context['tag']!r} is none of the kinds {', '.join(known)}{guess}"
    if fault["type"] == "too_short":
        return f"at least {context['min_length']} needed, not {context['actual_length']}"
    return f"{message[0].lower()}{message[1:]}, not {fault['input']!r:.60}"


def _yaml_fault(error: Exception) -> str:
    """What is wrong and in which line, without the parser's advice to programmers."""
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {' '.join(str(error.problem or error.context).split())}"
    return " ".join(str(error).split())[:300]


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
