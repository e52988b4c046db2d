"""ONNX Runtime against PyTorch, and the cache of what it runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support import ROOT
from tiny import SENTENCES, THREE_WAY, save_bert, save_classifier

from toolkit.errors import ModelError
from toolkit.runtime import onnx_store
from toolkit.runtime.onnx import OnnxClassifier
from toolkit.runtime.torch import TorchClassifier

HYPOTHESES = ["What a shame!", "The owners said they expect visitors."]

Make = Callable[..., OnnxClassifier]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def onnx(tiny_bert: Path, cache: Path) -> Make:
    def make(folder: Path = tiny_bert, **options: object) -> OnnxClassifier:
        return OnnxClassifier(folder, **{"identity": str(folder), "cache": cache} | options)  # type: ignore[arg-type]

    return make


def pairs(model: OnnxClassifier | TorchClassifier, *, budget: int = 256) -> np.ndarray:
    return model.pair_logits(SENTENCES, HYPOTHESES, max_tokens=64, tokens_per_batch=budget).logits


def forms(cache: Path) -> list[Path]:
    return sorted((cache / "onnx").iterdir())


@pytest.mark.parametrize("threads", [1, 3])
def test_float32_gives_the_numbers_of_torch(onnx: Make, tiny_bert: Path, threads: int) -> None:
    torch, ours = TorchClassifier(tiny_bert, device="cpu"), onnx(threads=threads)
    assert pairs(ours) == pytest.approx(pairs(torch), abs=1e-5)
    texts = {"max_tokens": 40, "tokens_per_batch": 128}
    expected, found = torch.text_logits(SENTENCES, **texts), ours.text_logits(SENTENCES, **texts)
    assert found.logits == pytest.approx(expected.logits, abs=1e-5)
    assert found.tokens.tolist() == expected.tokens.tolist()
    assert found.truncated.tolist() == expected.truncated.tolist()
    assert ours.id2label == THREE_WAY


@pytest.mark.parametrize("model_type", ["roberta", "xlm-roberta", "camembert", "mpnet"])
@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_other_architectures(onnx: Make, tmp_path: Path, model_type: str, precision: str) -> None:
    folder = save_classifier(tmp_path / "m", model_type)
    exact = pairs(TorchClassifier(folder, device="cpu"))
    found = pairs(onnx(folder, precision=precision))
    assert found == pytest.approx(exact, abs=1e-5 if precision == "float32" else 0.3 * float(exact.std()))


def test_far_tokens_are_as_far_as_the_model_has_them(onnx: Make, tmp_path: Path) -> None:
    folder = save_classifier(tmp_path / "m", "mpnet")
    texts = [" ".join(SENTENCES), *SENTENCES]
    options = {"max_tokens": 128, "tokens_per_batch": 1024}
    expected = TorchClassifier(folder, device="cpu").text_logits(texts, **options)
    assert expected.tokens.max() > 100
    assert onnx(folder).text_logits(texts, **options).logits == pytest.approx(expected.logits, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("model_type", ["distilbert", "deberta-v2"])
def test_any_other_architecture_by_the_exporter(onnx: Make, tmp_path: Path, model_type: str) -> None:
    folder = save_classifier(tmp_path / "m", model_type)
    exact = pairs(TorchClassifier(folder, device="cpu"))
    assert pairs(onnx(folder)) == pytest.approx(exact, abs=1e-4)
    rounded = pairs(onnx(folder, precision="int8"))
    assert rounded == pytest.approx(exact, abs=0.3 * float(exact.std()))
    assert np.abs(rounded - exact).max() > 1e-4


def test_int8_is_near_and_not_the_same(onnx: Make, tiny_bert: Path) -> None:
    exact, rounded = pairs(TorchClassifier(tiny_bert, device="cpu")), pairs(onnx(precision="int8"))
    spread = exact.std()
    assert np.abs(rounded - exact).max() < 0.5 * spread
    assert np.corrcoef(rounded.ravel(), exact.ravel())[0, 1] > 0.99
    assert np.abs(rounded - exact).max() > 1e-4


def test_int8_answers_do_not_depend_on_what_else_is_in_the_batch(onnx: Make) -> None:
    model = onnx(precision="int8")
    alone = np.concatenate([model.text_logits([text], max_tokens=64, tokens_per_batch=64).logits for text in SENTENCES])
    together = model.text_logits(SENTENCES, max_tokens=64, tokens_per_batch=4096).logits
    assert together == pytest.approx(alone, abs=1e-5)


def test_seven_bits_are_near_too(tiny_bert: Path) -> None:
    from toolkit.runtime.onnx_build import build

    eight, seven = (build(tiny_bert, None, precision="int8", bits=bits).model for bits in (8, 7))
    assert eight != seven
    weights = [one for one in _constants(seven) if one.dtype == np.int8 and one.ndim == 2]
    assert weights
    assert max(np.abs(one.astype(int)).max() for one in weights) == 63


def _constants(model: bytes) -> list[np.ndarray]:
    from onnx import load_from_string, numpy_helper

    return [numpy_helper.to_array(one) for one in load_from_string(model).graph.initializer]


class TestCache:
    def test_the_second_start_reads_what_the_first_made(self, onnx: Make, cache: Path) -> None:
        expected = pairs(onnx())
        (form,) = forms(cache)
        before = (form / onnx_store.MODEL).stat().st_mtime_ns
        assert np.array_equal(pairs(onnx()), expected)
        assert (form / onnx_store.MODEL).stat().st_mtime_ns == before

    def test_other_weights_and_other_precisions_have_forms_of_their_own(
        self, onnx: Make, cache: Path, tmp_path: Path
    ) -> None:
        onnx()
        onnx(precision="int8")
        other = onnx(save_bert(tmp_path / "other", seed=5))
        assert len(forms(cache)) == 3
        assert pairs(other) == pytest.approx(pairs(TorchClassifier(tmp_path / "other", device="cpu")), abs=1e-5)

    @pytest.mark.parametrize("name", [onnx_store.MODEL, onnx_store.TOKENIZER, onnx_store.FACTS])
    @pytest.mark.parametrize("damage", ["gone", "empty", "cut", "changed"])
    def test_a_damaged_form_is_made_again(
        self, onnx: Make, cache: Path, name: str, damage: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        expected = pairs(onnx())
        (form,) = forms(cache)
        content = (form / name).read_bytes()
        if damage == "gone":
            (form / name).unlink()
        else:
            changed = bytes([content[0] ^ 1]) + content[1:]
            (form / name).write_bytes({"empty": b"", "cut": content[: len(content) // 2], "changed": changed}[damage])
        assert np.array_equal(pairs(onnx()), expected)
        assert "damaged" in caplog.text
        assert forms(cache) == [form]
        assert (form / onnx_store.MODEL).read_bytes()
        caplog.clear()
        onnx()
        assert caplog.text == ""

    def test_facts_of_another_shape_are_damage(self, onnx: Make, cache: Path) -> None:
        expected = pairs(onnx())
        (forms(cache)[0] / onnx_store.FACTS).write_text(json.dumps(["x"]))
        assert np.array_equal(pairs(onnx()), expected)

    def test_a_cache_that_cannot_be_written_does_no_harm(
        self, onnx: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        place = tmp_path / "file"
        place.write_text("not a folder")
        assert pairs(onnx(cache=place)).shape == (len(SENTENCES), 2, 3)
        assert "cannot be kept" in caplog.text

    def test_two_processes_may_make_it_at_once(self, tiny_bert: Path, cache: Path) -> None:
        code = (
            "import sys; from pathlib import Path; from toolkit.runtime.onnx import OnnxClassifier; "
            "m = OnnxClassifier(Path(sys.argv[1]), identity='x', cache=Path(sys.argv[2]), precision='int8'); "
            "print(m.text_logits(['Prices fall.'], max_tokens=64, tokens_per_batch=64).logits.tolist())"
        )
        command = [sys.executable, "-c", code, str(tiny_bert), str(cache)]
        running = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)
        ]
        answers = [one.communicate(timeout=120) for one in running]
        assert [one.returncode for one in running] == [0, 0, 0], answers
        assert len({out for out, _ in answers}) == 1
        assert [path.name for path in forms(cache)] == [onnx_store.place(cache, "x", "int8", 8).name]
        assert onnx_store.read(forms(cache)[0]) is not None


def test_what_is_made_needs_no_torch(tiny_bert: Path, cache: Path, onnx: Make) -> None:
    expected = pairs(onnx(precision="int8"))
    code = (
        "import sys; from pathlib import Path; from toolkit.runtime.onnx import OnnxClassifier; "
        f"m = OnnxClassifier(Path(sys.argv[1]), identity=sys.argv[1], cache=Path(sys.argv[2]), precision='int8'); "
        f"r = m.pair_logits({SENTENCES!r}, {HYPOTHESES!r}, max_tokens=64, tokens_per_batch=256); "
        "assert not {'torch', 'transformers', 'onnx'} & set(sys.modules), 'heavy'; print(r.logits.ravel().tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny_bert), str(cache)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == pytest.approx(expected.ravel().tolist(), abs=1e-6)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_broken_files_are_refused(onnx: Make, tiny_bert: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "copy"))
    (folder / name).write_bytes(b"[")
    with pytest.raises(ModelError):
        onnx(folder)
