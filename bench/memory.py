"""Peak memory and time at 10 k, 100 k and 1 M sentences, with a backend that does nothing, beside pandas.

The peer does what scripts do: read the table into a data frame, map the answers, write Parquet. Times are processor
seconds without the start-up; the exponent is the slope of log time over log size: 1 is linear.

Run: python bench/memory.py [--count 10000 100000 1000000]
"""

from __future__ import annotations

import argparse
import math
import shutil
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import corpora
import measured

MIB = 1 << 20


def pandas_map(table: str, target: str) -> None:
    """The peer."""
    import pandas

    frame = pandas.read_csv(table)
    answers = dict.fromkeys(frame["text"], "factual_claim")
    frame["label"] = frame["text"].map(answers)
    frame.to_parquet(target, compression="zstd")


def measure(source: Path, folder: Path) -> measured.Measured:
    """Annotate one input into a run folder that is removed again."""
    found = measured.run(*measured.claimkit("annotate", str(source), "--backend", "majority", "-o", str(folder)))
    shutil.rmtree(folder)
    return found


def report(title: str, counts: Sequence[int], start: measured.Measured, taken: Sequence[measured.Measured]) -> None:
    """Print the rows of one kind of input."""
    for count, took in zip(counts, taken, strict=True):
        print(f"| {title} | {count:,} | {took.peak / MIB:.0f} | {took.cpu - start.cpu:.1f} | |", flush=True)
    for (less, before), (more, after) in pairwise(zip(counts, taken, strict=True)):
        exponent = math.log((after.cpu - start.cpu) / (before.cpu - start.cpu)) / math.log(more / less)
        growth = after.peak / before.peak - 1
        print(f"| {title} | {less:,} → {more:,} | {growth:+.1%} | | {exponent:.2f} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--peer", nargs=2, metavar=("IN", "OUT"), help="run the peer; for itself")
    arguments = parser.parse_args()
    if arguments.peer:
        pandas_map(*arguments.peer)
        return
    counts = sorted(arguments.count)
    print(f"{measured.machine()}\n")
    print("| input | sentences | peak MiB | CPU seconds | exponent |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpora.table(folder / "one.csv", 1)
        start = measure(folder / "one.csv", folder / "run")
        peer_start = measured.run(__file__, "--peer", str(folder / "one.csv"), str(folder / "peer.parquet"))
        texts, tables, peers = [], [], []
        for count in counts:
            corpora.articles(folder / "texts", count)
            texts.append(measure(folder / "texts", folder / "run"))
            shutil.rmtree(folder / "texts")
            corpora.table(folder / "table.csv", count)
            tables.append(measure(folder / "table.csv", folder / "run"))
            peers.append(measured.run(__file__, "--peer", str(folder / "table.csv"), str(folder / "peer.parquet")))
        report("text files", counts, start, texts)
        report("a CSV table", counts, start, tables)
        report("pandas, the table", counts, peer_start, peers)


if __name__ == "__main__":
    main()
