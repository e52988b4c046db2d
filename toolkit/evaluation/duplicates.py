"""Texts that stand twice: inside a gold set, across its splits, in training text, among the examples of a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from toolkit.corpus.examples import rows
from toolkit.errors import InputError
from toolkit.evaluation.schema import Match

NEAR = 0.9
"""From this similarity on (normalised indel similarity of `rapidfuzz`) two texts are near duplicates."""
LONG = 25
"""Shorter texts are stock phrases: that they resemble each other, or stand elsewhere, means nothing."""
BLOCK = 256
OTHER_TABLES = {".tsv", ".parquet", ".json", ".xlsx", ".arrow", ".gz", ".zst"}
"""Files whose lines are no texts."""


class Text(NamedTuple):
    """A text and where it stands."""

    id: str
    where: str
    text: str


def plain(text: str) -> str:
    """Words in lower case, without marks: what makes two texts the same."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def duplicates(own: Sequence[Text], others: Sequence[Text] = ()) -> tuple[list[Match], list[Match]]:
    """Exact and near duplicates among some texts, and between them and others.

    Args:
        own: Texts of the split that is scored; each pair is told once.
        others: Texts of other splits.

    Returns:
        Exact ones of any length, and near ones that are long enough to mean something.
    """
    exact: list[Match] = []
    near: list[Match] = []
    for i, j, similarity in _pairs([plain(one.text) for one in own], [plain(one.text) for one in [*own, *others]]):
        if j <= i:
            continue
        other = own[j] if j < len(own) else others[j - len(own)]
        found = _match(own[i], other, similarity)
        if similarity == 1:
            exact.append(found)
        elif len(plain(own[i].text)) >= LONG:
            near.append(found)
    return exact, near


def leakage(own: Sequence[Text], training: Sequence[Text]) -> list[Match]:
    """Rows that stand in training text, word for word or nearly so; one match a row, the closest."""
    chosen = [one for one in own if len(plain(one.text)) >= LONG]
    best: dict[int, tuple[int, float]] = {}
    for i, j, similarity in _pairs([plain(one.text) for one in chosen], [plain(one.text) for one in training]):
        if similarity > best.get(i, (0, 0.0))[1]:
            best[i] = (j, similarity)
    return [_match(chosen[i], training[j], similarity) for i, (j, similarity) in sorted(best.items())]


def few_shot(own: Sequence[Text], prompts: Sequence[Text]) -> list[Match]:
    """Rows whose words stand in a prompt, in their order."""
    found = []
    for prompt in prompts:
        words = f" {plain(prompt.text)} "
        found += [
            _match(one, prompt, 1.0) for one in own if len(plain(one.text)) >= LONG and f" {plain(one.text)} " in words
        ]
    return found


def read_training(path: Path) -> list[Text]:
    """Texts of a training file: the ``text`` of each row of a .jsonl or .csv file, or each line of a plain one.

    Raises:
        InputError: It cannot be read, is another sort of table, or has a row without a text.
    """
    if path.suffix.lower() in OTHER_TABLES:
        raise InputError(f"The training text {path} is not read here.", hint="Make it .jsonl, .csv, or a line a text.")
    try:
        return list(_texts(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The training text {path} cannot be read.", hint="It must be a UTF-8 file.") from error


def _texts(path: Path) -> Iterator[Text]:
    if path.suffix.lower() in {".jsonl", ".csv"}:
        for number, row in rows(path):
            if not isinstance(row.get("text"), str):
                raise InputError(f"{path}, line {number}: no training text.", hint="Each row needs a text.")
            yield Text(str(row.get("id") or number), path.name, row["text"])
        return
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if line.strip():
            yield Text(str(number), path.name, line)


def _pairs(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Positions of texts that are alike, a block of rows at a time so that the table never is in memory whole."""
    for begin in range(0, len(left), BLOCK):
        block = left[begin : begin + BLOCK]
        table = process.cdist(block, right, scorer=fuzz.ratio, score_cutoff=100 * NEAR, dtype=np.float32)
        for i, j in zip(*np.nonzero(table), strict=True):
            yield begin + int(i), int(j), float(round(table[i, j] / 100, 4))


def _match(one: Text, other: Text, similarity: float) -> Match:
    return {"id": one.id, "split": one.where, "other": other.id, "where": other.where, "similarity": similarity}
