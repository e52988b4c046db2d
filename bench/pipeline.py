"""The embedded models beside the zero-shot pipeline of transformers: same weights, same hypotheses, same sentences.

The pipeline gets the model with its adapter merged, and the best of several batch sizes, found on some of the
sentences. "equal" is the share of sentences with the pipeline's label; for embedded-fast, which is another model, that
of itself in float32.

Run: python bench/pipeline.py [--count 2000] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import measured

from toolkit.backends.base import load_backend, load_config
from toolkit.backends.nli import NliBackend, hypothesis_groups
from toolkit.calibration_config import CalibrationConfig
from toolkit.records import Sentence
from toolkit.runtime.pick import Way

BATCH_SIZES = (1, 8, 16, 32, 64)
TRIED_ON = 100
"""Sentences on which the pipeline's batch sizes are compared."""
WINDOW = 2048
"""Sentences that claimkit is given at once."""
GOLD = ("newsroom", "podium", "market-and-screen")
TARGETS = {
    "embedded onnx int8": (6.0, 0.995),
    "embedded torch float32": (1.0, 1.0),
    "embedded-fast onnx int8": (20.0, 0.99),
}
EVAL = measured.ROOT / "eval"


@dataclass
class Row:
    """One line of the table."""

    name: str
    seconds: float
    cpu: float
    per_second: float
    ratio: float = 0.0
    cpu_ratio: float = 0.0
    equal: float | None = None


def sentences(count: int) -> list[str]:
    """Different sentences of the gold sets, and of our own training text for what is missing."""
    gold = [EVAL / name / f"{split}.jsonl" for name in GOLD for split in ("dev", "test")]
    found = dict.fromkeys(text for path in gold for text in _texts(path))
    more = [text for path in sorted((EVAL / "authored").glob("train*.jsonl")) for text in _texts(path)]
    random.Random(0).shuffle(more)
    found |= dict.fromkeys(more)
    chosen = list(found)[:count]
    random.Random(1).shuffle(chosen)
    return chosen


def _texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def timed(name: str, classify: Callable[[Sequence[str]], list[str]], texts: Sequence[str]) -> tuple[Row, list[str]]:
    """Run it, after a few sentences to warm up."""
    classify(texts[:16])
    begin, cpu = time.perf_counter(), time.process_time()
    labels = classify(texts)
    seconds, used = time.perf_counter() - begin, time.process_time() - cpu
    return Row(name, seconds, used, len(texts) / seconds), labels


def ours(reference: str, way: Way) -> Callable[[Sequence[str]], list[str]]:
    """A shipped backend, without its calibration, run in one way."""
    config, base = load_config(reference)
    update = {"runtime": way.runtime, "precision": way.precision, "device": "cpu", "calibration": CalibrationConfig()}
    backend = load_backend(config.model_copy(update=update), base=base)

    def classify(texts: Sequence[str]) -> list[str]:
        labels = []
        for begin in range(0, len(texts), WINDOW):
            some = [
                Sentence(str(place), 0, len(text), text) for place, text in enumerate(texts[begin : begin + WINDOW])
            ]
            for prediction in backend.classify(some):
                scores = prediction.scores or {}
                labels.append(max(scores, key=lambda label: scores[label]))
        return labels

    return classify


def pipeline(folder: Path) -> tuple[Any, list[str], dict[str, str]]:
    """The peer, its hypotheses, and the label of each hypothesis that stands for one."""
    from transformers import AutoTokenizer
    from transformers import pipeline as make

    from toolkit.runtime.load import load_model

    config, base = load_config("embedded")
    backend = cast(
        "NliBackend", load_backend(config.model_copy(update={"runtime": "torch", "precision": "float32"}), base=base)
    )
    model = load_model(backend.files.folder, adapter=backend.files.adapter)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(backend.files.folder).save_pretrained(folder)
    hypotheses, groups = hypothesis_groups(backend.labels, 1)
    labels = {hypotheses[groups[name][0]]: name for name in backend.labels.names}
    return make("zero-shot-classification", model=str(folder), device="cpu"), hypotheses, labels


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=list(BATCH_SIZES))
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    texts = sentences(options.count)
    print(f"{len(texts)} sentences, {sum(map(len, texts)) / len(texts):.0f} characters each; {measured.machine()}")
    with tempfile.TemporaryDirectory() as folder:
        peer, hypotheses, labels = pipeline(Path(folder))

        def zero_shot(texts: Sequence[str], size: int) -> list[str]:
            found = peer(list(texts), candidate_labels=hypotheses, hypothesis_template="{}", batch_size=size)
            return [next(labels[one] for one in answer["labels"] if one in labels) for answer in found]

        rows = []
        tried = {}
        for size in options.batch_sizes:
            row, _ = timed(f"pipeline, batch {size}", partial(zero_shot, size=size), texts[:TRIED_ON])
            tried[size] = row
            rows.append(row)
            print(f"{row.name}: {row.per_second:.1f} sentences/s on {min(TRIED_ON, len(texts))}", flush=True)
        best = min(tried, key=lambda size: tried[size].seconds)
        base, expected = timed(f"pipeline, batch {best}", partial(zero_shot, size=best), texts)
    results = [base]
    print(f"{base.name}: {base.per_second:.1f} sentences/s on all", flush=True)
    fast: list[str] = []
    for reference in ("embedded", "embedded-fast"):
        for way in (Way("torch", "float32"), Way("onnx", "float32"), Way("onnx", "int8")):
            row, found = timed(f"{reference} {way}", ours(reference, way), texts)
            if reference == "embedded-fast" and way.runtime == "torch":
                fast = found
            against = fast if reference == "embedded-fast" else expected
            row.equal = sum(a == b for a, b in zip(found, against, strict=True)) / len(texts)
            row.ratio, row.cpu_ratio = row.per_second / base.per_second, base.cpu / row.cpu
            results.append(row)
            print(
                f"{row.name}: {row.per_second:.1f} sentences/s, {row.ratio:.1f} times the pipeline "
                f"({row.cpu_ratio:.1f} by processor time), equal {row.equal:.2%}",
                flush=True,
            )
    for name, (ratio, equal) in TARGETS.items():
        row = next(one for one in results if one.name == name)
        met = row.ratio >= ratio and (row.equal or 0) >= equal
        print(f"{'met' if met else 'NOT MET'}: {name} at least {ratio:g} times, {equal:.1%} equal")
    if options.json:
        figures = {"machine": measured.machine(), "count": len(texts), "tried": [asdict(one) for one in rows]}
        options.json.write_text(json.dumps(figures | {"results": [asdict(one) for one in results]}, indent=2) + "\n")


if __name__ == "__main__":
    main()
