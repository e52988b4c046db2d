"""`claimkit adjudicate`: from several annotators' answers to a gold set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def adjudicate(
    answers: Annotated[
        list[Path],
        typer.Argument(metavar="ANSWERS...", help="What `label` wrote, or any file that `agree` reads."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="GOLD", help="Folder of the gold set.")],
    sample: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The sample that was labelled, to show what stands around a sentence."),
    ] = None,
    split: Annotated[Literal["dev", "test"], typer.Option(help="Split of the gold set.")] = "test",
    rule: Annotated[
        Literal["ask", "majority"],
        typer.Option(help="Rule on every disagreement, or only where no majority of the annotators agrees."),
    ] = "ask",
    labels: Annotated[str, typer.Option(help="Label set: a shipped name or a YAML file.")] = "claims",
    mode: Annotated[
        Literal["blind", "assisted", "hidden"],
        typer.Option(help="When the model's suggestion is seen: after the ruling, before it, or never."),
    ] = "hidden",
    guideline: Annotated[
        Path | None, typer.Option(help="Markdown to show on F1 instead of the label set's definitions and rules.")
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Show who said what, instead of letters.")] = False,
) -> None:
    """Rule where annotators differ, and write the gold set; the same command goes on where it stopped.

    Writes GOLD/test.jsonl (or dev), GOLD/annotators.jsonl with every answer and ruling, and a card to complete. Opens
    no screen where there is nothing to rule on.

    Example:
      claimkit adjudicate sample.anna.jsonl sample.ben.jsonl --sample sample.jsonl -o gold/
    """
    from toolkit.cli import show_labelling
    from toolkit.errors import MissingExtraError
    from toolkit.labelling import adjudicate as adjudication
    from toolkit.labelling.guideline import guideline as load_guideline
    from toolkit.labels import load_labels

    label_set = load_labels(labels)
    text = load_guideline(label_set, guideline)
    case = adjudication.prepare(answers, label_set, output, sample=sample, split=split, rule=rule, mode=mode)
    with case.open() as file:
        if case.settled(file).open:
            try:
                from toolkit.labelling.terminal.app import require_terminal, run_app
                from toolkit.labelling.terminal.wording import case_wording
            except ImportError as error:
                raise MissingExtraError("textual", "label") from error
            require_terminal()
            run_app(case.session(file), case_wording(case, text, names=names))
        settled = case.settled(file)
        path = None if settled.open else case.write(settled)
        show_labelling.adjudicated(settled, path)
