"""What reading, cutting, caching and writing add to the model: the share of a run's wall time in which it does not run.

Run: python bench/overhead.py [--backend embedded] [--sentences 4096]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from kills import write_corpus  # beside this file

from toolkit.annotate.run import annotate
from toolkit.backends.base import Backend, load_backend
from toolkit.corpus.read import Corpus
from toolkit.records import Prediction, Sentence


def main() -> None:
    """Print the share for each kind of output."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", default="embedded")
    parser.add_argument("--sentences", type=int, default=4096)
    options = parser.parse_args()
    backend = load_backend(options.backend)
    backend.classify([Sentence("d", 0, 10, "Warm it up")])
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(Path(folder) / "corpus", options.sentences, random.Random(13))
        corpus = Corpus([Path(folder) / "corpus"])
        for kind in ("out.jsonl", "run"):
            timed = Timed(backend)
            begun = time.perf_counter()
            total = annotate(corpus, timed, Path(folder) / kind, cache=False).total
            wall = time.perf_counter() - begun
            print(
                f"{options.backend} {kind}: {total:,} sentences in {wall:.2f} s, {timed.spent:.2f} s of them in the "
                f"model; overhead {1 - timed.spent / wall:.1%}"
            )


class Timed:
    """A backend with a clock."""

    def __init__(self, backend: Backend) -> None:
        self.config = backend.config
        self.labels = backend.labels
        self.identity = backend.identity
        self.backend = backend
        self.spent = 0.0

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Answer, and count the time."""
        begun = time.perf_counter()
        try:
            return self.backend.classify(sentences)
        finally:
            self.spent += time.perf_counter() - begun


if __name__ == "__main__":
    main()
