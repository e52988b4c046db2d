from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from toolkit.labelling.answers import AnswerFile
from toolkit.labelling.items import Item, Suggestion
from toolkit.labelling.session import Session
from toolkit.labels import load_labels

TEXTS = ("Prices will fall.", "The bridge was built in 1931.", "How dare they?")
SAID = ("prediction", "opinion", "rhetoric")


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def items() -> list[Item]:
    """Three sentences of one document; the model is wrong on the second."""
    return [
        Item(f"d:{i}-{i + 1}", "d", text, "before", "after", Suggestion(said, {said: 0.8}, False, "cues"))
        for i, (text, said) in enumerate(zip(TEXTS, SAID, strict=True))
    ]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answer_file(tmp_path: Path) -> Iterator[AnswerFile]:
    with AnswerFile(tmp_path / "sample.anna.jsonl", "anna") as file:
        yield file


@pytest.fixture
def session(items: Sequence[Item], answer_file: AnswerFile, clock: Clock) -> Session:
    return Session(items, answer_file, labels=load_labels("claims").names, clock=clock)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows as JSONL."""

    def write(name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


def lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def read() -> Callable[[Path], list[dict[str, Any]]]:
    return lines
