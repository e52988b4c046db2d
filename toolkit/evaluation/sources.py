"""From the ``gold:`` entries of a config to gold sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from toolkit.evaluation.benchmarks import load_benchmark
from toolkit.evaluation.config import GoldEntry
from toolkit.evaluation.goldset import GoldSet, load_gold
from toolkit.labels import LabelSet


def load_entries(entries: Sequence[GoldEntry], labels: LabelSet, *, split: str) -> list[GoldSet]:
    """Load all gold sets of a config.

    Args:
        entries: What the config names.
        labels: The label set.
        split: Which split of a folder.

    Raises:
        ToolkitError: One is missing or malformed, or has a label that there is not.
    """
    return [_load(entry, labels, split) for entry in entries]


def _load(entry: GoldEntry, labels: LabelSet, split: str) -> GoldSet:
    if entry.path is not None:
        gold = load_gold(entry.path, labels, split=split)
    else:
        gold = load_benchmark(str(entry.benchmark), folder=entry.folder, hub=entry.hub, labels=labels, rows=entry.rows)
    return gold if entry.keep_text else replace(gold, keep_text=False)
