"""The files to begin an own label set with, every one of them valid as it is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from ruamel.yaml import YAML

from toolkit import config
from toolkit.corpus.write import atomic
from toolkit.errors import OutputError
from toolkit.labels import LabelSet

EXAMPLE = ("support", "oppose", "neither")
"""The labels when none are given."""
TEMPLATES = Path(__file__).resolve().parent / "templates"
DOCUMENTS = 2
"""Per split: what a calibration needs to measure itself."""

__all__ = ["EXAMPLE", "scaffold"]


def scaffold(folder: Path, names: Sequence[str] = EXAMPLE) -> list[Path]:
    """Write label set, configs and gold files to fill in.

    Args:
        folder: Where to; made if it is not there.
        names: The labels.

    Returns:
        The files, in the order to read them.

    Raises:
        ConfigError: The labels do not make a label set.
        OutputError: One of the files is there already; nothing is written then.
    """
    title = folder.resolve().name or "mine"
    files = dict(_files(title, [name.strip() for name in names]))
    data = YAML(typ="safe", pure=True).load(StringIO(files["labels.yaml"]))
    config.validate(data, LabelSet, where="The label set")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file.", hint="Name a folder to write to.")
    if taken := [name for name in files if (folder / name).exists()]:
        raise OutputError(f"{folder / taken[0]} is there already.", hint="Choose another folder; nothing was written.")
    for name, text in files.items():
        with atomic(folder / name) as handle:
            handle.write(text.encode())
    return [folder / name for name in files]


def _files(title: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Path in the folder to text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # YAML and Markdown; what could break YAML goes through tojson
    )
    labels = [{"name": name, "words": name.replace("_", " ")} for name in names]
    for template in ("README.md", "labels.yaml"):
        yield template, environment.get_template(f"{template}.jinja").render(title=title, labels=labels)
    for split in ("dev", "test"):
        yield f"gold/{split}.jsonl", "".join(map(_line, _rows(split, labels)))
    yield "train.jsonl", "".join(map(_line, _rows("training", labels)))
    for template in ("majority.yaml", "evaluate.yaml", "calibrate.yaml", "train.yaml"):
        yield template, environment.get_template(f"{template}.jinja").render(title=title, labels=labels)


def _rows(split: str, labels: Sequence[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """Rows to be replaced: every label in every document, and no text in two splits."""
    for document in range(1, DOCUMENTS + 1):
        for number, label in enumerate(labels, start=1):
            yield {
                "id": f"{split}-{document}:{number}",
                "doc": f"{split}-{document}",
                "text": f"Put a {split} sentence of document {document} here that is {label['words']}.",
                "label": label["name"],
            }


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
