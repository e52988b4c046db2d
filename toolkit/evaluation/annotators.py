"""What single annotators said, where ``annotators.jsonl`` lies beside a gold set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import InputError
from toolkit.evaluation.goldset import GoldSet

FILE = "annotators.jsonl"
ADJUDICATOR = "adjudicator"
"""Who ruled where the others differed; no independent opinion."""


class Answer(NamedTuple):
    """One annotator's label of one row."""

    row: str
    annotator: str
    label: str


def load_answers(gold: GoldSet) -> list[Answer]:
    """Independent answers to the rows of a gold set; empty where there is no file.

    Raises:
        InputError: A line is malformed; names it.
    """
    path = gold.folder / FILE if gold.folder else None
    if path is None or not path.is_file():
        return []
    wanted = {row.id for row in gold.rows}
    answers = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").split("\n"), start=1):
        if line.strip():
            answer = _answer(line, path, number)
            if answer.row in wanted and answer.annotator != ADJUDICATOR and answer.label:
                answers.append(answer)
    return answers


def _answer(line: str, path: Path, number: int) -> Answer:
    try:
        value = json.loads(line)
        return Answer(str(value["id"]), str(value["annotator"]), str(value.get("label") or ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{path}, line {number}: not an annotator's answer.", hint="Each line needs id, annotator and label."
        ) from None


def agreement(gold: GoldSet, answers: Sequence[Answer]) -> Mapping[str, str]:
    """Row id to how many annotators gave the gold label, as in ``"2 of 3"``; rows that two or more answered."""
    given: dict[str, list[str]] = {}
    for answer in answers:
        given.setdefault(answer.row, []).append(answer.label)
    return {
        row.id: f"{given[row.id].count(row.label)} of {len(given[row.id])}"
        for row in gold.rows
        if len(given.get(row.id, [])) > 1
    }
