"""The record itself, one JSON object a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from toolkit.corpus.write import to_row, write_jsonl
from toolkit.exchange.bundle import Export


def write(export: Export, target: Path) -> Sequence[str]:
    """Write the annotations as `claimkit annotate` does."""
    write_jsonl((to_row(annotation) for annotation in export.annotations), target)
    return ()
