"""How well an NLI model does with label sets that it was not trained on, beside sentence embeddings and chance.

    python bench/zero_shot.py FOLDER [BACKEND …]

FOLDER holds the public sets (docs/benchmarks.md): ClaimBuster (is a sentence worth checking?), campaign speech
(promise, directive or question?) and central-bank minutes (certain or uncertain?). The peers, in the same run, are
`nearest` (the label whose definition is nearest by sentence embeddings) and the larger class. "corrected" divides each
label's score by its mean over the same sentences, which needs no gold label (`bias: batch` of `claimkit calibrate`).
BACKEND is `embedded` when not given.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap
from sklearn.metrics import f1_score

from toolkit.backends.base import load_backend
from toolkit.labels import Label, LabelSet, load_labels
from toolkit.records import Sentence

CHECKWORTHINESS = {"CFS": "checkworthy", "UFS": "unimportant_claim", "NFS": "not_a_claim"}
SPEECH = {"Commissive-O": "promise", "Directive": "directive", "Interrogative": "question"}
CERTAINTY = {
    f"{when}|{what}": what for when in ("forward looking", "not forward looking") for what in ("certain", "uncertain")
}


def _labels(name: str, labels: dict[str, tuple[str, str]]) -> LabelSet:
    return LabelSet(
        name=name,
        description="",
        labels=tuple(
            Label(name=label, definition=definition, hypotheses=(hypothesis,))
            for label, (definition, hypothesis) in labels.items()
        ),
    )


SETS: dict[str, tuple[LabelSet, dict[str, str]]] = {
    "claimbuster_2000": (load_labels("checkworthiness"), CHECKWORTHINESS),
    "speech_acts_au": (
        _labels(
            "speech_acts",
            {
                "promise": ("The speakers commit themselves to do something.", "The speaker promises to do something."),
                "directive": ("Asks or orders somebody to act.", "The speaker tells others to do something."),
                "question": ("Asks a question.", "The speaker asks a question."),
            },
        ),
        SPEECH,
    ),
    "wcb_15_banks": (
        _labels(
            "certainty",
            {
                "certain": ("States something as settled.", "The sentence states something as certain."),
                "uncertain": ("Stresses what is not known.", "The sentence says that something is uncertain."),
            },
        ),
        CERTAINTY,
    ),
}
"""File to the label set that is asked and what the source's labels are called in it."""


def main(folder: Path, names: Sequence[str]) -> None:
    """Print the table."""
    print("| set | labels | n | backend | macro-F1 [95 % interval] | larger class | ratio to nearest |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for stem, (labels, called) in SETS.items():
        rows = [json.loads(line) for line in (folder / f"{stem}.jsonl").read_text(encoding="utf-8").splitlines()]
        rows = [row for row in rows if row["src_label"] in called]
        wanted = np.array([called[row["src_label"]] for row in rows])
        sentences = [Sentence(f"{stem}:{i}", 0, len(row["text"]), row["text"]) for i, row in enumerate(rows)]
        largest = max(labels.names, key=lambda name: int((wanted == name).sum()))
        floor = _macro_f1(wanted, np.full(len(wanted), largest))
        nearest = None
        for name in ("nearest", *names):
            predictions = load_backend(name, labels=labels).classify(sentences)
            scores = np.array([[one.scores[label] for label in labels.names] for one in predictions])
            for called_so, some in ((name, scores), (f"{name}, corrected", scores / scores.mean(axis=0))):
                told = np.array(labels.names)[some.argmax(axis=1)]
                value = _macro_f1(wanted, told)
                nearest = value if nearest is None else nearest
                low, high = bootstrap(
                    (wanted, told),
                    _macro_f1,
                    paired=True,
                    vectorized=False,
                    n_resamples=499,
                    rng=0,
                    method="percentile",
                ).confidence_interval
                print(
                    f"| {stem} | {', '.join(labels.names)} | {len(rows)} | {called_so} "
                    f"| {value:.3f} [{low:.3f}, {high:.3f}] | {floor:.3f} | {value / nearest:.2f} |"
                )


def _macro_f1(wanted: np.ndarray, told: np.ndarray) -> float:
    return float(f1_score(wanted, told, average="macro", labels=np.unique(wanted), zero_division=0))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:] or ["embedded"])
