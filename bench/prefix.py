"""Reusing what prompts begin with alike, against scoring each prompt from scratch, in the same run and process.

Run: python bench/prefix.py BACKEND [GOLD] [--count 20]
BACKEND is the config of a `causal` backend, GOLD a .jsonl file of sentences (eval/newsroom/dev.jsonl by default).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from toolkit.backends.base import load_backend, load_config
from toolkit.backends.causal import CausalBackend
from toolkit.backends.causal_config import CausalConfig
from toolkit.errors import ConfigError
from toolkit.records import Prediction, Sentence

GOLD = Path(__file__).resolve().parent.parent / "eval" / "newsroom" / "dev.jsonl"
BLOCK = 5
"""Sentences that one way answers before the other has its turn, so that both meet the same load of the machine."""


def label(prediction: Prediction) -> str | None:
    """The most probable label; None for a failure."""
    return max(prediction.scores, key=prediction.scores.__getitem__) if prediction.scores else None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backend")
    parser.add_argument("gold", nargs="?", type=Path, default=GOLD)
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    config, base = load_config(options.backend)
    if not isinstance(config, CausalConfig):
        raise ConfigError(f"{options.backend} is no causal backend.", hint="Only those have a prefix to reuse.")
    # Answers on disk would be faster than any reuse.
    backend = load_backend(config.model_copy(update={"cache": False}), base=base)
    assert isinstance(backend, CausalBackend)
    rows = [json.loads(line) for line in options.gold.read_text(encoding="utf-8").splitlines()[: options.count]]
    sentences = [Sentence(str(row["id"]), 0, len(row["text"]), row["text"]) for row in rows]
    backend.classify(sentences[:1])  # both ways find the model warm
    seconds = {True: 0.0, False: 0.0}
    answers: dict[bool, list[Prediction]] = {True: [], False: []}
    for begin in range(0, len(sentences), BLOCK):
        for reuse in (True, False):
            backend.config = backend.config.model_copy(update={"reuse_prefix": reuse})
            start = time.perf_counter()
            answers[reuse] += backend.classify(sentences[begin : begin + BLOCK])
            seconds[reuse] += time.perf_counter() - start
    tokens = {reuse: sum(one.usage.tokens for one in found) for reuse, found in answers.items()}
    for reuse, name in ((True, "beginning kept"), (False, "from scratch")):
        rate = len(sentences) / seconds[reuse]
        print(f"{name}: {rate:.3f} sentences/s, {tokens[reuse] / len(sentences):.0f} tokens read for each")
    same = sum(label(kept) == label(scratch) for kept, scratch in zip(answers[True], answers[False], strict=True))
    most = max(
        abs(kept.scores[name] - scratch.scores[name])
        for kept, scratch in zip(answers[True], answers[False], strict=True)
        for name in kept.scores
    )
    print(f"ratio {seconds[False] / seconds[True]:.1f}")
    print(f"same label: {same} of {len(sentences)}; largest difference of a score: {most:.1e}")


if __name__ == "__main__":
    main()
