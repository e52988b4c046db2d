"""Public sets by name."""

from __future__ import annotations

from pathlib import Path

from toolkit.errors import UnknownNameError
from toolkit.evaluation.goldset import GoldSet
from toolkit.labels import LabelSet

BENCHMARKS: dict[str, str] = {}
"""Name to what it is."""


def load_benchmark(name: str, *, folder: Path | None = None, hub: str | None = None, labels: LabelSet) -> GoldSet:
    """Load a public set.

    Args:
        name: Which.
        folder: Local folder that holds it.
        hub: Hub id to read instead.
        labels: The label set that backends answer in.

    Raises:
        UnknownNameError: There is none of that name.
    """
    del folder, hub, labels
    raise UnknownNameError("benchmark", name, BENCHMARKS)
