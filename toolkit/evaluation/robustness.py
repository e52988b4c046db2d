"""Asks a subsample again in other ways: how many labels flip, and what that does to macro-F1."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.annotate.engine import Item, annotate_window
from toolkit.backends.base import Backend, context_of, load_backend
from toolkit.evaluation import folder
from toolkit.evaluation.config import RobustnessConfig
from toolkit.evaluation.counts import cubes_of, macro_f1
from toolkit.evaluation.goldset import GoldSet, sentences_of
from toolkit.evaluation.intervals import Bootstrap, Figures, Floats, draw
from toolkit.evaluation.plan import Plan
from toolkit.evaluation.probabilities import by_document
from toolkit.evaluation.schema import Estimate, Perturbation, Robustness, Variant
from toolkit.evaluation.scored import Mask, Scored, join
from toolkit.evaluation.ways import Skipped, Way, ways
from toolkit.records import Sentence


@dataclass(frozen=True, slots=True)
class _Sample:
    """Rows of a gold set that are asked again, and what was answered at first."""

    gold: GoldSet
    rows: Sequence[Mapping[str, Any]]
    chosen: Sequence[int]
    normal: Scored


def robustness_of(
    plan: Plan, settings: RobustnessConfig, position: int, backend: Backend, output: Path
) -> list[Robustness]:
    """Ask one backend in every way that applies to it.

    Args:
        plan: The evaluation.
        settings: What to try, on how many rows.
        position: Which backend it is.
        backend: The same, loaded; used for changes of the text, while other changes load it anew, one at a time.
        output: The results folder, which already holds the predictions.
    """
    samples = [_sample(plan, gold, backend.config.name, output, settings.sample) for gold in plan.gold]
    kinds: dict[str, list[Perturbation]] = {one.gold.name: [] for one in samples}
    for kind in settings.kinds:
        found = ways(kind, backend.config, plan.labels, seed=plan.settings.seed)
        if isinstance(found, Skipped):
            for perturbations in kinds.values():
                perturbations.append(_perturbation(kind, [], [], None, skipped=str(found)))
            continue
        answers: dict[str, list[Scored]] = {name: [] for name in kinds}
        for way in found:
            asked = _loaded(plan, position, backend, way)
            for sample in samples:
                answers[sample.gold.name].append(_ask(asked, way, sample))
            del asked
        for sample in samples:
            variants = [
                _variant(way.name, sample.normal, other, plan.bootstrap)
                for way, other in zip(found, answers[sample.gold.name], strict=True)
            ]
            kinds[sample.gold.name].append(_perturbation(kind, variants, answers[sample.gold.name], sample.normal))
    return [
        {
            "gold": sample.gold.name,
            "backend": backend.config.name,
            "n": len(sample.normal),
            "macro_f1": _macro_f1(sample.normal),
            "kinds": kinds[sample.gold.name],
        }
        for sample in samples
    ]


def normal_digest(plan: Plan, settings: RobustnessConfig, backend: str, output: Path) -> str:
    """SHA-256 of what a backend answered at first to the rows that are asked again.

    Args:
        plan: The evaluation.
        settings: How many rows.
        backend: Its name.
        output: The results folder, which already holds the predictions.
    """
    found = []
    for gold in plan.gold:
        answers = folder.read_rows(output / folder.predictions_path(gold.name, backend))
        found.append([(answers[i]["answer"], answers[i]["scores"]) for i in _chosen(plan, gold, settings.sample)])
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _chosen(plan: Plan, gold: GoldSet, size: int) -> Sequence[int]:
    everything = range(len(gold.rows))
    if size >= len(gold.rows):
        return everything
    return sorted(random.Random(plan.settings.seed).sample(everything, size))


def _sample(plan: Plan, gold: GoldSet, backend: str, output: Path, size: int) -> _Sample:
    chosen = _chosen(plan, gold, size)
    rows = folder.read_rows(output / folder.gold_path(gold.name))
    answers = folder.read_rows(output / folder.predictions_path(gold.name, backend))
    some = [rows[i] for i in chosen]
    normal = join(some, [answers[i] for i in chosen], gold.scheme.classes)
    return _Sample(gold, some, chosen, normal)


def _loaded(plan: Plan, position: int, backend: Backend, way: Way) -> Backend:
    if way.backend is None and way.labels is None:
        return backend
    return load_backend(
        way.backend or backend.config, labels=way.labels or plan.labels, base=plan.backends[position][1]
    )


def _ask(backend: Backend, way: Way, sample: _Sample) -> Scored:
    everything = sentences_of(sample.gold.rows, context_of(backend))
    asked = [everything[place] for place in sample.chosen]
    items = [Item(_changed(sentence, way)) for sentence in asked]
    annotations, _ = annotate_window(items, backend, "")
    scheme = sample.gold.scheme
    rows = [folder.prediction_row(one, scheme, backend.labels.names, keep_text=False) for one in annotations]
    return join(sample.rows, rows, scheme.classes)


def _changed(sentence: Sentence, way: Way) -> Sentence:
    """The sentence asked another way; what stands around it stays."""
    text = way.text(sentence.text) if way.text else sentence.text
    return replace(sentence, end=len(text), text=text)


def _variant(name: str, normal: Scored, other: Scored, options: Bootstrap) -> Variant:
    return {
        "name": name,
        "flips": _share(normal.answer != other.answer, normal, options),
        "macro_f1": _macro_f1(other),
        "failed": int(other.failed.sum()),
    }


def _perturbation(
    kind: str, variants: list[Variant], answers: Sequence[Scored], normal: Scored | None, *, skipped: str | None = None
) -> Perturbation:
    if normal is None or not variants:
        return {
            "kind": kind,
            "variants": [],
            "any_flip": None,
            "macro_f1_range": None,
            "skipped": skipped or "there is no other way",
        }
    flipped = np.any([one.answer != normal.answer for one in answers], axis=0)
    scores = [_macro_f1(normal), *(_macro_f1(one) for one in answers)]
    return {
        "kind": kind,
        "variants": variants,
        "any_flip": float(flipped.mean()),
        "macro_f1_range": [min(scores), max(scores)],
        "skipped": None,
    }


def _macro_f1(scored: Scored) -> float:
    cubes = cubes_of([scored])
    return float(macro_f1(cubes.totals(cubes.counts[None].astype(np.float64)), cubes.present)[0])


def _share(mask: Mask, scored: Scored, options: Bootstrap) -> Estimate:
    """Share of rows, with an interval over documents."""
    table = np.stack([mask, np.ones(len(mask))], axis=1).astype(np.float64)
    sums = by_document(table, scored.document, scored.documents)

    def statistic(weights: Floats) -> Figures:
        part, whole = (weights @ sums).T
        return {"share": part / whole}

    return draw(statistic, np.ones(scored.documents, dtype=np.int64), options)["share"].estimate
