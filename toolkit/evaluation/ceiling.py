"""How well people agree on a gold set: what a model can be expected to reach."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.metrics import cohen_kappa_score

from toolkit.evaluation.agreement import krippendorff_alpha
from toolkit.evaluation.annotators import Answer
from toolkit.evaluation.figures import headline
from toolkit.evaluation.goldset import GoldSet
from toolkit.evaluation.intervals import Bootstrap, Figures, Floats, draw
from toolkit.evaluation.schema import AnnotatorAgreement, Estimate
from toolkit.evaluation.scored import Scored, join


def ceiling(gold: GoldSet, answers: Sequence[Answer], options: Bootstrap) -> AnnotatorAgreement | None:
    """Agreement of the annotators; None where fewer than two rows have two answers or more.

    Args:
        gold: The set.
        answers: Independent answers to its rows.
        options: How to draw.
    """
    given: dict[str, dict[str, str]] = {}
    for answer in answers:
        given.setdefault(answer.row, {})[answer.annotator] = answer.label
    rows = [row for row in gold.rows if len(given.get(row.id, {})) > 1]
    if len(rows) < 2:
        return None
    people = list(dict.fromkeys(answer.annotator for answer in answers))
    unanimous = float(np.mean([len(set(given[row.id].values())) == 1 for row in rows]))
    alpha = _alpha([(row.doc, list(given[row.id].values())) for row in rows], options)
    facing = [_against_gold(gold, person, given, options) for person in people]
    scores = [one["macro_f1"]["value"] for one in facing if one["macro_f1"]["value"] is not None]
    return {
        "annotators": people,
        "n": len(rows),
        "unanimous": unanimous,
        "alpha": alpha,
        "pairs": [pair for a, b in combinations(people, 2) if (pair := _pair(a, b, given))],
        "people": facing,
        "words": _words(unanimous, alpha, scores),
    }


def _words(unanimous: float, alpha: Estimate, scores: Sequence[float]) -> str:
    known = "" if alpha["value"] is None else f", Krippendorff's α {alpha['value']:.3f}"
    range_ = f"{min(scores):.3f} to {max(scores):.3f}" if scores else "unknown"
    return f"Annotators agree on {100 * unanimous:.0f} % of rows{known}; alone against the gold: macro-F1 {range_}."


def _alpha(rows: Sequence[tuple[str, list[str]]], options: Bootstrap) -> Estimate:
    """Krippendorff's α for nominal data (Hayes & Krippendorff 2007), with an interval over documents.

    The coincidences of a row add up, so that a draw of documents is a weighted sum of theirs.
    """
    labels = sorted({label for _, given in rows for label in given})
    document = {name: place for place, name in enumerate(dict.fromkeys(doc for doc, _ in rows))}
    matrices = np.zeros((len(document), len(labels), len(labels)))
    for doc, given in rows:
        counts = np.array([given.count(label) for label in labels], dtype=np.float64)
        matrices[document[doc]] += (np.outer(counts, counts) - np.diag(counts)) / (len(given) - 1)

    def statistic(weights: Floats) -> Figures:
        return {"alpha": krippendorff_alpha(np.tensordot(weights, matrices, axes=1))}

    return draw(statistic, np.ones(len(document), dtype=np.int64), options)["alpha"].estimate


def _pair(a: str, b: str, given: dict[str, dict[str, str]]) -> dict[str, Any] | None:
    both = [(one[a], one[b]) for one in given.values() if a in one and b in one]
    if not both:
        return None
    first, second = zip(*both, strict=True)
    same = sum(x == y for x, y in both) / len(both)
    # κ is not defined where both only ever give one and the same label.
    kappa = float(cohen_kappa_score(first, second)) if len({*first, *second}) > 1 else None
    return {"a": a, "b": b, "n": len(both), "kappa": kappa, "agreement": same}


def _against_gold(gold: GoldSet, person: str, given: dict[str, dict[str, str]], options: Bootstrap) -> dict[str, Any]:
    rows = [row for row in gold.rows if person in given.get(row.id, {})]
    answers = []
    for row in rows:
        label = given[row.id][person]
        told = label if label in gold.scheme.classes else None
        answers.append({"answer": told, "scores": None, "attributed": None, "attributed_prob": None})
    facts = [{"doc": row.doc, "label": row.label, "attributed": None} for row in rows]
    scored: Scored = join(facts, answers, gold.scheme.classes)
    macro_f1, accuracy = headline(scored, options)
    return {"annotator": person, "n": len(rows), "macro_f1": macro_f1, "accuracy": accuracy}
