"""Joins stand-off labels with the real text that they belong to, which is not part of the project.

    python -m toolkit.training.public LABELS.jsonl FOLDER OUT

LABELS has source, doc, index (of the sentence in its document), sha256 (the first half of that of the text), split,
label and attributed. FOLDER has one SOURCE.jsonl for each source, with doc and text, sentences in order. OUT gets
``train.jsonl``, ``dev.jsonl``, and ``rest.jsonl`` with the sentences of training documents that nobody labelled.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit.corpus.write import write_jsonl
from toolkit.errors import InputError

DIGITS = 16
"""Hex digits of the hash that the labels keep."""


def join(labels: Path, folder: Path, output: Path) -> dict[str, int]:
    """Write the labelled sentences with their text.

    Args:
        labels: The stand-off labels.
        folder: The text, one file for each source.
        output: Folder for ``train.jsonl``, ``dev.jsonl`` and ``rest.jsonl``.

    Returns:
        How many rows each file got.

    Raises:
        InputError: A source is missing, or a sentence is not where the labels say that it is.
    """
    rows = list(_read(labels))
    texts = {source: _sentences(folder / f"{source}.jsonl") for source in sorted({row["source"] for row in rows})}
    held = {(row["source"], row["doc"]) for row in rows if row["split"] == "dev"}
    parts: dict[str, list[dict[str, Any]]] = {"train": [], "dev": [], "rest": []}
    seen = set()
    for row in rows:
        place = (row["source"], row["doc"], row["index"])
        seen.add(place)
        text = texts[row["source"]].get(place[1:])
        if text is None or hashlib.sha256(text.encode()).hexdigest()[:DIGITS] != row["sha256"]:
            raise InputError(
                f"Sentence {row['index']} of {row['doc']} is not in {row['source']}.jsonl as it was labelled.",
                hint="Use the same version and splitting of the source as the card of the labels names.",
            )
        if row["label"] is not None:
            kept = {"id": f"{row['doc']}:{row['index']}", "doc": row["doc"], "text": text}
            parts[row["split"]].append(kept | {"label": row["label"], "attributed": row["attributed"]})
    for source, sentences in texts.items():
        for (doc, index), text in sentences.items():
            if (source, doc, index) not in seen and (source, doc) not in held:
                parts["rest"].append({"doc": doc, "text": text})
    for name, part in parts.items():
        write_jsonl(iter(part), output / f"{name}.jsonl")
    return {name: len(part) for name, part in parts.items()}


def _sentences(file: Path) -> dict[tuple[str, int], str]:
    counts: dict[str, int] = {}
    found = {}
    for row in _read(file):
        index = counts.get(row["doc"], 0)
        counts[row["doc"]] = index + 1
        found[row["doc"], index] = row["text"]
    return found


def _read(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8") as handle:
            yield from (json.loads(line) for line in handle)
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}.", hint="It must be UTF-8 JSON Lines.") from error


if __name__ == "__main__":
    try:
        counts = join(*map(Path, sys.argv[1:4]))
    except InputError as error:
        sys.exit(f"{error.message} {error.hint}")
    sys.stderr.write(", ".join(f"{name}: {count}" for name, count in counts.items()) + "\n")
