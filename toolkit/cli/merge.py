"""`claimkit merge`: the shards of a run, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def merge(
    shards: Annotated[
        list[Path],
        typer.Argument(metavar="SHARD...", help="The folders that `claimkit annotate --shard` wrote, all of them."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="As -o of the run: a file of that kind or a folder.")
    ],
    fresh: Annotated[bool, typer.Option("--fresh", help="Discard a run of other settings in OUT.")] = False,
    max_failure_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Exit with code 1 when a larger share of the items failed.")
    ] = 0.1,
) -> None:
    """Put the shards of a run together.

    What comes out is, byte for byte, what the run would have written without --shard.

    Examples:
      claimkit annotate corpus/ -o out.jsonl --shard 3/8
      claimkit merge out.jsonl.shard-*-of-8 -o out.jsonl
    """
    from toolkit.annotate.merge import merge as put_together
    from toolkit.cli import show

    show.closing(put_together(shards, output, fresh=fresh), str(output), max_failure_rate)
