"""Writes what people read beside ``results.json``."""

from __future__ import annotations

from pathlib import Path

from toolkit.corpus.write import atomic
from toolkit.evaluation import folder, page
from toolkit.evaluation.report import markdown
from toolkit.evaluation.schema import Results


def publish(results: Results, output: Path) -> None:
    """Write ``results.json``, ``report.md`` and the page ``report.html``."""
    folder.write_json(results, output / folder.RESULTS)
    with atomic(output / folder.REPORT) as handle:
        handle.write(markdown(results).encode())
    page.write(output)
