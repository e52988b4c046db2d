"""Runs an evaluation: every backend on every gold set, then every figure from the files that were written."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toolkit.annotate.manifest import fingerprint, settings_of
from toolkit.backends.base import Backend
from toolkit.backends.composite_config import leaves
from toolkit.corpus.write import write_jsonl
from toolkit.errors import OutputError
from toolkit.evaluation import folder
from toolkit.evaluation.annotators import agreement
from toolkit.evaluation.cascades import cascade_result, members_of
from toolkit.evaluation.comparison import compare
from toolkit.evaluation.goldset import GoldSet
from toolkit.evaluation.health import health_of
from toolkit.evaluation.measure import as_result, measure
from toolkit.evaluation.plan import Plan, prepare
from toolkit.evaluation.predict import Say, predict
from toolkit.evaluation.publish import publish
from toolkit.evaluation.robustness import normal_digest, robustness_of
from toolkit.evaluation.schema import (
    FORMAT,
    BackendFacts,
    Comparison,
    Detectable,
    GoldFacts,
    Result,
    Results,
    Robustness,
    Speed,
)
from toolkit.evaluation.scored import Scored
from toolkit.evaluation.stamp import backend_facts, stamp

READING = {"unit": "row"}
"""How gold is cut, in the words of a run's settings."""

Progress = Callable[[int, int | None], None]


def evaluate(
    reference: str | Path,
    output: Path,
    *,
    fresh: bool = False,
    progress: Progress | None = None,
    say: Say = lambda _: None,
) -> Results:
    """Evaluate and write ``results.json``, ``report.md``, ``gold/`` and ``predictions/``; see docs/results.md.

    Predictions that an earlier run of the same settings left in the folder are kept.

    Args:
        reference: Shipped name or path of an evaluation config.
        output: Folder for the results.
        fresh: Ask everything again.
        progress: Told how many sentences are done, of how many.
        say: Told in a sentence what was kept from an earlier run.

    Returns:
        What ``results.json`` holds.

    Raises:
        ToolkitError: A config, gold set or backend that cannot be used; nothing has run then.
    """
    plan = prepare(reference)
    _require_apart(plan, output)
    if fresh:
        folder.discard_progress(output)
    for gold in plan.gold:
        agreed = agreement(gold, plan.answers[gold.name])
        rows = folder.gold_rows(gold, agreed, plan.columns[gold.name], plan.weights[gold.name].values)
        write_jsonl(rows, output / folder.gold_path(gold.name))
    asked = _Asked(plan, output, progress, say)
    for position in range(len(plan.backends)):
        asked.ask(position)
    results = _measured(plan, asked, output)
    publish(results, output)
    return results


def _require_apart(plan: Plan, output: Path) -> None:
    """That nothing which is read is written over.

    Raises:
        OutputError: The results would take the place of gold or of training text.
    """
    names = [(gold.name, backend.name) for gold in plan.gold for backend, _ in plan.backends]
    paths = {
        path for gold, backend in names for path in (folder.gold_path(gold), folder.predictions_path(gold, backend))
    }
    for path in sorted(paths | {folder.RESULTS, folder.REPORT}):
        if (output / path).resolve() in plan.files:
            raise OutputError(f"{output / path} is read by this evaluation.", hint="Choose another folder with -o.")


class _Asked:
    """What came of asking the backends, one after the other, each loaded once and let go."""

    def __init__(self, plan: Plan, output: Path, progress: Progress | None, say: Say) -> None:
        self.plan = plan
        self.output = output
        self.progress = progress
        self.say = say
        self.total = sum(len(gold.rows) for gold in plan.gold) * len(plan.backends)
        self.done = 0
        self.facts: dict[str, BackendFacts] = {}
        self.speeds: dict[tuple[str, str], Speed] = {}
        self.robustness: list[Robustness] = []

    def ask(self, position: int) -> None:
        """Load a backend and put everything to it."""
        backend = self.plan.load(position)
        name = backend.config.name
        settings = settings_of(backend, READING)
        run = fingerprint(settings)
        self.facts[name] = backend_facts(backend, settings, run)
        for gold in self.plan.gold:
            speed = predict(backend, run, gold, self.output, advance=self._advance, say=self.say)
            self.speeds[gold.name, name] = speed
        self._ask_in_other_ways(position, backend, run)
        del backend
        gc.collect()  # a model's memory is free before the next one loads

    def _ask_in_other_ways(self, position: int, backend: Backend, run: str) -> None:
        settings = self.plan.settings.robustness
        name = backend.config.name
        if settings is None or (settings.backends and name not in settings.backends):
            return
        path = self.output / "progress" / "robustness" / f"{folder.safe(name)}.json"
        gold = [[one.digest, one.scheme.name, *one.scheme.classes] for one in self.plan.gold]
        seed = self.plan.settings.seed
        key = {
            "run": run,
            "gold": gold,
            "settings": settings.model_dump(mode="json"),
            "seed": seed,
            "resamples": self.plan.settings.resamples,
            "normal": normal_digest(self.plan, settings, name, self.output),
        }
        if finished := folder.read_progress(path, key):
            self.robustness += finished["found"]
            return
        found = robustness_of(self.plan, settings, position, backend, self.output)
        # A failure may be gone the next time, so a rerun asks again.
        if not any(variant["failed"] for one in found for kind in one["kinds"] for variant in kind["variants"]):
            folder.write_json({**key, "found": found}, path)
        self.robustness += found

    def _advance(self, rows: int) -> None:
        self.done += rows
        if self.progress:
            self.progress(self.done, self.total)


def _measured(plan: Plan, asked: _Asked, output: Path) -> Results:
    facts: list[GoldFacts] = []
    results: list[Result] = []
    comparisons: list[Comparison] = []
    for gold in plan.gold:
        scored = {}
        for backend, _ in plan.backends:
            scored[backend.name], result = _result(plan, asked, gold, backend.name, output)
            results.append(result)
        pairs, detectable = compare(scored, gold.name, plan.bootstrap)
        comparisons += pairs
        _add_cascades(plan, gold.name, results, scored, pairs, output)
        facts.append(_gold_facts(plan, gold, detectable, scored))
    settings = plan.settings
    return {
        "format": FORMAT,
        "name": settings.name,
        "description": settings.description,
        "config": plan.portable(),
        "labels": list(plan.labels.names),
        "stamp": stamp(
            plan.labels,
            [leaf for backend, _ in plan.backends for leaf in leaves(backend)],
            plan.sha256,
            seed=settings.seed,
            resamples=settings.resamples,
        ),
        "gold": facts,
        "backends": json.loads(json.dumps(asked.facts, default=str)),
        "results": results,
        "comparisons": comparisons,
        "robustness": asked.robustness,
    }


def _result(plan: Plan, asked: _Asked, gold: GoldSet, backend: str, output: Path) -> tuple[Scored, Result]:
    path = folder.predictions_path(gold.name, backend)
    scored, figures = measure(
        folder.read_rows(output / folder.gold_path(gold.name)),
        folder.read_rows(output / path),
        gold.scheme.classes,
        plan.bootstrap,
        columns=plan.columns[gold.name],
        minimum=plan.settings.slice_minimum,
        wanted=plan.settings.wanted,
    )
    run = asked.facts[backend]["run"]
    head = {"gold": gold.name, "split": gold.split, "backend": backend, "run": run, "predictions": path}
    return scored, as_result(head, figures, asked.speeds[gold.name, backend])


def _add_cascades(
    plan: Plan,
    gold: str,
    results: list[Result],
    scored: dict[str, Scored],
    pairs: list[Comparison],
    output: Path,
) -> None:
    """Tell of each cascade whose members were evaluated too what it costs and gains."""
    configs = [backend for backend, _ in plan.backends]
    own = {result["backend"]: result for result in results if result["gold"] == gold}
    for config in configs:
        members = members_of(config, configs, plan.labels)
        if members is not None:
            result = own[config.name]
            answers = folder.read_rows(output / own[members[0]]["predictions"])
            escalated = result["speed"]["escalated"] or 0
            result["cascade"] = cascade_result(
                config.name, members, scored, answers, pairs, plan.bootstrap, escalated=escalated
            )


def _gold_facts(plan: Plan, gold: GoldSet, detectable: Detectable, scored: dict[str, Scored]) -> GoldFacts:
    labels: dict[str, int] = {}
    for row in gold.rows:
        labels[row.label] = labels.get(row.label, 0) + 1
    benchmark: Any = None if gold.benchmark is None else dict(gold.benchmark)
    return {
        "name": gold.name,
        "split": gold.split,
        "rows": folder.gold_path(gold.name),
        "n": len(gold.rows),
        "documents": len({row.doc for row in gold.rows}),
        "labels": labels,
        "scheme": {"name": gold.scheme.name, "classes": list(gold.scheme.classes)},
        "sha256": gold.digest,
        "keep_text": gold.keep_text,
        "benchmark": benchmark,
        "detectable": detectable,
        "health": health_of(plan, gold, scored),
    }
