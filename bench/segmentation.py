"""Compares sentence splitters with ours on documents with hand-made boundaries.

    python bench/segmentation.py [--gum FOLDER]

The gold sets in ``eval/segmentation`` are always measured. ``--gum`` names a folder of ``NAME.txt`` files, each
with a ``NAME.gold.jsonl`` of ``{"start", "end", "block", ...}`` beside it; it is split by name into two halves,
so that rules made on one half can be judged on the other. Splitters that are not installed are skipped.

Peers get the text in two ways: ``plain`` gives them the document, ``paragraphs`` one line at a time.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.corpus import segment
from toolkit.records import Document, Format

Span = tuple[int, int]
Splitter = Callable[[str], list[Span]]

GOLD = Path(__file__).parent.parent / "eval" / "segmentation"
RUNNING = frozenset(["p", "quote", "sentence"])
HEADINGS = frozenset(["head", "heading"])
COLUMNS = [
    "splitter",
    "exact recall",
    "exact precision",
    "boundary F1",
    "headings labelled",
    "others labelled",
    "sentences/s",
]
MIN_SECONDS = 0.5


@dataclass(frozen=True)
class Gold:
    """One document with what a person marked in it."""

    text: str
    units: list[tuple[int, int, str]]
    format: Format = "text"


@dataclass(frozen=True)
class Score:
    """How one splitter did on one set."""

    recall: float
    precision: float
    boundary_f1: float
    headings: float
    others: float
    speed: float


def read_gold(path: Path) -> list[Gold]:
    """Documents of ``eval/segmentation``: one JSON object a line, with ``text`` and ``units``."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Gold(row["text"], [(start, end, kind) for start, end, kind in row["units"]], row.get("format", "text"))
        for row in rows
    ]


def read_folder(folder: Path) -> list[Gold]:
    """Documents of a GUM-like folder, sorted by name."""
    found = []
    for path in sorted(folder.glob("*.txt")):
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        rows = [json.loads(line) for line in path.with_suffix(".gold.jsonl").read_text(encoding="utf-8").splitlines()]
        found.append(Gold(text, [(row["start"], row["end"], row["block"]) for row in rows]))
    return found


def placed(text: str, pieces: Iterable[str]) -> list[Span]:
    """Finds the pieces of a splitter again in the text that it was given, trimmed."""
    found = []
    position = 0
    for piece in pieces:
        words = piece.strip()
        start = text.find(words, position) if words else -1
        if start >= 0:
            position = start + len(words)
            found.append((start, position))
    return found


def by_line(splitter: Splitter) -> Splitter:
    """Lets a splitter see one line at a time."""

    def split(text: str) -> list[Span]:
        found: list[Span] = []
        position = 0
        for line in text.splitlines(keepends=True):
            found.extend((position + start, position + end) for start, end in splitter(line))
            position += len(line)
        return found

    return split


def on_text(splitter: Splitter) -> Callable[[Gold], list[Span]]:
    """Lets a splitter of texts take a gold document."""
    return lambda gold: splitter(gold.text)


def peers() -> dict[str, Splitter]:
    """The splitters that are installed here, by name; names the missing ones on stderr."""
    makers = {"sentencex": _sentencex, "nupunkt": _nupunkt, "syntok": _syntok, "pysbd": _pysbd}
    found = {}
    for name, make in makers.items():
        try:
            found[name] = make()
        except ImportError:
            print(f"{name} is not installed: skipped", file=sys.stderr)
    return found


def _sentencex() -> Splitter:
    split = importlib.import_module("sentencex").segment
    return lambda text: placed(text, split("en", text))


def _nupunkt() -> Splitter:
    split = importlib.import_module("nupunkt").sent_tokenize
    return lambda text: placed(text, split(text))


def _syntok() -> Splitter:
    segmenter = importlib.import_module("syntok.segmenter")
    logging.getLogger("syntok").setLevel(logging.ERROR)

    def split(text: str) -> list[Span]:
        found = []
        for paragraph in segmenter.analyze(text):
            for sentence in paragraph:
                tokens = list(sentence)
                found.append((tokens[0].offset, tokens[-1].offset + len(tokens[-1].value)))
        return found

    return split


def _pysbd() -> Splitter:
    segmenter = importlib.import_module("pysbd").Segmenter(language="en", clean=False)
    return lambda text: placed(text, segmenter.segment(text))


def ours(gold: Gold) -> list[Span]:
    """What `toolkit.corpus.segment` calls sentences."""
    return [(one.start, one.end) for one in segment.sentences(Document("bench", gold.text, format=gold.format))]


def measure(documents: Sequence[Gold], split: Callable[[Gold], list[Span]]) -> Score:
    """Runs a splitter over a set until it has worked long enough to be timed, and scores it."""
    rounds = 0
    begin = time.perf_counter()
    while rounds == 0 or time.perf_counter() - begin < MIN_SECONDS:
        found = [split(gold) for gold in documents]
        rounds += 1
    seconds = (time.perf_counter() - begin) / rounds
    counts: Counter[str] = Counter()
    for gold, spans in zip(documents, found, strict=True):
        counts.update(_counts(gold, spans))
    recall_ends = counts["hit_ends"] / max(counts["ends"], 1)
    precision_ends = counts["hit_ends"] / max(counts["found_ends"], 1)
    return Score(
        recall=counts["exact"] / max(counts["gold"], 1),
        precision=counts["exact"] / max(counts["found"], 1),
        boundary_f1=2 * recall_ends * precision_ends / max(recall_ends + precision_ends, 1e-9),
        headings=counts["head_hit"] / max(counts["head"], 1),
        others=counts["other_hit"] / max(counts["other"], 1),
        speed=counts["found"] / seconds,
    )


def _counts(gold: Gold, spans: Sequence[Span]) -> dict[str, int]:
    """Exact spans over running text, ends of sentences, and the headings and others that a sentence touches.

    Precision and boundaries look only at what touches running text, so that they judge the splitting; what is
    cut out of headings and furniture is counted on its own.
    """
    wanted = {(start, end) for start, end, kind in gold.units if kind in RUNNING}
    running = bytearray(len(gold.text) + 1)
    labelled = bytearray(len(gold.text) + 1)
    for start, end in wanted:
        running[start:end] = b"\1" * (end - start)
    for start, end in spans:
        labelled[start:end] = b"\1" * (end - start)
    touching = {(start, end) for start, end in spans if any(running[start:end])}
    ends = {end for _, end in wanted}
    found_ends = {end for _, end in touching}
    heads = [any(labelled[start:end]) for start, end, kind in gold.units if kind in HEADINGS]
    others = [
        any(labelled[start:end])
        for start, end, kind in gold.units
        if kind not in RUNNING and kind not in HEADINGS and kind != "item"
    ]
    return {
        "gold": len(wanted),
        "found": len(touching),
        "exact": len(wanted & touching),
        "ends": len(ends),
        "found_ends": len(found_ends),
        "hit_ends": len(ends & found_ends),
        "head": len(heads),
        "head_hit": sum(heads),
        "other": len(others),
        "other_hit": sum(others),
    }


def main() -> None:
    """Prints one table for each set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gum", type=Path, help="folder of NAME.txt and NAME.gold.jsonl")
    arguments = parser.parse_args()
    sets = {path.stem: read_gold(path) for path in sorted(GOLD.glob("*.jsonl"))}
    if arguments.gum:
        documents = read_folder(arguments.gum)
        sets |= {"gum, half A": documents[::2], "gum, half B": documents[1::2]}
    splitters: dict[str, Callable[[Gold], list[Span]]] = {"claimkit": ours}
    for name, split in peers().items():
        splitters[f"{name}, paragraphs"] = on_text(by_line(split))
        splitters[f"{name}, plain"] = on_text(split)
    for title, documents in sets.items():
        sentences = sum(kind in RUNNING for gold in documents for _, _, kind in gold.units)
        print(f"\n{title}: {len(documents)} documents, {sentences} sentences of running text\n")
        print(f"| {' | '.join(COLUMNS)} |")
        print("|---" * len(COLUMNS) + "|")
        for name, splitter in splitters.items():
            score = measure(documents, splitter)
            print(
                f"| {name} | {score.recall:.1%} | {score.precision:.1%} | {score.boundary_f1:.1%} "
                f"| {score.headings:.1%} | {score.others:.1%} | {score.speed:,.0f} |"
            )


if __name__ == "__main__":
    main()
