"""Several gold sets as one: rows that can be told apart, and how much each of them counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from toolkit.calibrating.scored import Floats
from toolkit.evaluation.goldset import GoldRow, GoldSet, require_distinct
from toolkit.evaluation.weights import weights_of


@dataclass(frozen=True, slots=True)
class Pooled:
    """What a calibration is fitted on.

    Attributes:
        rows: Those of all sets, one set after the other; the name of its set is before that of each document.
        weight: How much each row counts, 1 on average in each set; None where all count alike.
        notes: What the sampling of a set means, a sentence each.
        digests: Name of a set to the SHA-256 of its file.
    """

    rows: Sequence[GoldRow]
    weight: Floats | None
    notes: tuple[str, ...]
    digests: dict[str, str]


def pool(gold: Sequence[GoldSet]) -> Pooled:
    """Put gold sets together.

    Args:
        gold: The sets; those that `claimkit sample` drew with unequal chances are weighted as `claimkit evaluate` does.

    Raises:
        ConfigError: Two sets have the same name, so that their documents and digests would count as one.
        InputError: A weight is no positive number.
    """
    require_distinct("gold sets", [one.name for one in gold])
    found = [weights_of(one, wanted=True) for one in gold]
    told = any(one.values is not None for one in found)
    each = [np.ones(len(one.rows)) if own.values is None else own.values for one, own in zip(gold, found, strict=True)]
    return Pooled(
        # Two gold sets may call their documents alike.
        [replace(row, doc=f"{one.name}/{row.doc}") for one in gold for row in one.rows],
        np.concatenate(each) if told else None,
        tuple(f"{one.name}: {own.words}" for one, own in zip(gold, found, strict=True) if own.words),
        {one.name: one.digest for one in gold},
    )
