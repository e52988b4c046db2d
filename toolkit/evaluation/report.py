"""Evaluation results as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def markdown(results: Mapping[str, Any], *, brief: bool = False) -> str:
    """The report of an evaluation.

    Args:
        results: What ``results.json`` holds.
        brief: Only the main table.
    """
    lines = [f"# {results['name']}", ""]
    if results["description"]:
        lines += [results["description"], ""]
    lines += _main_table(results)
    if not brief:
        for result in results["results"]:
            lines += _details(result, results["labels"])
        lines += _stamp(results)
    return "\n".join(lines) + "\n"


def _main_table(results: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            result["gold"],
            result["backend"],
            str(result["n"]),
            _with_interval(result["macro_f1"], result["macro_f1_interval"]),
            _with_interval(result["accuracy"], result["accuracy_interval"]),
            _with_interval(result["attributed"]["f1"], result["attributed"]["f1_interval"])
            if result["attributed"]
            else "–",
            str(result["abstained"]),
            str(result["failed"]),
        ]
        for result in results["results"]
    ]
    header = ["gold set", "backend", "n", "macro-F1", "accuracy", "attributed F1", "abstained", "failed"]
    note = (
        "In brackets: 95 % intervals, by bootstrap over documents; none where there is one document alone or no gold. "
        "Draws that lack a label are left out of its F1 and of macro-F1. "
        "Abstained and failed sentences count as wrong."
    )
    return [*_table(header, rows), "", note, ""]


def _details(result: Mapping[str, Any], labels: Sequence[str]) -> list[str]:
    """Scores of each label, and what was taken for what."""
    scores = result["per_label"]
    rows = [
        [
            label,
            f"{scores[label]['support']:.0f}",
            f"{scores[label]['precision']:.3f}",
            f"{scores[label]['recall']:.3f}",
            _with_interval(scores[label]["f1"], scores[label]["f1_interval"]),
        ]
        for label in labels
    ]
    confusion = [[label, *map(str, counts)] for label, counts in zip(labels, result["confusion"], strict=True)]
    return [
        f"## {result['backend']} on {result['gold']}",
        "",
        *_table(["label", "gold", "precision", "recall", "F1"], rows),
        "",
        "Gold by row, predicted by column:",
        "",
        *_table(["", *labels, "no label"], confusion),
        "",
    ]


def _stamp(results: Mapping[str, Any]) -> list[str]:
    stamp = results["stamp"]
    libraries = ", ".join(f"{name} {number}" for name, number in stamp["libraries"].items())
    gold = [
        f"- {one['name']} {one['split']}: n = {one['n']}, SHA-256 `{one['sha256'][:16]}…`" for one in results["gold"]
    ]
    return [
        "## How these figures were made",
        "",
        f"- claimkit {stamp['claimkit']}, Python {stamp['python']}, {stamp['machine']}; {libraries}",
        f"- label set {stamp['label_set'][:24]}…",
        f"- seed {results['config']['seed']}, {results['config']['resamples']} draws",
        *gold,
    ]


def _with_interval(value: float, interval: Sequence[float] | None) -> str:
    if interval is None:
        return f"{value:.3f}"
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_row(header), _row(["---"] * len(header)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
