"""A student learns what a teacher says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolkit.annotate.cache import key_of, pack
from toolkit.annotate.classifier import Classifier
from toolkit.backends.store import AnswerStore
from toolkit.errors import InputError, OutputError
from toolkit.records import Prediction, Sentence
from toolkit.training.distill import TAUGHT, distill
from toolkit.training.save import train_and_save

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # of peft


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    """It finds praise in everything but one sentence, on which it fails."""
    path = tmp_path / "teacher.yaml"
    path.write_text(
        "kind: scripted\nname: teacher\nlabels: labels.yaml\ndefault: praise\nanswers: {Odd words.: '!timeout'}\n"
    )
    return path


def taught(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / TAUGHT).read_text().splitlines()]


@pytest.fixture
def unlabelled(tmp_path: Path) -> Path:
    path = tmp_path / "more.csv"
    path.write_text("text,label\nSomething else.,nonsense\nOdd words.,\n")
    return path


def test_the_student_agrees_with_the_teacher(
    project: Callable[..., Path], teacher: Path, unlabelled: Path, tmp_path: Path
) -> None:
    path = project(kind="classifier", epochs=12, teacher_weight=1.0, learning_rate=0.005)
    score = distill(path, teacher, tmp_path / "out", unlabelled=[unlabelled])
    rows = taught(tmp_path / "out")
    assert len(rows) == 41  # forty with labels, one without; the one that failed is left out
    assert all(row["probs"] == {"praise": 1.0, "no": 0.0} for row in rows)
    assert rows[-1]["label"] is None
    labels = [one.label for one in Classifier.load(tmp_path / "out" / "backend.yaml").classify(["Rude staff.", "Hm."])]
    assert labels == ["praise", "praise"]  # the teacher, not the data
    assert score.macro_f1 < 0.5


def test_a_label_counts_where_the_teacher_fails(project: Callable[..., Path], teacher: Path, tmp_path: Path) -> None:
    teacher.write_text(teacher.read_text().replace("Odd words.", "Rude staff on day 1."))
    told: list[str] = []
    distill(project(kind="classifier"), teacher, tmp_path / "out", say=told.append)
    (row,) = [row for row in taught(tmp_path / "out") if row["text"] == "Rude staff on day 1."]
    assert (row["label"], row["probs"]) == ("no", None)
    assert [line for line in told if "1 sentences without an answer" in line]


def test_a_rerun_asks_only_what_is_missing(
    project: Callable[..., Path], teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project(kind="classifier")
    distill(path, teacher, tmp_path / "out")
    told: list[str] = []
    distill(path, teacher, tmp_path / "out", say=told.append)
    assert not [line for line in told if line.startswith("teacher")]
    teacher.write_text(teacher.read_text().replace("default: praise", "default: no"))  # another teacher
    distill(path, teacher, tmp_path / "out", say=told.append)
    assert [line for line in told if line.startswith("teacher")] == ["teacher: 40/40 sentences"]
    assert all(row["probs"]["no"] == 1.0 for row in taught(tmp_path / "out"))


def test_the_next_student_finds_what_a_model_answered_the_first(
    project: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))
    path = project(kind="classifier")
    train_and_save(path, tmp_path / "teacher")
    distill(path, tmp_path / "teacher" / "backend.yaml", tmp_path / "first")
    # Answers that no model would give show where the next student's come from.
    marked = Prediction(scores={"praise": 0.875, "no": 0.125})
    (file,) = (tmp_path / "cache" / "annotations").glob("*.sqlite")
    keys = [key_of(Sentence("", 0, len(row["text"]), row["text"])) for row in taught(tmp_path / "first")]
    store: AnswerStore[bytes] = AnswerStore(file)
    assert store.get(keys).keys() == {*keys}
    store.put_all({key: pack(key, marked, (("praise", "no"), ())) or b"" for key in keys})
    store.close()
    distill(path, tmp_path / "teacher" / "backend.yaml", tmp_path / "second")
    assert len(keys) == 40
    assert [row["probs"] for row in taught(tmp_path / "second")] == [marked.scores] * 40


def test_a_test_split_is_refused_before_the_teacher_is_asked(project: Callable[..., Path], tmp_path: Path) -> None:
    path = project()
    (tmp_path / "test.csv").write_text((tmp_path / "reviews.csv").read_text())
    with pytest.raises(InputError, match="is a test split by its name"):
        distill(path, "no such teacher", tmp_path / "out", data_files=[tmp_path / "test.csv"])


def test_a_damaged_file_of_answers_is_said(project: Callable[..., Path], teacher: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / TAUGHT).write_text('{"text": "One."')
    with pytest.raises(InputError, match="line 1: not valid JSON"):
        distill(project(), teacher, tmp_path / "out")


@pytest.mark.parametrize(("sample", "count"), [(0, 40), (3, 43), (99, 50)])
def test_a_sample_of_the_unlabelled(
    project: Callable[..., Path], teacher: Path, tmp_path: Path, sample: int, count: int
) -> None:
    (tmp_path / "more.csv").write_text("text\n" + "".join(f"More {i}.\n" for i in range(10)))
    distill(project(kind="classifier"), teacher, tmp_path / "out", unlabelled=[tmp_path / "more.csv"], sample=sample)
    assert len(taught(tmp_path / "out")) == count


def test_a_teacher_that_says_nothing(project: Callable[..., Path], teacher: Path, tmp_path: Path) -> None:
    teacher.write_text(teacher.read_text().replace("default: praise", "default: '!timeout'"))
    with pytest.raises(InputError, match="answered no sentence"):
        distill(project(), teacher, tmp_path / "out")


def test_a_file_in_the_way_is_said_first(project: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(OutputError, match="is a file"):
        distill(project(), "no such teacher", tmp_path / "out")
