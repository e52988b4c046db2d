"""`claimkit export`: a run in the format of another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

_FILTERS, _SPLITS = "Which sentences", "Splits"


def export(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run folder, or a .jsonl, .csv or .parquet of annotations.")
    ],
    form: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="jsonl, csv, xlsx, parquet, huggingface, label-studio, argilla, prodigy, doccano, spacy, conll, brat.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="File, or folder where the format or splits need one.")
    ],
    unit: Annotated[
        Literal["sentence", "document"] | None,
        typer.Option(help="What one item is, where the format has both; documents have spans. [sentence]"),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(metavar="ID", help="Licence of the texts; huggingface needs it (cc-by-4.0, other, …).")
    ] = None,
    review: Annotated[bool, typer.Option("--review", help="Add empty columns to answer in, for csv and xlsx.")] = False,
    label: Annotated[
        list[str] | None, typer.Option(help="Keep this label; may be given several times.", rich_help_panel=_FILTERS)
    ] = None,
    min_prob: Annotated[
        float | None, typer.Option(min=0, max=1, help="Least probability of the label.", rich_help_panel=_FILTERS)
    ] = None,
    max_prob: Annotated[
        float | None, typer.Option(min=0, max=1, help="Greatest probability.", rich_help_panel=_FILTERS)
    ] = None,
    abstained: Annotated[
        Literal["keep", "drop", "only"],
        typer.Option(help="What to do with sentences that the backend abstained on.", rich_help_panel=_FILTERS),
    ] = "keep",
    attributed: Annotated[
        bool | None,
        typer.Option("--attributed/--not-attributed", help="Keep one side of the flag.", rich_help_panel=_FILTERS),
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Keep sentences without an answer too.", rich_help_panel=_FILTERS)
    ] = False,
    per_document: Annotated[
        int | None, typer.Option(min=1, help="At most so many of a document, by lot.", rich_help_panel=_FILTERS)
    ] = None,
    per_label: Annotated[
        int | None, typer.Option(min=1, help="At most so many of a label, by lot.", rich_help_panel=_FILTERS)
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="So many in all, in the proportions of the labels.", rich_help_panel=_FILTERS),
    ] = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="GOLD",
            help="Gold set whose sentences, and near duplicates of them, stay out; may be given several times.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    dev: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share of documents for dev. [0; huggingface 0.1]", rich_help_panel=_SPLITS),
    ] = None,
    test: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share for test. [0; huggingface 0.1]", rich_help_panel=_SPLITS),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of lots and splits.", rich_help_panel=_SPLITS)] = 0,
) -> None:
    """Export annotations as a dataset, or as tasks with suggestions for a review tool.

    Examples:
      claimkit export run/ --to huggingface --licence cc-by-4.0 -o dataset/
      claimkit export run/ --to label-studio --max-prob 0.8 --sample 200 -o tasks/
    """
    from toolkit.cli import show
    from toolkit.exchange.bundle import Settings
    from toolkit.exchange.export import export as write
    from toolkit.exchange.select import Filters

    filters = Filters(
        tuple(label or ()), min_prob, max_prob, abstained, attributed, failed, per_document, per_label, sample,
        tuple(exclude or ()), seed,
    )  # fmt: skip
    settings = Settings(unit, dev, test, seed, licence, review)
    show.exported(write(run, form, output, filters=filters, settings=settings), output)
