"""What a run is stamped with, and what its predictions took."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from support import ROOT, scripted

from toolkit.evaluation.predict import PeakMemory
from toolkit.evaluation.run import evaluate
from toolkit.evaluation.stamp import backend_facts, stamp
from toolkit.labels import load_labels
from toolkit.models.resolve import ModelFiles


def test_the_stamp_names_the_commit_of_the_checkout() -> None:
    made = stamp(load_labels(), [], "0" * 64, seed=3, resamples=100)
    head = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode:
        assert made["git"] is None
    else:
        assert made["git"] is not None
        assert made["git"]["commit"] == head.stdout.strip()
        assert isinstance(made["git"]["dirty"], bool)
    assert made["label_set"] == f"claims {load_labels().fingerprint}"
    assert (made["seed"], made["resamples"], made["config_sha256"]) == (3, 100, "0" * 64)


def test_parameters_are_counted_without_loading(tmp_path: Path) -> None:
    save_file({"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float16)}, tmp_path / "model.safetensors")
    backend = scripted()
    backend.files = ModelFiles(tmp_path, None, "", "")  # type: ignore[attr-defined]
    assert backend_facts(backend, {}, "run")["parameters"] == 17


def test_a_backend_without_weights_has_no_parameters() -> None:
    assert backend_facts(scripted(), {"x": 1}, "r") == {
        "run": "r",
        "settings": {"x": 1},
        "parameters": None,
        "revision": None,
    }


def test_peak_memory_sees_what_was_let_go() -> None:
    with PeakMemory() as before:
        pass
    with PeakMemory() as memory:
        block = np.ones(40_000_000)  # 320 MB
        block += 1
        # Long enough for a look in between, however busy the machine is.
        for _ in range(50):
            block *= 1.0
        del block
    assert memory.megabytes > before.megabytes + 200


def test_speed_is_that_of_all_windows(tmp_path: Path) -> None:
    rows = [{"id": str(i), "text": f"Sentence {i}.", "label": "opinion"} for i in range(130)]
    (tmp_path / "g.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "e.yaml").write_text("name: s\ngold: [g.jsonl]\nbackends: [cues]\nresamples: 100\n")
    speed = evaluate(tmp_path / "e.yaml", tmp_path / "out")["results"][0]["speed"]
    assert speed["seconds"] is not None
    assert speed["sentences_per_second"] is not None
    assert speed["peak_memory_mb"] is not None
    assert speed["seconds"] * speed["sentences_per_second"] > 100
    assert 10 < speed["peak_memory_mb"] < 100_000
    assert (speed["tokens"], speed["cost"], speed["truncated"]) == (None, None, 0)
