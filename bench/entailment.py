"""How much general entailment a model of the NLI form still knows, on rows that it was not trained on.

    python bench/entailment.py split FOLDER OUT.jsonl       # four fifths, by premise: for `claimkit train --pairs`
    python bench/entailment.py measure FOLDER BACKEND …     # the other fifth

FOLDER holds .jsonl files with premise, hypothesis and label (entailment, neutral, contradiction, not_entailment), such
as SNLI, MED or ConjNLI. Whether a pair is an entailment is asked of both; the peer is the share of the larger class.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from toolkit.backends.base import load_backend
from toolkit.backends.nli import NliBackend
from toolkit.training.data import Pair, read_pairs

HELD = 5
"""One premise in so many is kept for measuring."""

AT_MOST = 2000
"""Rows measured per file."""


def is_held(pair: Pair) -> bool:
    """Whether a pair is one for measuring; all pairs of a premise go together."""
    return hashlib.sha256(pair.premise.encode()).digest()[0] % HELD == 0


def split(folder: Path, target: Path) -> None:
    """Write the pairs that may be trained on."""
    count = 0
    with target.open("w", encoding="utf-8") as handle:
        for file in sorted(folder.glob("*.jsonl")):
            for pair in read_pairs([file]):
                if not is_held(pair):
                    label = "entailment" if pair.entailed else "not_entailment"
                    row = {"premise": pair.premise, "hypothesis": pair.hypothesis, "label": label}
                    handle.write(json.dumps(row, ensure_ascii=False) + "\n")
                    count += 1
    print(f"{count} pairs in {target}")


def measure(folder: Path, names: list[str]) -> None:
    """Print accuracy and balanced accuracy of each backend on each file."""
    print("| set | backend | n | accuracy | larger class | ratio | balanced accuracy |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in names:
        backend = load_backend(name)
        if not isinstance(backend, NliBackend):
            sys.exit(f"{name} is not of the NLI form.")
        for file in sorted(folder.glob("*.jsonl")):
            pairs = [pair for pair in read_pairs([file]) if is_held(pair)]
            pairs = [pairs[i] for i in sorted(np.random.default_rng(0).permutation(len(pairs))[:AT_MOST])]
            wanted = np.array([pair.entailed for pair in pairs])
            told = np.array([_entails(backend, pair) for pair in pairs])
            right = told == wanted
            floor = max(wanted.mean(), 1 - wanted.mean())
            balanced = np.mean([right[wanted == kind].mean() for kind in (True, False) if (wanted == kind).any()])
            print(
                f"| {file.stem} | {name} | {len(pairs)} | {right.mean():.3f} | {floor:.3f} "
                f"| {right.mean() / floor:.2f} | {balanced:.3f} |"
            )


def _entails(backend: NliBackend, pair: Pair) -> bool:
    answer = backend.model.pair_logits([pair.premise], [pair.hypothesis], max_tokens=256, tokens_per_batch=4096)
    return int(answer.logits[0, 0].argmax()) == backend.entailment


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "split":
        split(Path(sys.argv[2]), Path(sys.argv[3]))
    elif len(sys.argv) >= 4 and sys.argv[1] == "measure":
        measure(Path(sys.argv[2]), sys.argv[3:])
    else:
        sys.exit(__doc__)
