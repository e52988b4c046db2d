"""A small evaluation with backends that need no model, for the tests of its run and of what a kill leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolkit.evaluation.run import evaluate

ROWS = [
    ("a1", "a", "Prices will fall next year.", "prediction", False),
    ("a2", "a", "The bridge was built in 1931.", "factual_claim", False),
    ("a3", "a", "Police said two men were held.", "factual_claim", True),
    ("b1", "b", "We should abolish this unfair tax.", "opinion", False),
    ("b2", "b", "Who are they?", "rhetoric", False),
    ("c1", "c", "It failed | badly.", "factual_claim", None),
]


def gold_lines(*rows: tuple[str, str, str, str, bool | None]) -> str:
    keys = ("id", "doc", "text", "label", "attributed")
    return "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "test.jsonl").write_text(gold_lines(*ROWS))
    (tmp_path / "fake.yaml").write_text(
        "kind: scripted\nname: fake\ndefault: factual_claim\n"
        "answers: {Prices will fall next year.: prediction, Who are they?: '!timeout'}\n"
    )
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Callable[..., dict[str, Any]]:
    def make(**changes: object) -> dict[str, Any]:
        settings = {"name": "mine", "gold": ["gold"], "backends": ["cues", "majority", "fake.yaml"], "resamples": 100}
        (folder / "e.yaml").write_text(json.dumps(settings | changes))
        return evaluate(folder / "e.yaml", folder / "out")

    return make


def result(report: dict[str, Any], backend: str) -> dict[str, Any]:
    return next(one for one in report["results"] if one["backend"] == backend)


def predictions(folder: Path) -> set[str]:
    base = folder / "out" / "predictions"
    return {path.relative_to(base).as_posix() for path in base.rglob("*.*") if path.is_file()}
