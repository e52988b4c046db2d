"""`claimkit label`: sentences labelled by hand, in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def label(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SAMPLE", help="What `sample -o` wrote, a run, or a .jsonl, .csv or .tsv with columns id and text."
        ),
    ],
    annotator: Annotated[str, typer.Option("--annotator", "-a", metavar="NAME", help="Who labels.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="JSONL of the answers. [SAMPLE.NAME.jsonl beside SAMPLE]"),
    ] = None,
    labels: Annotated[str, typer.Option(help="Label set: a shipped name or a YAML file.")] = "claims",
    mode: Annotated[
        Literal["blind", "assisted", "hidden"],
        typer.Option(help="When the model's suggestion is seen: after the answer, before it, or never."),
    ] = "blind",
    guideline: Annotated[
        Path | None, typer.Option(help="Markdown to show on F1 instead of the label set's definitions and rules.")
    ] = None,
    shuffle: Annotated[
        bool, typer.Option("--shuffle", help="Ask in an order of the annotator's own instead of the file's.")
    ] = False,
) -> None:
    """Label sentences by hand, in the terminal; the same command goes on where it stopped.

    Every answer is on disk before the next sentence shows. Each annotator has a file of their own, for `agree` and
    `adjudicate`.

    Example:
      claimkit label sample.jsonl --annotator anna
    """
    from toolkit.cli import show_labelling
    from toolkit.errors import MissingExtraError
    from toolkit.labelling import label as labelling
    from toolkit.labelling.answers import AnswerFile
    from toolkit.labelling.guideline import guideline as load_guideline
    from toolkit.labels import load_labels

    label_set = load_labels(labels)
    text = load_guideline(label_set, guideline)
    task = labelling.prepare(source, label_set, annotator, output=output, mode=mode, shuffle=shuffle)
    try:
        from toolkit.labelling.terminal.app import require_terminal, run_app
        from toolkit.labelling.terminal.wording import task_wording
    except ImportError as error:
        raise MissingExtraError("textual", "label") from error
    wording = task_wording(task, text, source=source.name)
    require_terminal()
    with AnswerFile(task.answers, task.annotator) as file:
        session = task.session(file)
        run_app(session, wording)
        show_labelling.labelled(session.progress, task)
