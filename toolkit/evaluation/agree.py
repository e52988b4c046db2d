"""The report of `claimkit agree`, and the rows that annotators answered differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from toolkit.evaluation.agreement import MISSING, Floats, Grid, Tallies, figures, grid, tally
from toolkit.evaluation.answers import Answers
from toolkit.evaluation.intervals import Bootstrap, draw
from toolkit.evaluation.schema import Estimate

RESAMPLES = 2000


def measure(answers: Answers, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Any]:
    """Agreement on each question, as JSON has it; figures with 95 % intervals by bootstrap over documents.

    Args:
        answers: What annotators answered.
        resamples: Draws of the bootstrap.
        seed: Of the draws.
    """
    return {
        "annotators": answers.annotators,
        "rows": len(answers.rows),
        "documents": len({answers.document(row) for row in answers.rows}),
        "resamples": resamples,
        "seed": seed,
        "questions": {name: _question(grid(answers, name), resamples, seed) for name in answers.questions},
    }


def _question(one: Grid, resamples: int, seed: int) -> dict[str, Any]:
    tallies = tally(one)
    estimates = _estimates(tallies, one, resamples, seed)
    whole = tallies.weighted(np.ones((1, len(tallies.complete))))
    counts = one.counts
    several = counts.sum(axis=1) > 1
    return {
        "labels": list(one.labels),
        "n": int(several.sum()),
        "complete": int(whole.complete[0]),
        "unanimous": _share(int((several & (np.count_nonzero(counts, axis=1) == 1)).sum()), int(several.sum())),
        "agreement": estimates["agreement"],
        "alpha": estimates["alpha"],
        "fleiss": estimates["fleiss"],
        "missing": {name: int((one.codes[:, i] == MISSING).sum()) for i, name in enumerate(one.annotators)},
        "per_label": {
            name: {"given": int(counts[:, i].sum()), "agreement": estimates[f"label {i}"]}
            for i, name in enumerate(one.labels)
        },
        "pairs": [
            {
                "a": a,
                "b": b,
                "n": int(whole.pairs[0, i].sum()),
                "agreement": estimates[f"agreement {i}"],
                "kappa": estimates[f"kappa {i}"],
                "confusion": whole.pairs[0, i].astype(int).tolist(),
            }
            for i, (a, b) in enumerate(combinations(one.annotators, 2))
        ],
        "confused": _confused(whole.coincidences[0], one.labels),
    }


def _confused(coincidences: Floats, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Pairs of labels by their share of all disagreement, the most confused first."""
    apart = coincidences.sum() - np.trace(coincidences)
    found = [
        {"labels": [labels[i], labels[j]], "share": float(2 * coincidences[i, j] / apart)}
        for i, j in combinations(range(len(labels)), 2)
        if coincidences[i, j]
    ]
    return sorted(found, key=lambda one: -float(str(one["share"])))


def _estimates(tallies: Tallies, one: Grid, resamples: int, seed: int) -> dict[str, Estimate]:
    documents = np.ones(len(tallies.complete), dtype=np.int64)
    width = tallies.pairs[0].size + tallies.coincidences[0].size
    drawn = draw(
        lambda weights: figures(tallies.weighted(weights), one), documents, Bootstrap(resamples, seed), width=width
    )
    return {name: found.estimate for name, found in drawn.items()}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def disagreements(answers: Answers) -> list[dict[str, Any]]:
    """The rows to adjudicate: those that somebody answered differently, with all answers and places to fill in.

    A question that all agree on is filled in already, so that a ruled list is a gold file.

    Args:
        answers: What annotators answered.
    """
    by_row: dict[str, list[Any]] = {}
    for answer in answers.given:
        by_row.setdefault(answer.row, []).append(answer)
    found = []
    for row, given in by_row.items():
        said = {name: {a.given[name] for a in given if a.given[name] is not None} for name in answers.questions}
        apart = [name for name, values in said.items() if len(values) > 1]
        if apart:
            agreed = {name: _typed(next(iter(values))) if len(values) == 1 else None for name, values in said.items()}
            found.append(
                {
                    "id": row,
                    "doc": answers.document(row),
                    "text": answers.texts.get(row),
                    **agreed,
                    "disagree_on": apart,
                    "answers": [
                        {"annotator": a.annotator, **_all_typed(a.given), **({"note": a.note} if a.note else {})}
                        for a in given
                    ],
                }
            )
    return found


def _all_typed(given: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: _typed(value) for name, value in given.items()}


def _typed(value: str | None) -> Any:
    return {"true": True, "false": False}.get(value or "", value)
