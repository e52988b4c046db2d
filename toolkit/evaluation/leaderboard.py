"""A comparison as Markdown for a paper, as a LaTeX table, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.corpus.write import atomic
from toolkit.errors import OutputError
from toolkit.evaluation.compare import compare_results, folder_of
from toolkit.evaluation.publish import publish
from toolkit.evaluation.report import NOTE, markdown_findings, markdown_pairs
from toolkit.evaluation.schema import Result, Results
from toolkit.evaluation.tables import estimate, latex_table, markdown_table, share

HEADER = ("gold set", "backend", "n", "macro-F1", "accuracy", "MCC", "ECE", "coverage")


def leaderboard(results: Results) -> list[list[str]]:
    """Rows of the leaderboard: gold sets in order, backends from best to worst macro-F1."""
    rows = []
    for gold in results["gold"]:
        of_set = [one for one in results["results"] if one["gold"] == gold["name"]]
        rows += [_row(one) for one in sorted(of_set, key=_rank)]
    return rows


def _rank(result: Result) -> float:
    value = result["all_rows"]["macro_f1"]["value"]
    return float("inf") if value is None else -value


def _row(result: Result) -> list[str]:
    scores = result["all_rows"]
    figures = [estimate(scores["macro_f1"]), estimate(scores["accuracy"]), estimate(scores["mcc"])]
    figures += [estimate(scores["ece"]), share(result["coverage"])]
    return [result["gold"], result["backend"], str(result["n"]), *figures]


def as_markdown(results: Results) -> str:
    """Leaderboard, findings and pairs."""
    lines = [f"# {results['name']}", "", *markdown_table(HEADER, leaderboard(results)), "", NOTE, ""]
    lines += [*markdown_findings(results), *markdown_pairs(results["comparisons"])]
    return "\n".join(lines).rstrip("\n") + "\n"


def as_latex(results: Results) -> str:
    """The leaderboard as a booktabs table."""
    resamples: int = results["stamp"]["resamples"]
    caption = f"Macro-F1 and other figures with 95 % intervals ({resamples} draws of documents)."
    return latex_table(HEADER, _without_repeats(leaderboard(results)), caption=caption)


def as_json(results: Results) -> str:
    """Everything."""
    return json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _without_repeats(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The name of a gold set stands at its first row alone."""
    seen: set[str] = set()
    shown = []
    for row in rows:
        shown.append(["" if row[0] in seen else row[0], *row[1:]])
        seen.add(row[0])
    return shown


def compare_and_write(paths: Sequence[Path], form: str, output: Path | None, **options: Any) -> str:
    """Compare results and write them.

    Args:
        paths: Folders of results.
        form: ``markdown``, ``latex``, ``json`` or ``html``.
        output: File to write, or for ``html`` the folder, which then is a results folder of its own.
        options: Of `compare_results`.

    Returns:
        What was written, or is to be.

    Raises:
        ToolkitError: Results that cannot be read or compared, or HTML without a folder of its own.
    """
    if form == "html":
        if output is None:
            raise OutputError("An HTML page needs a place.", hint="Give a folder with -o.")
        if any(folder_of(path).resolve() == output.resolve() for path in paths):
            raise OutputError(f"{output} holds an evaluation that is compared.", hint="Give another folder with -o.")
        publish(compare_results(paths, output=output, **options), output)
        return ""
    text = WRITERS[form](compare_results(paths, **options))
    if output is not None:
        with atomic(output) as handle:
            handle.write(text.encode())
    return text


WRITERS = {"markdown": as_markdown, "latex": as_latex, "json": as_json}
