"""Suspected label errors, by confident learning (Northcutt et al. 2021) over what the backends say."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from toolkit.evaluation.schema import Suspect, Suspects
from toolkit.evaluation.scored import Scored

METHOD = "confident learning (cleanlab)"
BETTER_THAN = 0.5
"""A backend that is right less often says nothing about gold."""


def suspects_of(ids: Sequence[str], backends: Mapping[str, Scored], *, wanted: bool) -> Suspects:
    """Rows whose gold label the backends doubt, the most doubtful first.

    The probabilities are the mean over the backends that tell some and are right more often than not, on rows that
    none of them failed on and that have a chance under the labels that occur. They were not fitted to this gold, which
    is what the method needs.

    Args:
        ids: Ids of the rows.
        backends: Name to rows.
        wanted: Whether to look at all.
    """
    if not wanted:
        return _none("switched off in the config")
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError:
        return _none("cleanlab is not installed; run: pip install 'claimkit[suspects]'")
    chosen = {name: one for name, one in backends.items() if one.right.mean() > BETTER_THAN and not one.unscored.any()}
    if not chosen:
        return _none("no backend with probabilities is right more often than not")
    told = ~np.any([one.failed for one in chosen.values()], axis=0)
    scores = np.mean([one.scores for one in chosen.values()], axis=0)
    first = next(iter(chosen.values()))
    present = np.unique(first.gold[told])
    # A row that is certainly of a label that never occurs has no shares among the others; a label may go with it.
    while (told & ~(scores[:, present].sum(axis=1) > 0)).any():
        told &= scores[:, present].sum(axis=1) > 0
        present = np.unique(first.gold[told])
    scores, gold, places = scores[told], first.gold[told], np.flatnonzero(told)
    if len(present) < 2:
        return _none("a single label occurs")
    # cleanlab wants labels 0 … k-1, each of which occurs.
    reduced = scores[:, present] / scores[:, present].sum(axis=1, keepdims=True)
    labels = np.searchsorted(present, gold)
    quality = get_label_quality_scores(labels, reduced)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that classes with few rows are judged with care
        issues = find_label_issues(labels, reduced, return_indices_ranked_by="self_confidence", n_jobs=1)
    rows: list[Suspect] = [
        {
            "id": ids[places[i]],
            "label": first.classes[gold[i]],
            "suggested": first.classes[present[reduced[i].argmax()]],
            "quality": round(float(quality[i]), 4),
        }
        for i in issues
    ]
    return {"method": METHOD, "backends": list(chosen), "rows": rows, "skipped": None}


def _none(why: str) -> Suspects:
    return {"method": METHOD, "backends": [], "rows": [], "skipped": why}
