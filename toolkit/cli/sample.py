"""`claimkit sample`: which sentences to label by hand, and how many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def sample(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or a .jsonl, .csv or .parquet of it.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="JSONL for `label`. Without it, only the sizes are told."),
    ] = None,
    size: Annotated[int | None, typer.Option("--size", "-n", min=1, help="How many sentences. [200]")] = None,
    width: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=1, help="Take as many as a 95 % interval of this width, end to end, needs; not with --size."
        ),
    ] = None,
    by: Annotated[
        Literal["random", "document", "label", "uncertain", "disagreement", "diverse"],
        typer.Option(
            help="random; evenly over documents or over the model's labels; where the model is least certain; where "
            "two runs disagree; sentences unlike each other."
        ),
    ] = "random",
    against: Annotated[Path | None, typer.Option(metavar="RUN", help="The other run, for --by disagreement.")] = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Gold set, sample or answers whose sentences are left out; several times."),
    ] = None,
    pilot: Annotated[
        Path | None,
        typer.Option(metavar="GOLD", help="Sentences of this run labelled already; makes the sizes better."),
    ] = None,
    accuracy: Annotated[
        float | None, typer.Option(min=0.01, max=0.99, help="Assume this instead of what the probabilities say.")
    ] = None,
    icc: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="How alike sentences of a document are, instead of .05 or the pilot's."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the drawing.")] = 0,
) -> None:
    """Choose sentences of a run to label by hand, and tell how wide the intervals will be.

    Examples:
      claimkit sample run/ --width 0.1
      claimkit sample run/ --by document --size 300 -o sample.jsonl
    """
    from toolkit.cli import show, show_labelling
    from toolkit.errors import InputError
    from toolkit.labelling.draw import Request, draw, require_jsonl, write_sample

    if size is not None and width is not None:
        raise InputError("--size and --width are two answers to one question.", hint="Give one of them.")
    if output is not None:
        require_jsonl(output)
    request = Request(
        run, by, size=size, width=width, other=against, exclude=exclude or (), pilot=pilot, accuracy=accuracy,
        correlation=icc, seed=seed,
    )  # fmt: skip
    with show.loading("the run"):
        drawn = draw(request)
    if output is not None:
        write_sample(drawn.items, output)
    show_labelling.sampled(drawn, request, output)
