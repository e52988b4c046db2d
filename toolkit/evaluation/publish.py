"""Writes what people read beside ``results.json``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from toolkit.corpus.write import atomic
from toolkit.evaluation import folder
from toolkit.evaluation.report import markdown
from toolkit.evaluation.schema import Results

PAGE = "toolkit.evaluation.page"


def publish(results: Results, output: Path) -> None:
    """Write ``results.json``, ``report.md`` and the page."""
    folder.write_json(results, output / folder.RESULTS)
    with atomic(output / folder.REPORT) as handle:
        handle.write(markdown(results).encode())
    if find_spec(PAGE):
        import_module(PAGE).write(output)
