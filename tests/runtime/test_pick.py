"""Which way to run a model is the fastest, and that it is remembered."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from toolkit.errors import ModelError
from toolkit.runtime.pick import Way, memory_file, pick
from toolkit.runtime.sequences import Batch, SequenceClassifier

INT8, FLOAT, TORCH = Way("onnx", "int8"), Way("onnx", "float32"), Way("torch", "float32")
WAYS = (INT8, FLOAT, TORCH)


class Sleeper(SequenceClassifier):
    """Takes so many seconds a batch."""

    def __init__(self, way: Way, seconds: float, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer, {0: "a"}, pad=0, limit=64)
        self.runtime, self.precision = way.runtime, f"{way.precision} (as it calls it)"
        self.seconds = seconds

    def forward(self, batch: Batch) -> np.ndarray:
        time.sleep(self.seconds)
        return np.zeros((len(batch.ids), 1), dtype=np.float32)


class Loader:
    """Loads sleepers, and remembers which; a speed of None is a model that cannot be loaded."""

    def __init__(self, tiny_bert: Path, **seconds: float | None) -> None:
        self.tokenizer = Tokenizer.from_file(str(tiny_bert / "tokenizer.json"))
        self.seconds = dict(zip(WAYS, (seconds["int8"], seconds["float32"], seconds["torch"]), strict=True))
        self.asked: list[Way] = []

    def __call__(self, way: Way) -> SequenceClassifier:
        self.asked.append(way)
        seconds = self.seconds[way]
        if seconds is None:
            raise ModelError(f"no {way}")
        return Sleeper(way, seconds, self.tokenizer)


@pytest.mark.parametrize(
    ("speeds", "expected"),
    [
        ({"int8": 0.001, "float32": 0.02, "torch": 0.02}, INT8),
        ({"int8": 0.02, "float32": 0.001, "torch": 0.02}, FLOAT),
        ({"int8": 0.02, "float32": 0.02, "torch": 0.001}, TORCH),
        ({"int8": 0.02, "float32": 0.02, "torch": 0.02}, INT8),
        ({"int8": None, "float32": None, "torch": 0.001}, TORCH),
        ({"int8": None, "float32": 0.001, "torch": 0.02}, FLOAT),
    ],
)
def test_the_clearly_fastest_is_taken_and_told_and_remembered(
    tmp_path: Path, tiny_bert: Path, caplog: pytest.LogCaptureFixture, speeds: dict[str, float], expected: Way
) -> None:
    load, memory = Loader(tiny_bert, **speeds), tmp_path / "cache" / "picked.json"
    assert pick(WAYS, load, memory=memory, name="tiny").runtime == expected.runtime
    assert f"tiny runs with {expected} here" in caplog.text
    caplog.clear()
    load.asked.clear()
    assert pick(WAYS, load, memory=memory, name="tiny").precision.startswith(expected.precision)
    assert load.asked == [expected]
    assert caplog.text == ""


def test_a_pick_that_may_not_be_taken_any_more_is_made_again(tmp_path: Path, tiny_bert: Path) -> None:
    load, memory = Loader(tiny_bert, int8=0.001, float32=0.02, torch=0.02), tmp_path / "picked.json"
    pick(WAYS, load, memory=memory, name="tiny")
    assert pick((FLOAT, TORCH), load, memory=memory, name="tiny").precision.startswith("float32")


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b'"x"', b'{"runtime": "abacus", "precision": "int8"}', b"\xff"])
def test_a_damaged_memory_is_written_anew(tmp_path: Path, tiny_bert: Path, content: bytes) -> None:
    load, memory = Loader(tiny_bert, int8=0.001, float32=0.02, torch=0.02), tmp_path / "picked.json"
    memory.write_bytes(content)
    assert pick(WAYS, load, memory=memory, name="tiny").precision.startswith("int8")
    load.asked.clear()
    pick(WAYS, load, memory=memory, name="tiny")
    assert load.asked == [INT8]
    assert [path.name for path in tmp_path.iterdir()] == ["picked.json"]


def test_a_memory_that_cannot_be_written_does_no_harm(
    tmp_path: Path, tiny_bert: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    load = Loader(tiny_bert, int8=0.001, float32=0.02, torch=0.02)
    assert pick(WAYS, load, memory=tmp_path / "file" / "picked.json", name="tiny").precision.startswith("int8")
    assert "cannot be remembered" in caplog.text


def test_a_process_that_was_faster_decides(tmp_path: Path, tiny_bert: Path) -> None:
    memory = tmp_path / "picked.json"
    slow = Loader(tiny_bert, int8=0.02, float32=0.02, torch=0.001)

    class Overtaken(Loader):
        def __call__(self, way: Way) -> SequenceClassifier:
            if not memory.exists():
                pick(WAYS, slow, memory=memory, name="tiny")
            return super().__call__(way)

    load = Overtaken(tiny_bert, int8=0.001, float32=0.02, torch=0.02)
    assert pick(WAYS, load, memory=memory, name="tiny").runtime == "torch"


def test_nothing_that_can_be_loaded_is_the_first_reason(tmp_path: Path, tiny_bert: Path) -> None:
    load = Loader(tiny_bert, int8=None, float32=None, torch=None)
    with pytest.raises(ModelError, match="no onnx int8"):
        pick(WAYS, load, memory=tmp_path / "picked.json", name="tiny")


def test_models_choices_and_threads_are_remembered_apart(tmp_path: Path) -> None:
    files = {
        memory_file(tmp_path, identity, ways, threads)
        for identity in ("x", "y")
        for ways in (WAYS, WAYS[:2])
        for threads in (1, 2)
    }
    assert len(files) == 8
    assert memory_file(tmp_path, "x", WAYS, 1) in files


def test_what_is_told_is_a_warning(tmp_path: Path, tiny_bert: Path, caplog: pytest.LogCaptureFixture) -> None:
    load = Loader(tiny_bert, int8=0.001, float32=0.02, torch=0.02)
    pick(WAYS, load, memory=tmp_path / "picked.json", name="tiny")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
