"""Where a backend is good and where it is not: figures by genre or any other column, length, flag and agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from toolkit.evaluation.figures import headline
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.schema import Slice, Slices
from toolkit.evaluation.scored import Scored

BANDS = ((1, 8), (9, 16), (17, 24), (25, 40), (41, None))
"""Lengths in words."""
MOST_VALUES = 20
"""A column with more values, or with as many as there are documents, is sliced by only where the config names it."""

Values = list[str | None]


def columns_to_slice(rows: Sequence[Mapping[str, Any]], documents: int, wanted: Sequence[str] | None) -> list[str]:
    """The columns of gold rows that slices are made of.

    Args:
        rows: The ``columns`` of each gold row.
        documents: How many documents they stand in; a column with as many values names the document.
        wanted: What the config names, or None: all with a few values.
    """
    if wanted is not None:
        return [name for name in wanted if any(row.get(name) is not None for row in rows)]
    names = dict.fromkeys(name for row in rows for name in row if name != "weight")
    most = min(MOST_VALUES, documents - 1)
    return [name for name in names if 2 <= len({_text(row.get(name)) for row in rows} - {None}) <= most]


def slices_of(
    gold: Sequence[Mapping[str, Any]],
    scored: Scored,
    columns: Sequence[str],
    options: Bootstrap,
    *,
    minimum: int,
) -> Slices:
    """Figures of every slice, and which is the worst.

    Args:
        gold: Rows of ``gold/<set>.jsonl``.
        scored: The same rows with answers.
        columns: Which columns to slice by.
        options: How to draw.
        minimum: A slice of fewer rows is never the worst.
    """
    by_column: dict[str, Values] = {name: [_text(row["columns"].get(name)) for row in gold] for name in columns}
    by_column["length"] = [_band(row["words"]) for row in gold]
    by_column["attributed"] = [_text(row["attributed"]) for row in gold]
    by_column["agreement"] = [row["agreement"] for row in gold]
    groups = [
        _slice(column, value, scored.take(mask), options, minimum)
        for column, values in by_column.items()
        for value, mask in _masks(values)
    ]
    candidates = [i for i, one in enumerate(groups) if not one["small"] and one["macro_f1"]["value"] is not None]
    worst = min(candidates, key=lambda i: groups[i]["macro_f1"]["value"] or 0.0, default=None)
    words = "" if worst is None else _words(groups[worst])
    return {"minimum": minimum, "groups": groups, "worst": worst, "words": words}


def _masks(values: Values) -> list[tuple[str, np.ndarray]]:
    """Each value with the rows that have it, bands of length in order; none if all rows have the same one."""
    known = [value for value in dict.fromkeys(values) if value is not None]
    if len(known) < 2:
        return []
    bands = [_band_name(*band) for band in BANDS]
    known.sort(key=lambda value: (bands.index(value) if value in bands else -1, value))
    array = np.array(values, dtype=object)
    return [(value, array == value) for value in known]


def _slice(column: str, value: str, scored: Scored, options: Bootstrap, minimum: int) -> Slice:
    macro_f1, accuracy = headline(scored, options)
    return {
        "column": column,
        "value": value,
        "n": len(scored),
        "documents": scored.documents,
        "small": len(scored) < minimum,
        "coverage": scored.coverage,
        "macro_f1": macro_f1,
        "accuracy": accuracy,
    }


def _words(worst: Slice) -> str:
    interval = worst["macro_f1"]["interval"]
    few = f", {worst['documents']} document{'' if worst['documents'] == 1 else 's'}"
    between = f", 95 % interval {interval[0]:.3f} to {interval[1]:.3f}" if interval else few
    figure = worst["macro_f1"]["value"] or 0.0
    return f"Worst where {worst['column']} is {worst['value']}: macro-F1 {figure:.3f} (n = {worst['n']}{between})."


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _band(words: int) -> str:
    return next(_band_name(low, high) for low, high in BANDS if high is None or words <= high)


def _band_name(low: int, high: int | None) -> str:
    return f"{low}+ words" if high is None else f"{low}–{high} words"
