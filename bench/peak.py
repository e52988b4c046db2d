"""How much of the processor's peak the embedded models reach: their operations per second beside matrix products alone.

The peak is measured with the libraries that run the models, on matrices of a good size, with as many threads. Counted
are the operations on real tokens that are really done: no padding, and of the last layer only what the head reads.

Run: python bench/peak.py [--count 500] [--threads N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, cast

import measured
import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from pipeline import sentences

from toolkit.backends.base import load_backend, load_config
from toolkit.backends.classifier import ClassifierBackend
from toolkit.backends.nli import NliBackend
from toolkit.runtime import processor
from toolkit.runtime.files import read_config
from toolkit.runtime.pick import Way

ROWS, INNER, COLUMNS = 1024, 1536, 1536
REPEATS = 20
WAYS = {
    "float32": (Way("torch", "float32"), Way("onnx", "float32")),
    "bfloat16": (Way("torch", "bfloat16"),),
    "int8": (Way("onnx", "int8"),),
}


class Rate(NamedTuple):
    """Operations a second: by the clock, and by each thread's processor time, which other work disturbs less."""

    wall: float
    cpu: float


def torch_peak(dtype: torch.dtype, threads: int) -> Rate:
    """Operations a second of matrix products."""
    torch.set_num_threads(threads)
    left, right = torch.rand(ROWS * threads, INNER).to(dtype), torch.rand(COLUMNS, INNER).to(dtype)
    with torch.inference_mode():
        return _rate(lambda: torch.nn.functional.linear(left, right), 2 * ROWS * threads * INNER * COLUMNS, threads)


def int8_peak(threads: int) -> Rate:
    """The same of bytes, in ONNX Runtime, one product on each thread as the models are run."""
    random = np.random.default_rng(0)
    constants: dict[str, np.ndarray[Any, Any]] = {
        "weights": random.integers(-127, 128, (INNER, COLUMNS)).astype(np.int8),
        "one": np.array(1, dtype=np.float32),
        "scales": np.ones(COLUMNS, dtype=np.float32),
        "zero": np.array(128, dtype=np.uint8),
        "zeros": np.zeros(COLUMNS, dtype=np.int8),
    }
    node = helper.make_node(
        "MatMulIntegerToFloat", ["x", "weights", "one", "scales", "zero", "zeros"], ["y"], domain="com.microsoft"
    )
    graph = helper.make_graph(
        [node],
        "peak",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [ROWS, INNER])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [ROWS, COLUMNS])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feeds = {"x": random.integers(0, 256, (ROWS, INNER)).astype(np.uint8)}
    with ThreadPoolExecutor(threads) as pool:

        def run() -> None:
            list(pool.map(lambda _: session.run(None, feeds), range(threads)))

        return _rate(run, 2 * ROWS * threads * INNER * COLUMNS, threads)


def _rate(run: Callable[[], Any], operations: float, threads: int, repeats: int = REPEATS) -> Rate:
    walls, cpus = [], []
    for _ in range(repeats):
        begin, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - begin)
        cpus.append(time.process_time() - cpu)
    return Rate(operations / min(walls), operations * threads / min(cpus))


def operations(lengths: np.ndarray, config: dict[str, Any]) -> float:
    """Of one pass over sequences of these lengths."""
    hidden, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    token: int = 2 * (4 * hidden * hidden + 2 * hidden * inner)
    full = float((token * lengths + 4 * hidden * lengths**2).sum())
    last = float((4 * hidden * hidden * lengths + 4 * hidden * lengths).sum()) + len(lengths) * token
    return float((layers - 1) * full + last)


def reached(reference: str, way: Way, texts: list[str], threads: int) -> Rate:
    """What a model reaches."""
    config, base = load_config(reference)
    update = {"runtime": way.runtime, "precision": way.precision, "device": "cpu", "threads": threads}
    backend = cast("NliBackend | ClassifierBackend", load_backend(config.model_copy(update=update), base=base))
    model, batch = backend.model, {"max_tokens": 256, "tokens_per_batch": backend.config.tokens_per_batch}
    first, _ = model.encode(texts, 200)
    if isinstance(backend, NliBackend):
        second, _ = model.encode(backend.hypotheses, 50)
        lengths = np.array([len(a) + len(b) + model.pair.size for a in first for b in second])

        def run() -> None:
            model.pair_logits(texts, backend.hypotheses, **batch)
    else:
        lengths = np.array([len(a) + model.single.size for a in first])

        def run() -> None:
            model.text_logits(texts, **batch)

    model.text_logits(texts[:16], **batch)
    return _rate(run, operations(lengths, read_config(backend.files.folder)), threads, repeats=2)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--threads", type=int, default=processor.threads())
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    texts = sentences(options.count)
    print(f"{len(texts)} sentences, {options.threads} threads; {measured.machine()}")
    peaks = {
        "float32": torch_peak(torch.float32, options.threads),
        "bfloat16": torch_peak(torch.bfloat16, options.threads),
        "int8": int8_peak(options.threads),
    }
    results = []
    for precision, peak in peaks.items():
        print(f"{precision}: matrix products alone {peak.wall / 1e9:.0f} billion operations/s", flush=True)
        for way in WAYS[precision]:
            for reference in ("embedded", "embedded-fast"):
                rate = reached(reference, way, texts, options.threads)
                shares = Rate(rate.wall / peak.wall, rate.cpu / peak.cpu)
                results.append({"model": reference, "way": str(way), **rate._asdict(), "share": shares._asdict()})
                print(
                    f"  {reference} {way}: {rate.wall / 1e9:.0f} billion operations/s, {shares.wall:.0%} of the peak; "
                    f"{shares.cpu:.0%} by processor time",
                    flush=True,
                )
    if options.json:
        figures = {
            "machine": measured.machine(),
            "threads": options.threads,
            "peaks": {name: rate._asdict() for name, rate in peaks.items()},
            "results": results,
        }
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
