"""Everything but the model: read, tell structure, split, dedupe and write, with a backend that does nothing.

Text files beside a plain loop over sentencex (every line split, equal sentences once, the same Parquet; no
structure, no records, no journal), a table beside a map of the `datasets` package over the same rows.

Run: python bench/noop.py [--count 1000000]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpora
import measured

IN_PART = 2048
ANSWER = {"label": "factual_claim", "attributed": False}


def plain_loop(folder: str, target: str) -> None:
    """The peer on text files."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import sentencex

    def found() -> Iterator[dict[str, Any]]:
        for path in sorted(Path(folder).rglob("*.txt")):
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    for text in sentencex.segment("en", line.strip()):
                        yield {"doc_id": path.name, "text": text}

    writer = None
    rows: list[dict[str, Any]] = []

    def write(some: list[dict[str, Any]]) -> None:
        nonlocal writer
        answers = {row["text"]: ANSWER for row in some}
        table = pa.Table.from_pylist([row | answers[row["text"]] for row in some])
        writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
        writer.write_table(table)

    for row in found():
        rows.append(row)
        if len(rows) == IN_PART:
            write(rows)
            rows = []
    if rows:
        write(rows)
    if writer is not None:
        writer.close()


def datasets_map(table: str, target: str) -> None:
    """The peer on a table."""
    import datasets

    datasets.disable_progress_bars()
    rows = datasets.load_dataset("csv", data_files=table, split="train", cache_dir=f"{target}.cache")

    def answer(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        answers = dict.fromkeys(batch["text"], ANSWER)
        return {name: [answers[text][name] for text in batch["text"]] for name in ANSWER}

    rows.map(answer, batched=True, batch_size=IN_PART).to_parquet(target)


PEERS = {"plain-loop": plain_loop, "datasets-map": datasets_map}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--peer", nargs=3, metavar=("NAME", "IN", "OUT"), help="run one peer; for itself")
    arguments = parser.parse_args()
    if arguments.peer:
        name, source, target = arguments.peer
        PEERS[name](source, target)
        return
    print(f"{measured.machine()}; {arguments.count:,} sentences\n")
    print("| input | what | seconds | CPU seconds | sentences/s | ratio |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpora.articles(folder / "texts", arguments.count)
        corpora.table(folder / "table.csv", arguments.count)
        for title, source, peer in (
            ("text files", folder / "texts", "plain-loop"),
            ("a CSV table", folder / "table.csv", "datasets-map"),
        ):
            ours = ("annotate", str(source), "--backend", "majority", "-o", str(folder / "run"))
            mine = measured.run(*measured.claimkit(*ours))
            shutil.rmtree(folder / "run")
            theirs = measured.run(__file__, "--peer", peer, str(source), str(folder / "peer.parquet"))
            for what, took in (("claimkit", mine), (peer.replace("-", " "), theirs)):
                print(
                    f"| {title} | {what} | {took.seconds:.1f} | {took.cpu:.1f} | {arguments.count / took.seconds:,.0f} "
                    f"| {theirs.seconds / took.seconds:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
