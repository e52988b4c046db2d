"""`claimkit agree`: how far annotators agree, and on what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def agree(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="One .jsonl, .csv or .tsv with a column annotator, or one file for each annotator."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="JSONL for the rows to adjudicate, with all answers."),
    ] = None,
    question: Annotated[
        list[str] | None, typer.Option(help="Column to compare; may be given several times. [label, attributed]")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Annotator to leave out; may be given several times. [adjudicator]")
    ] = None,
    resamples: Annotated[int, typer.Option(min=100, help="Draws of the bootstrap.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON on standard output.")] = False,
) -> None:
    """Agreement of annotators: Cohen's and Fleiss' kappa, Krippendorff's alpha, and what is confused with what.

    Figures have 95 % intervals by bootstrap over documents.

    Example:
      claimkit agree eval/newsroom/annotators.jsonl -o adjudicate.jsonl
    """
    import json

    from toolkit.cli import show
    from toolkit.corpus.write import write_jsonl
    from toolkit.evaluation.agree import disagreements, measure
    from toolkit.evaluation.answers import ADJUDICATOR, load_answers

    answers = load_answers(files, questions=question or (), without=without or (ADJUDICATOR,))
    report = measure(answers, resamples=resamples, seed=seed)
    if as_json:
        with show.data_out() as stream:
            stream.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    else:
        show.agreement(report)
    if output is not None:
        rows = disagreements(answers)
        write_jsonl(rows, output)
        show.console.print(f"Wrote {output} ({len(rows)} rows to adjudicate)", soft_wrap=True, markup=False)
