"""How much each row of a sampled gold set counts: as many times as it stands for sentences of what it was drawn from.

`claimkit sample` writes why a row was chosen (``sampled``) and the inverse of its chance (``weight``). Weighted by it,
figures are those of the whole run (Horvitz & Thompson 1952, in ratios as Hájek has them). Unweighted ones are those of
the sample, in which rare labels or short documents have too large a share.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from toolkit.errors import InputError
from toolkit.evaluation.goldset import GoldRow, GoldSet
from toolkit.evaluation.scored import Floats, effective


@dataclass(frozen=True, slots=True)
class Weights:
    """What the sampling of a gold set means for its figures.

    Attributes:
        values: One for each row, their mean 1; None where all count alike.
        words: What the reader of a figure must know; empty where there is nothing.
    """

    values: Floats | None = None
    words: str = ""


def weights_of(gold: GoldSet, *, wanted: bool) -> Weights:
    """The weights of a gold set that `claimkit sample` drew.

    A column ``weight`` without ``sampled`` beside it is somebody's own and means nothing here.

    Args:
        gold: The set.
        wanted: Whether the config wants rows weighted.

    Raises:
        InputError: A weight is no positive number.
    """
    ways = Counter(str(way) for row in gold.rows if (way := row.columns.get("sampled")))
    if not ways:
        return Weights()
    told = [_weight(row) for row in gold.rows]
    unknown = sum(one is None for one in told)
    how = ", ".join(ways)
    if unknown == len(told):
        return Weights(words=f"Sampled by {how}: its figures are those of such sentences, not of the run.")
    if unknown:
        return Weights(
            words=f"{unknown} of {len(told)} rows have no weight, so none is used: its figures are those of the sample "
            f"({how}), not of the run."
        )
    values = np.array(told, dtype=np.float64)
    values /= values.mean()
    if np.ptp(values) < 1e-6:
        return Weights()
    if not wanted:
        return Weights(words=f"Sampled by {how} and not weighted: its figures are those of the sample, not of the run.")
    return Weights(
        values,
        f"Sampled by {how}, and weighted to be the run again: {len(told)} rows tell as much as "
        f"{effective(values):.0f} of equal weight.",
    )


def _weight(row: GoldRow) -> float | None:
    value = row.columns.get("weight")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise InputError(
            f"The row {row.id} was sampled, and its weight is {value!r}.", hint="It must be a positive number, or gone."
        )
    return float(value)
