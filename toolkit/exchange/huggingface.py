"""A dataset for the Hugging Face Hub: Parquet with typed features, and a dataset card."""

from __future__ import annotations

import importlib.resources
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa

from toolkit.corpus.arrow import to_table
from toolkit.corpus.write import to_row
from toolkit.exchange.bundle import Export
from toolkit.records import Annotation

SPLIT_NAMES = {"dev": "validation"}
"""What the Hub calls a split, where it is not our word."""
NONE = "(none)"


def write(export: Export, target: Path) -> Sequence[str]:
    """Write ``data/<split>-00000-of-00001.parquet`` and ``README.md``; `datasets.load_dataset` reads the folder.

    The label is a ClassLabel, null where the backend abstained or failed.
    """
    import datasets

    table = to_table([to_row(annotation) for annotation in export.annotations], export.names)
    # A column that is null everywhere gets a real type, which other readers of Parquet need.
    typed = [column.with_type(pa.string()) if pa.types.is_null(column.type) else column for column in table.schema]
    table = table.cast(pa.schema(typed))
    with _without_bars():
        whole = datasets.Dataset(table).cast_column("label", datasets.ClassLabel(names=export.names))
        (target / "data").mkdir()
        start = 0
        for name, part in export.parts.items():
            own = whole.select(range(start, start + len(part)))
            own.to_parquet(target / "data" / f"{SPLIT_NAMES.get(name, name)}-00000-of-00001.parquet")
            start += len(part)
    (target / "README.md").write_bytes(card(export, list(whole.column_names)).encode("utf-8", "replace"))
    return ()


@contextmanager
def _without_bars() -> Iterator[None]:
    """What takes a moment needs no progress bars."""
    from datasets.utils import disable_progress_bars, enable_progress_bars, is_progress_bar_enabled

    shown = is_progress_bar_enabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            enable_progress_bars()


def card(export: Export, columns: Sequence[str]) -> str:
    """The dataset card.

    Args:
        export: What is in the dataset.
        columns: Names of its columns.
    """
    loader = jinja2.FunctionLoader(
        lambda name: importlib.resources.files("toolkit.exchange").joinpath("templates", name).read_text("utf-8")
    )
    pages = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters["cell"] = _cell
    pages.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False, default=str)
    annotations = export.annotations
    template = pages.get_template("dataset_card.md.jinja")
    return template.render(
        name=export.name,
        licence=export.settings.licence,
        size=_size(len(annotations)),
        splits={SPLIT_NAMES.get(name, name): part for name, part in export.parts.items()},
        labels=export.labels,
        counts={SPLIT_NAMES.get(name, name): _counts(part) for name, part in export.parts.items()},
        none=NONE,
        facts=export.provenance,
        left_out=export.left_out,
        seed=export.settings.seed,
        columns=columns,
        flag=export.flag,
        sources=Counter(annotation.sentence.doc_id.split("#")[0] for annotation in annotations),
        documents=len({annotation.sentence.doc_id for annotation in annotations}),
        total=len(annotations),
    )


def _counts(part: Sequence[Annotation]) -> Counter[str]:
    return Counter(annotation.label or NONE for annotation in part)


def _cell(value: Any) -> str:
    """Text for a cell of a Markdown table."""
    return " ".join(str(value).split()).replace("|", "\\|").replace("<", "&lt;")


def _size(count: int) -> str:
    """The Hub's size category."""
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((name for bound, name in bounds if count < bound), "1M<n<10M")
