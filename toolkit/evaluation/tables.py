"""Cells and tables: how figures are written, and Markdown and LaTeX around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from toolkit.evaluation.schema import Estimate, Result

NONE = "–"
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "−": "$-$"}
_LATEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


def number(value: float | None) -> str:
    """Three decimals, or a dash."""
    return NONE if value is None else f"{value:.3f}"


def share(value: float | None, *, decimals: int = 1) -> str:
    """Per cent, or a dash."""
    return NONE if value is None else f"{100 * value:.{decimals}f} %"


def chance(p: float | None) -> str:
    """A p-value."""
    return NONE if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def estimate(value: Estimate) -> str:
    """The figure, and its interval in brackets if there is one."""
    interval = value["interval"]
    if interval is None or value["value"] is None:
        return number(value["value"])
    return f"{value['value']:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def without_probabilities(result: Result) -> str:
    """Why figures of probabilities are missing, as a sentence; empty where they are not."""
    count = result["unscored"]
    if not count:
        return ""
    answers = "answer comes" if count == 1 else "answers come"
    return (
        f"{count:,} {answers} without probabilities, so log-loss, Brier, ECE, AUROC, reliability, risk by coverage and "
        "thresholds are not defined."
    )


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; bars in cells do not break it."""
    return [_row(header), _row(["---"] * len(header)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def latex_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str) -> str:
    """A booktabs table; the first two columns to the left, the others to the right."""
    columns = "ll" + "r" * (len(header) - 2)
    body = [f"{' & '.join(map(latex, cells))} \\\\" for cells in rows]
    lines = [
        r"\begin{table}",
        r"\centering",
        f"\\caption{{{latex(caption)}}}",
        f"\\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        f"{' & '.join(map(latex, header))} \\\\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def latex(text: str, signs: Mapping[str, str] = _LATEX) -> str:
    """Text with everything that LaTeX takes for a command made harmless."""
    return "".join(signs.get(sign, sign) for sign in text)
