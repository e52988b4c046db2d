"""A small results folder of the present format, in which everything that a page can show is there.

Answers are made by rule, so that a test can say what it expects; figures follow from them where a test looks at
them, and are plausible where none does. The schema of it all is docs/results.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.evaluation.schema import Estimate, Results

CLASSES = ("factual_claim", "opinion", "prediction", "rhetoric")
BACKENDS = {"good": 5, "fair": 3, "poor": 2}
"""Name to how often it is wrong: every so-manieth row."""
LOOKS = {"genre": ("report", "column", "speech")}


def write_results(
    folder: Path,
    *,
    gold: Sequence[str] = ("news", "talks"),
    rows: int = 40,
    texts: Sequence[str] = (),
    keep_text: bool = True,
    certain: bool = True,
    backends: Sequence[str] = tuple(BACKENDS),
    classes: Sequence[str] = CLASSES,
    name: str = "trial",
) -> Path:
    """Write the folder.

    Args:
        folder: Where.
        gold: Names of the gold sets.
        rows: Rows of each.
        texts: Texts of the first rows; the others are made up.
        keep_text: Whether text is kept.
        certain: Whether the best is better beyond chance.
        backends: Which of `BACKENDS`; ``good`` abstains from row 10 and fails on row 20.
        classes: What is scored.
        name: Name of the evaluation.
    """
    sets = {one: _gold_rows(one, rows, texts, classes, keep_text) for one in gold}
    answers = {
        (one, backend): _answers(own, backend, classes, keep_text) for one, own in sets.items() for backend in backends
    }
    for one, own in sets.items():
        _write(folder / "gold" / f"{one}.jsonl", own)
        for backend in backends:
            _write(folder / "predictions" / one / f"{backend}.jsonl", answers[one, backend])
    pairs = [(a, b) for at, a in enumerate(backends) for b in backends[at + 1 :]]
    results: Results = {
        "format": 2,
        "name": name,
        "description": "Made for tests.",
        "config": {"seed": 0, "resamples": 1000},
        "labels": list(classes),
        "stamp": _stamp(),
        "gold": [_gold_facts(one, own, classes, keep_text) for one, own in sets.items()],
        "backends": {
            one: {"run": f"run-{one}", "settings": {"kind": "scripted"}, "parameters": 22_713_216, "revision": None}
            for one in backends
        },
        "results": [_result(one, b, sets[one], answers[one, b], classes) for one in gold for b in backends],
        "comparisons": [_comparison(one, a, b, rows, certain) for one in gold for a, b in pairs],
        "robustness": [_robustness(one, backends[0]) for one in gold],
    }
    (folder / "results.json").write_text(json.dumps(results, allow_nan=False), encoding="utf-8")
    return folder


def wrong(backend: str, rows: int = 40) -> list[int]:
    """Rows that a backend has wrong, without those that it did not answer."""
    return [at for at in range(rows) if at % BACKENDS[backend] == 1 and not (backend == "good" and at in (10, 20))]


def _gold_rows(
    gold: str, rows: int, texts: Sequence[str], classes: Sequence[str], keep_text: bool
) -> list[dict[str, Any]]:
    found = []
    for at in range(rows):
        text = texts[at] if at < len(texts) else f"Sentence {at} of {gold} says something."
        found.append(
            {
                "id": f"{gold}-{at}",
                "doc": f"{gold}-doc-{at // 5}",
                **({"text": text} if keep_text else {}),
                "label": classes[at % len(classes)],
                "attributed": at % 7 == 0,
                "words": len(text.split()),
                "agreement": "3 of 3" if at % 4 else "2 of 3",
                "columns": {"genre": LOOKS["genre"][at % 3]},
            }
        )
    return found


def _answers(
    gold: Sequence[dict[str, Any]], backend: str, classes: Sequence[str], keep_text: bool
) -> list[dict[str, Any]]:
    found = []
    bad = set(wrong(backend, len(gold)))
    for at, row in enumerate(gold):
        place = classes.index(row["label"])
        answer = classes[(place + 1) % len(classes)] if at in bad else row["label"]
        rest = round(0.3 / (len(classes) - 1), 6)
        scores: Any = {one: 0.7 if one == answer else rest for one in classes}
        unsure, failed = backend == "good" and at == 10, backend == "good" and at == 20
        found.append(
            {
                "id": f"{row['id']}:0-9",
                "doc_id": row["id"],
                "text": row.get("text"),
                "label": None if unsure or failed else answer,
                "probs": None if failed else scores,
                "attributed": None if failed else False,
                "attributed_prob": None if failed else 0.1,
                "abstained": unsure,
                "backend": backend,
                "run": f"run-{backend}",
                "failure": {"kind": "timeout", "message": "No answer in 60 s."} if failed else None,
                "answer": None if unsure or failed else answer,
                "scores": None if failed else scores,
            }
        )
    return found


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _around(value: float, by: float = 0.05) -> Estimate:
    return {"value": value, "interval": [max(-1.0, value - by), min(1.0, value + by)]}


def _confusion(truth: Sequence[str], answers: Sequence[str], classes: Sequence[str]) -> list[list[int]]:
    pairs = Counter(zip(truth, answers, strict=True))
    return [[pairs[gold, answer] for answer in (*classes, "none")] for gold in classes]


def _scores(truth: Sequence[str], answers: Sequence[str], classes: Sequence[str]) -> Any:
    matrix = _confusion(truth, answers, classes)
    hits = [matrix[at][at] for at in range(len(classes))]
    f1 = [2 * hit / (sum(matrix[at]) + sum(row[at] for row in matrix) or 1) for at, hit in enumerate(hits)]
    return {
        "n": len(truth),
        "macro_f1": _around(sum(f1) / len(f1)),
        "accuracy": _around(sum(hits) / len(truth)),
        "mcc": _around(0.5),
        "log_loss": _around(0.6),
        "brier": _around(0.4),
        "ece": _around(0.06),
        "per_label": {
            name: {
                "precision": _around(value),
                "recall": _around(value),
                "f1": _around(value),
                "auroc": _around(0.9),
                "support": list(truth).count(name),
            }
            for name, value in zip(classes, f1, strict=True)
        },
    }


def _result(
    gold: str, backend: str, rows: Sequence[dict[str, Any]], answers: Sequence[dict[str, Any]], classes: Sequence[str]
) -> Any:
    truth = [row["label"] for row in rows]
    answered = [row["answer"] or "none" for row in answers]
    scores = _scores(truth, answered, classes)
    flag = {
        "n": len(rows),
        "support": 6,
        **{name: _around(0.8) for name in ("precision", "recall", "f1", "ece", "auroc")},
    }
    kept = [(a, b) for a, b in zip(truth, answered, strict=True) if b != "none"]
    groups = [
        {
            "column": column,
            "value": value,
            "n": n,
            "documents": 4,
            "small": n < 10,
            "coverage": 1.0,
            "macro_f1": _around(score),
            "accuracy": _around(score),
        }
        for column, value, n, score in (
            ("genre", "report", 14, 0.8),
            ("genre", "column", 13, 0.6),
            ("length", "1–8 words", 3, 0.2),
        )
    ]
    return {
        "gold": gold,
        "split": "test",
        "backend": backend,
        "run": f"run-{backend}",
        "predictions": f"predictions/{gold}/{backend}.jsonl",
        "n": len(rows),
        "documents": len(rows) // 5,
        "abstained": sum(row["abstained"] for row in answers),
        "failed": sum(row["failure"] is not None for row in answers),
        "coverage": len(kept) / len(rows),
        "all_rows": scores,
        "covered": _scores(*zip(*kept, strict=True), classes),
        "confusion": _confusion(truth, answered, classes),
        "reliability": [
            {
                "low": low,
                "high": low + 0.2,
                "n": 10,
                "confidence": low + 0.1,
                "accuracy": low,
                "interval": [low - 0.1, low + 0.2],
            }
            for low in (0.2, 0.4, 0.6, 0.8)
        ],
        "risk_coverage": {
            "aurc": _around(0.1),
            "coverage": [0.1, 0.5, 1.0],
            "risk": [0.0, 0.1, 0.2],
            "threshold": [0.9, 0.7, 0.3],
        },
        "thresholds": [
            {
                "wanted": 0.9,
                "threshold": 0.6,
                "coverage": 0.7,
                "accuracy": 0.91,
                "interval": [0.8, 0.97],
                "n": 28,
                "words": ".",
            },
            {
                "wanted": 0.99,
                "threshold": None,
                "coverage": None,
                "accuracy": None,
                "interval": None,
                "n": 0,
                "words": ".",
            },
        ],
        "slices": {"minimum": 10, "groups": groups, "worst": 1, "words": "Worst where genre is column."},
        "attributed": {"all_rows": flag, "covered": flag, "confusion": [[5, 1, 0], [0, 34, 0]], "reliability": []},
        "unscored": 0,
        "cascade": _cascade(gold) if backend == "good" else None,
        "speed": {
            "seconds": 1.5,
            "sentences_per_second": 26.7,
            "tokens": 900,
            "truncated": 0,
            "peak_memory_mb": 512.0,
            "output_tokens": 0,
            "requests": 0,
            "cached": 0,
            "escalated": 4 if backend == "good" else 0,
            "cost": None,
            "energy_kwh": None,
        },
    }


def _cascade(gold: str) -> Any:
    return {
        "cheap": "fair",
        "costly": "poor",
        "share": 0.1,
        "points": [
            {"share": at / 4, "rows": 10 * at, "macro_f1": _around(0.7 + at / 50), "at_random": 0.7 + at / 80}
            for at in range(5)
        ],
        "better": "fair",
        "difference": _around(0.03),
        "at_least_as_good": True,
        "words": f"good asks poor for 10.0 % of the sentences of {gold}.",
    }


def _comparison(gold: str, a: str, b: str, rows: int, certain: bool) -> Any:
    difference = 0.1 * (list(BACKENDS).index(b) - list(BACKENDS).index(a))
    p = 0.001 if certain else 0.4
    return {
        "gold": gold,
        "a": a,
        "b": b,
        "n": rows,
        "documents": rows // 5,
        "macro_f1": _around(difference, 0.04 if certain else 0.2),
        "p": p,
        "p_holm": p,
        "accuracy": _around(difference),
        "mcnemar": {"a_only": 8, "b_only": 2, "p": p, "p_holm": p},
        "detectable": 0.08,
        "words": f"{a} and {b}.",
    }


def _robustness(gold: str, backend: str) -> Any:
    variant = {"name": "upper case", "flips": _around(0.12), "macro_f1": 0.6, "failed": 0}
    asked = {"kind": "case", "variants": [variant], "any_flip": 0.12, "macro_f1_range": [0.6, 0.8], "skipped": None}
    skipped = {"kind": "precision", "variants": [], "any_flip": None, "macro_f1_range": None, "skipped": "has none"}
    return {"gold": gold, "backend": backend, "n": 20, "macro_f1": 0.8, "kinds": [asked, skipped]}


def _gold_facts(name: str, rows: Sequence[dict[str, Any]], classes: Sequence[str], keep_text: bool) -> Any:
    labels = [row["label"] for row in rows]
    person = {"annotator": "ann-1", "n": len(rows), "macro_f1": _around(0.93), "accuracy": _around(0.94)}
    match = {"id": rows[3]["id"], "split": "test", "other": "other-4", "where": "dev", "similarity": 0.95}
    return {
        "name": name,
        "split": "test",
        "rows": f"gold/{name}.jsonl",
        "n": len(rows),
        "documents": len(rows) // 5,
        "labels": {one: labels.count(one) for one in classes if one in labels},
        "scheme": {"name": "claims", "classes": list(classes)},
        "sha256": "f" * 64,
        "keep_text": keep_text,
        "benchmark": None,
        "detectable": {
            "macro_f1": 0.08,
            "basis": "the one pair",
            "words": "This set cannot tell apart models closer than 8.0 points.",
        },
        "health": {
            "exact": [],
            "near": [match],
            "near_threshold": 0.9,
            "leakage": [],
            "leakage_sources": ["train.jsonl"],
            "few_shot": [],
            "annotators": {
                "annotators": ["ann-1", "ann-2"],
                "n": len(rows),
                "unanimous": 0.81,
                "alpha": _around(0.84),
                "pairs": [{"a": "ann-1", "b": "ann-2", "n": len(rows), "kappa": 0.85, "agreement": 0.9}],
                "people": [person],
                "words": "Two annotators agree.",
            },
            "suspects": {
                "method": "confident learning",
                "backends": ["good"],
                "rows": [{"id": rows[5]["id"], "label": rows[5]["label"], "suggested": classes[0], "quality": 0.05}],
                "skipped": None,
            },
            "weights": {"effective": 31.0, "words": "Sampled by label, and weighted to be the run again."},
        },
    }


def _stamp() -> Any:
    return {
        "claimkit": "0.2.0",
        "git": {"commit": "4" * 40, "dirty": True},
        "config_sha256": "c" * 64,
        "label_set": f"claims {'a' * 64}",
        "prompts": {},
        "python": "3.11.7",
        "machine": "Linux x86_64",
        "cores": 2,
        "libraries": {"numpy": "2.4.6"},
        "seed": 0,
        "resamples": 1000,
    }
