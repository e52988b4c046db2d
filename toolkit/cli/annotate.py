"""`claimkit annotate`: documents in, labelled sentences out."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from toolkit.cli.options import BackendName, Encoding, FileType, IdColumn, Labels, TextColumn, Unit


def annotate(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Files (.txt .md .html .csv .tsv .jsonl .parquet, also .gz and .zst), folders, globs, "
            "Hugging Face dataset folders, or - for standard input.",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="One file if it ends in .jsonl, .csv or .parquet, else a run folder; - is JSONL on standard output.",
        ),
    ] = "-",
    backend: BackendName = "embedded",
    labels: Labels = None,
    unit: Unit = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    file_type: Annotated[
        FileType | None,
        typer.Option("--format", help="Read every input as this, whatever its ending; tells what standard input is."),
    ] = None,
    encoding: Encoding = None,
    all_units: Annotated[
        bool,
        typer.Option(
            "--all-units", help="Keep headings, bylines, captions and the like, without a label, with their kind."
        ),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Discard an earlier run in OUT instead of resuming it.")
    ] = False,
    engine: Annotated[
        Literal["local", "ray"],
        typer.Option(help="Do the run in this process, or on a Ray cluster; the result is the same."),
    ] = "local",
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Models that work at once on Ray; by default one for each GPU, or each processor."),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="Do the I-th of N shares of the run, in a folder beside OUT; `claimkit merge` joins them.",
        ),
    ] = None,
    cache: Annotated[
        bool | None,
        typer.Option(
            "--cache/--no-cache",
            help="Keep the answers of a local model on disk for later runs, and look there first; the default for "
            "models, and off for rules. A language model keeps its own, as its config says.",
        ),
    ] = None,
    copy_to: Annotated[
        str | None,
        typer.Option(metavar="URI", help="Copy the finished run there as well, such as s3://bucket/run or gs://…"),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Show the request that the first sentence would make, without a key; send nothing."
        ),
    ] = False,
    max_failure_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Exit with code 1 when a larger share of the items failed.")
    ] = 0.1,
) -> None:
    """Label every sentence (or row) of a corpus.

    Resumes where an earlier run with the same OUT stopped, and tries failed rows again.

    Examples:
      claimkit annotate article.txt -o article.jsonl
      claimkit annotate reviews.csv --text-column review -o run/
      cat speech.txt | claimkit annotate - | jq .label
    """
    from toolkit.annotate import run, stream
    from toolkit.annotate.shard import Shard
    from toolkit.backends.base import load_backend
    from toolkit.cli import show
    from toolkit.corpus.read import Corpus, ReadOptions
    from toolkit.errors import ConfigError

    options = ReadOptions(unit, text_column, id_column, encoding, file_type)
    corpus = Corpus(inputs, options)
    if dry_run:
        from toolkit.annotate.dry import first_request

        typer.echo(first_request(corpus, backend, labels=labels))
        return
    share = Shard.parse(shard) if shard else None
    if share and output == "-":
        raise ConfigError("A shard goes to a place of its own, not to standard output.", hint="Name OUT with -o.")
    settings: dict[str, Any] = {"all_units": all_units, "cache": cache}
    if engine == "ray":
        from toolkit.annotate.ray import ray_work

        settings["work"] = ray_work(corpus, workers, output=output, shard=share)
    elif workers is not None:
        raise ConfigError("--workers are for Ray.", hint="Add --engine ray.")
    if copy_to is not None and output == "-":
        raise ConfigError("There is no run to copy.", hint="Name OUT with -o, or leave out --copy-to.")
    place = None
    if copy_to is not None:
        from toolkit.annotate import publish

        place = publish.resolve(copy_to)
    with show.loading(backend):
        loaded = load_backend(backend, labels=labels)
    gc.freeze()  # what is loaded stays: looking through it again and again takes a tenth of a run without a model
    if output == "-":
        with show.progress() as advance, show.data_out() as out:
            summary = stream.annotate_to_stream(corpus, loaded, out, progress=advance, **settings)
    else:
        target = Path(output)
        with show.progress() as advance, show.resumable():
            summary = run.annotate(corpus, loaded, target, fresh=fresh, shard=share, progress=advance, **settings)
        if place is not None:
            publish.publish(share.folder_of(target) if share else target, place)
    if share:
        show.shard(share, target)
    show.closing(summary, str(share.folder_of(target)) if share else output, max_failure_rate)
