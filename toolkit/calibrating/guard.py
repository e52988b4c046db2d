"""Loads the gold rows of a calibration, and keeps test splits out of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from toolkit.corpus.splits import Guard
from toolkit.evaluation.goldset import GoldSet, load_gold
from toolkit.labels import LabelSet


def dev_file(path: Path) -> Path:
    """The file that a gold set is calibrated on: the dev split of a folder, or the file itself."""
    return path / "dev.jsonl" if path.is_dir() else path


def load_dev(paths: Iterable[Path], labels: LabelSet, guard: Guard) -> list[GoldSet]:
    """Load the dev splits of gold sets.

    Args:
        paths: Folders with ``dev.jsonl``, or single files.
        labels: The label set.
        guard: Knows the test splits.

    Raises:
        InputError: Missing or malformed, or it is or holds a test split.
    """
    gold = []
    for path in paths:
        guard.check_file(dev_file(path))
        one = load_gold(path, labels, split="dev")
        guard.check_texts(((row.id, row.text) for row in one.rows), where=str(dev_file(path)))
        gold.append(one)
    return gold
