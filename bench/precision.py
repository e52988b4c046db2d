"""What int8 costs: macro-F1 on the dev splits of the gold sets, and how many labels are others than in float32.

Run: python bench/precision.py [--count 2000] [--backends embedded embedded-fast] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import measured
from pipeline import EVAL, GOLD, ours, sentences
from sklearn.metrics import f1_score

from toolkit.runtime.pick import Way

EXACT, ROUNDED = Way("onnx", "float32"), Way("onnx", "int8")
MOST_F1, LEAST_EQUAL = 0.005, 0.995


def gold() -> tuple[list[str], list[str]]:
    """Texts and labels of the dev splits."""
    rows = []
    for name in GOLD:
        lines = (EVAL / name / "dev.jsonl").read_text(encoding="utf-8").splitlines()
        rows += [json.loads(line) for line in lines]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def equal(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of equal labels."""
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--backends", nargs="+", default=["embedded", "embedded-fast"])
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    texts, labels = gold()
    many = sentences(options.count)
    print(f"{len(texts)} gold sentences, {len(many)} others; {measured.machine()}")
    results = []
    for reference in options.backends:
        answers, others = {}, {}
        for way in (EXACT, ROUNDED):
            classify = ours(reference, way)
            answers[way], others[way] = classify(texts), classify(many)
        scores = {way: float(f1_score(labels, found, average="macro")) for way, found in answers.items()}
        row = {
            "backend": reference,
            "float32": scores[EXACT],
            "int8": scores[ROUNDED],
            "equal on gold": equal(answers[EXACT], answers[ROUNDED]),
            "equal": equal(others[EXACT], others[ROUNDED]),
        }
        results.append(row)
        good = scores[EXACT] - scores[ROUNDED] <= MOST_F1 and equal(others[EXACT], others[ROUNDED]) >= LEAST_EQUAL
        print(
            f"{reference}: macro-F1 {scores[EXACT]:.4f} in float32, {scores[ROUNDED]:.4f} in int8; equal "
            f"{row['equal on gold']:.2%} on gold, {row['equal']:.2%} on the others: {'met' if good else 'NOT MET'}",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps({"machine": measured.machine(), "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
