"""What a config says about runtime and precision, and what a backend really runs with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from support import ROOT
from tiny import SENTENCES

from toolkit.annotate import run
from toolkit.annotate.manifest import settings_of
from toolkit.backends.classifier import ClassifierBackend
from toolkit.backends.config import ClassifierConfig, ModelSource, NliConfig
from toolkit.backends.identity import answer_settings
from toolkit.backends.nli import NliBackend
from toolkit.corpus.read import Corpus
from toolkit.errors import OutputError
from toolkit.labels import Label, LabelSet

LABELS = LabelSet(name="x", labels=(Label(name="fact"), Label(name="view")))
THREE = LabelSet(name="x", labels=tuple(Label(name=name) for name in ("contradiction", "entailment", "neutral")))
no_gpu = pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="there is a GPU")


def nli(folder: Path, **options: Any) -> NliBackend:
    return NliBackend(NliConfig(kind="nli", name="tiny", model=ModelSource(folder=folder), **options), LABELS)


def scores(backend: NliBackend | ClassifierBackend) -> np.ndarray:
    from toolkit.records import Sentence

    found = backend.classify([Sentence(str(i), 0, len(text), text) for i, text in enumerate(SENTENCES)])
    return np.array([[*one.scores.values()] for one in found])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"runtime": "onnx", "device": "cuda"}, "runs on processors, not on cuda"),
        ({"runtime": "onnx", "device": "mps"}, "runs on processors, not on mps"),
        ({"runtime": "onnx", "precision": "bfloat16"}, "float32 or int8, not in bfloat16"),
        ({"runtime": "onnx", "precision": "float16"}, "float32 or int8, not in float16"),
        ({"runtime": "torch", "precision": "int8"}, "int8 is for runtime onnx"),
        ({"device": "cuda:1", "precision": "int8"}, "int8 is for runtime onnx"),
        ({"device": "cpu", "precision": "float16"}, "float16 is for GPUs"),
        ({"runtime": "tensorrt"}, "'auto', 'torch' or 'onnx'"),
        ({"precision": "int4"}, "precision"),
        ({"threads": 0}, "threads"),
    ],
)
@pytest.mark.parametrize("kind", [NliConfig, ClassifierConfig])
def test_what_does_not_go_together_is_refused_before_a_model_loads(
    kind: type[NliConfig], options: dict[str, Any], said: str
) -> None:
    name = kind.model_fields["kind"].annotation.__args__[0]  # type: ignore[union-attr]
    with pytest.raises(ValidationError, match=said):
        kind(kind=name, model=ModelSource(folder=Path("nowhere")), **options)


def test_a_config_file_says_where_it_is_wrong(refused: Any, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("kind: nli\nmodel:\n  folder: nowhere\nruntime: torch\nprecision: int8\n")
    (tmp_path / "t.txt").write_text("Prices fall.")
    said = refused("annotate", tmp_path / "t.txt", "--backend", tmp_path / "b.yaml")
    assert "precision int8 is for runtime onnx" in said


@pytest.mark.parametrize(
    ("options", "runtime", "precision"),
    [
        ({"runtime": "torch"}, "torch", "float32"),
        ({"runtime": "torch", "precision": "bfloat16"}, "torch", "bfloat16"),
        ({"precision": "bfloat16"}, "torch", "bfloat16"),
        ({"runtime": "onnx"}, "onnx", "float32"),
        ({"runtime": "onnx", "precision": "int8"}, "onnx", "int8"),
        ({"precision": "int8"}, "onnx", "int8"),
    ],
)
def test_identity_says_what_it_really_runs_with(
    tiny_bert: Path, options: dict[str, Any], runtime: str, precision: str
) -> None:
    identity = nli(tiny_bert, device="cpu" if precision != "int8" else "auto", **options).identity()
    assert identity["runtime"] == runtime
    assert identity["precision"].split()[0] == precision


@no_gpu
@pytest.mark.parametrize(("precision", "possible"), [("float32", {"float32"}), ("auto", {"float32", "int8"})])
def test_auto_names_its_pick(tiny_bert: Path, precision: str, possible: set[str]) -> None:
    first, second = (nli(tiny_bert, precision=precision).identity() for _ in range(2))
    assert first == second
    assert first["runtime"] in {"onnx", "torch"}
    assert first["precision"].split()[0] in possible


def test_both_runtimes_give_the_same_scores(tiny_bert: Path) -> None:
    one, other = (scores(nli(tiny_bert, runtime=name, device="cpu")) for name in ("torch", "onnx"))
    assert one == pytest.approx(other, abs=1e-5)
    classifiers = (
        ClassifierBackend(
            ClassifierConfig(kind="classifier", name="t", model=ModelSource(folder=tiny_bert), runtime=name), THREE
        )
        for name in ("torch", "onnx")
    )
    one, other = (scores(backend) for backend in classifiers)
    assert one == pytest.approx(other, abs=1e-5)


def test_the_runtime_that_was_asked_for_is_no_setting_but_the_one_that_was_used_is(tiny_bert: Path) -> None:
    asked, left = nli(tiny_bert, runtime="onnx"), nli(tiny_bert, runtime="torch")
    assert answer_settings(asked.config) == answer_settings(left.config)
    assert settings_of(asked, {})["model"] != settings_of(left, {})["model"]


def test_a_run_is_not_mixed_with_one_of_another_runtime(tiny_bert: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("Prices will fall next year. What a shame!")
    corpus = Corpus([tmp_path / "t.txt"])
    run.annotate(corpus, nli(tiny_bert, runtime="torch"), tmp_path / "o.jsonl")
    with pytest.raises(OutputError, match=r"model\.runtime: torch → onnx"):
        run.annotate(corpus, nli(tiny_bert, runtime="onnx"), tmp_path / "o.jsonl")


def test_the_default_backend_does_without_torch(tmp_path: Path) -> None:
    """At the second start, when what it needs has been made."""
    code = (
        "import sys; from toolkit import Classifier; c = Classifier.load('embedded'); "
        "assert c.backend.identity()['runtime'] == 'onnx'; p = c.classify(['Prices rose in May.']); "
        "print(p[0].label, sorted({'torch', 'transformers', 'sklearn', 'onnx'} & set(sys.modules)))"
    )
    backend = tmp_path / "b.yaml"
    text = (ROOT / "configs/backends/embedded.yaml").read_text()
    backend.write_text(text.replace("precision: auto", "precision: int8"))
    command = [sys.executable, "-c", code.replace("'embedded'", repr(str(backend)))]
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert done.stdout.split(maxsplit=1)[1].strip() == "[]"
