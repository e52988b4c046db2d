"""Which backends differ: every pair on the same rows, from the same draws."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from toolkit.evaluation.counts import Cubes, accuracy, cubes_of, macro_f1
from toolkit.evaluation.intervals import Bootstrap, Drawn, Figures, Floats, Statistic, draw, p_value
from toolkit.evaluation.schema import Comparison, Detectable
from toolkit.evaluation.scored import Scored

POWER = 0.8
ALPHA = 0.05
NOTHING = 1e-9
"""A detectable difference below this is that of figures which never vary."""


def compare(backends: Mapping[str, Scored], gold: str, options: Bootstrap) -> tuple[list[Comparison], Detectable]:
    """Compare every pair of backends, and tell what the gold set can tell apart.

    The difference of macro-F1 is tested by paired bootstrap over documents, that of accuracy by McNemar's exact test;
    each is adjusted by Holm's method over all pairs.

    Args:
        backends: Name to rows; the same rows for all.
        gold: Name of the gold set.
        options: How to draw.
    """
    names = list(backends)
    cubes = cubes_of(list(backends.values()))
    drawn = draw(_differences(cubes, len(names)), cubes.counts, options)
    pairs = list(combinations(range(len(names)), 2))
    ps = [p_value(drawn[f"macro_f1:{i}:{j}"]) for i, j in pairs]
    tests = [_mcnemar(backends[names[i]], backends[names[j]]) for i, j in pairs]
    holm, exact_holm = _holm(ps), _holm([p for _, _, p in tests])
    comparisons: list[Comparison] = []
    for number, (i, j) in enumerate(pairs):
        difference = drawn[f"macro_f1:{i}:{j}"]
        a_only, b_only, p = tests[number]
        comparison: Comparison = {
            "gold": gold,
            "a": names[i],
            "b": names[j],
            "n": len(backends[names[i]]),
            "documents": difference.documents,
            "macro_f1": difference.estimate,
            "p": ps[number],
            "p_holm": holm[number],
            "accuracy": drawn[f"accuracy:{i}:{j}"].estimate,
            "mcnemar": {"a_only": a_only, "b_only": b_only, "p": p, "p_holm": float(exact_holm[number] or 0.0)},
            "detectable": _detectable(difference),
            "words": "",
        }
        comparisons.append({**comparison, "words": _words(comparison, len(pairs))})
    return comparisons, _detectable_by_set(comparisons, drawn["macro_f1:0"])


def _differences(cubes: Cubes, backends: int) -> Statistic:
    """Statistic: both figures of each backend, ``name:i``, and their differences, ``name:i:j``."""

    def statistic(weights: Floats) -> Figures:
        figures: Figures = {}
        for i in range(backends):
            totals = cubes.totals(weights, i)
            figures |= {f"macro_f1:{i}": macro_f1(totals, cubes.present), f"accuracy:{i}": accuracy(totals)}
        for i, j in combinations(range(backends), 2):
            for name in ("macro_f1", "accuracy"):
                figures[f"{name}:{i}:{j}"] = figures[f"{name}:{i}"] - figures[f"{name}:{j}"]
        return figures

    return statistic


def _mcnemar(a: Scored, b: Scored) -> tuple[int, int, float]:
    """Rows that only a has right, that only b has right, and the exact p."""
    a_only, b_only = int((a.right & ~b.right).sum()), int((~a.right & b.right).sum())
    return a_only, b_only, float(mcnemar([[0, a_only], [b_only, 0]], exact=True).pvalue)


def _holm(ps: list[float | None]) -> list[float | None]:
    """Adjusted over those that there are (Holm 1979)."""
    known = [p for p in ps if p is not None]
    adjusted = iter(multipletests(known, method="holm")[1] if known else [])
    return [None if p is None else float(next(adjusted)) for p in ps]


def _detectable(difference: Drawn) -> float | None:
    """The smallest true difference that a two-sided test finds with the wanted power."""
    if np.isnan(difference.error):
        return None
    freedom = difference.documents - 1
    return float((stats.t.ppf(1 - ALPHA / 2, freedom) + stats.t.ppf(POWER, freedom)) * difference.error)


def _detectable_by_set(comparisons: list[Comparison], alone: Drawn) -> Detectable:
    known = [figure for one in comparisons if (figure := one["detectable"]) and figure > NOTHING]
    single = _detectable(alone)
    if known:
        figure = float(np.median(known))
        basis = f"median of {len(known)} pairs" if len(known) > 1 else "the one pair"
    elif single is not None:
        figure = float(np.sqrt(2)) * single
        basis = "two unrelated models, each as uncertain as this one"
    else:
        return {"macro_f1": None, "basis": "", "words": "So few documents cannot tell models apart."}
    if figure <= NOTHING:
        words = "The figures do not vary between draws of documents, so what this set can tell apart is not known."
        return {"macro_f1": None, "basis": "", "words": words}
    words = f"This set cannot tell apart models closer than {100 * figure:.1f} points of macro-F1."
    return {"macro_f1": figure, "basis": basis, "words": words}


def _words(found: Comparison, pairs: int) -> str:
    value, interval, p = found["macro_f1"]["value"], found["macro_f1"]["interval"], found["p_holm"]
    if value is None or interval is None or p is None:
        return f"{found['a']} and {found['b']} cannot be compared here: too few documents."
    better, worse, sign = (found["a"], found["b"], 1) if value >= 0 else (found["b"], found["a"], -1)
    low, high = sorted(100 * sign * end for end in interval)
    after = f" after Holm over {pairs} pairs" if pairs > 1 else ""
    chance = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    points = f"{100 * abs(value):.1f} points of macro-F1"
    figures = f"{points} (95 % interval {low:.1f} to {high:.1f}, {chance}{after})"
    if p < ALPHA:
        return f"{better} is better than {worse} by {figures}."
    return f"{better} and {worse} cannot be told apart: they differ by {figures}."
