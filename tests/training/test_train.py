"""What training learns from and what it changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from toolkit.errors import ConfigError, InputError, ModelError
from toolkit.labels import load_labels
from toolkit.training.config import load_train_config
from toolkit.training.save import train_and_save
from toolkit.training.train import Trained, train

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # of peft

Project = Callable[..., Path]


def run(path: Path, **options: object) -> Trained:
    settings = load_train_config(path)
    labels = load_labels(settings.labels, base=path.parent)
    return train(settings, labels, work=path.parent / "work", **options)  # type: ignore[arg-type]


def weights(trained: Trained) -> dict[str, torch.Tensor]:
    return {
        name: tensor
        for name, tensor in trained.model.state_dict().items()
        if "lora" in name or "modules_to_save" in name
    }


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_same_seed_gives_the_same_weights(project: Project) -> None:
    first, second = weights(run(project())), weights(run(project()))
    assert first.keys() == second.keys()
    assert same(first, second)


def test_another_seed_gives_others(project: Project) -> None:
    assert not same(weights(run(project())), weights(run(project(seed=14))))


def test_no_document_is_in_both_train_and_dev(project: Project) -> None:
    trained = run(project())
    assert len(trained.material.train) + len(trained.material.dev) == 40
    assert {one.doc for one in trained.material.dev}
    assert not {one.doc for one in trained.material.train} & {one.doc for one in trained.material.dev}


@pytest.mark.parametrize("flags", [True, False])
@pytest.mark.parametrize("attributed", [True, False])
def test_flags_and_their_data_may_each_be_missing(project: Project, flags: bool, attributed: bool) -> None:
    assert run(project(flags=flags, attributed=attributed)).material.train[0].attributed in (
        {True, False} if attributed else {None}
    )


@pytest.mark.parametrize("rank", [4, 5])
def test_the_head_alone_is_cut(project: Project, rank: int) -> None:
    """Four outputs in training (two for pairs, one for each label), and a rank of four, are told apart."""
    trained = run(project(adapter={"rank": rank, "alpha": 8}))
    shapes = {name: tuple(tensor.shape) for name, tensor in weights(trained).items()}
    assert {shape[0] for name, shape in shapes.items() if "lora_A" in name} == {rank}
    assert [shape for name, shape in shapes.items() if "classifier" in name and name.endswith("weight")] == [(2, 32)]


def test_a_single_pass_model_has_a_class_for_each_label_and_flag(project: Project) -> None:
    trained = run(project(kind="classifier", flags=True, attributed=True))
    assert trained.classes == {0: "praise", 1: "no", 2: "attributed"}
    head = [t for name, t in weights(trained).items() if "classifier" in name and name.endswith("weight")]
    assert [tuple(tensor.shape) for tensor in head] == [(3, 32)]


@pytest.mark.parametrize(("kind", "outputs"), [("nli", 2), ("classifier", 2)])
@pytest.mark.parametrize("backbone", ["tiny_roberta", "tiny_mpnet"])
def test_other_architectures_can_be_trained(
    project: Project, request: pytest.FixtureRequest, backbone: str, kind: str, outputs: int
) -> None:
    trained = run(project(kind=kind, backbone=request.getfixturevalue(backbone)))
    head = [t for name, t in weights(trained).items() if "out_proj.weight" in name]
    assert [tuple(tensor.shape) for tensor in head] == [(outputs, 32)]
    # The head is trained whole, so no adapter stands on it.
    assert not [name for name in weights(trained) if "lora" in name and "classifier" in name]


@pytest.mark.parametrize(
    "change", [{"average": 0.9}, {"augment": {"no_end": 1}}, {"head_rate": 0.01}, {"weight_decay": 0.9}]
)
def test_a_setting_changes_what_is_learned(project: Project, change: dict[str, object]) -> None:
    assert not same(weights(run(project(kind="classifier"))), weights(run(project(kind="classifier", **change))))


def test_dev_files_take_the_place_of_a_split(project: Project, tmp_path: Path) -> None:
    path = project(dev=["dev.csv"])
    (tmp_path / "dev.csv").write_text("text,label\nNew and fine.,praise\nRude staff on day 3.,no\n")
    trained = run(path)
    assert [example.text for example in trained.material.dev] == ["New and fine.", "Rude staff on day 3."]
    # What is measured on is not trained on, even if the data has it too.
    assert len(trained.material.train) == 39


def test_more_data_can_be_given(project: Project, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("text,label,doc\n" + "".join(f"More {i}.,no,m{i}\n" for i in range(20)))
    trained = run(project(), data_files=[tmp_path / "more.csv"])
    assert len(trained.material.train) + len(trained.material.dev) == 60


def test_general_pairs_are_learned_from(project: Project, tmp_path: Path) -> None:
    pair = json.dumps({"premise": "A man eats.", "hypothesis": "A man drinks.", "label": "contradiction"})
    (tmp_path / "pairs.jsonl").write_text(f"{pair}\n" * 3)
    alone, with_pairs = run(project()), run(project(), pair_files=[tmp_path / "pairs.jsonl"])
    assert not same(weights(alone), weights(with_pairs))


def test_pairs_are_for_the_form_that_learns_from_them(project: Project, tmp_path: Path) -> None:
    pair = json.dumps({"premise": "A man eats.", "hypothesis": "A man drinks.", "label": "contradiction"})
    (tmp_path / "pairs.jsonl").write_text(pair)
    with pytest.raises(ConfigError, match="only the kind nli has pairs"):
        run(project(kind="classifier"), pair_files=[tmp_path / "pairs.jsonl"])


def test_nothing_is_printed(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run(project())
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text,label\nOne.,praise\nTwo.,joke\n", r"reviews\.csv, line 3: 'joke'"),
        ("text,label\n", "no rows"),
        ("text,label,doc\nOne.,praise,d\nTwo.,no,d\n", "only one document"),
        ("text,label\nOne.,praise\nTwo.,praise\nThree.,praise\n", "trained on is labelled no"),
    ],
)
def test_bad_data_stops_it(project: Project, tmp_path: Path, text: str, said: str) -> None:
    path = project()
    (tmp_path / "reviews.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        run(path)


def test_a_changed_backbone_stops_it(project: Project) -> None:
    path = project()
    settings = json.loads(path.read_text())
    settings["backbone"]["sha256"] = "0" * 64
    path.write_text(json.dumps(settings))
    with pytest.raises(ModelError, match="not the expected ones"):
        run(path)


def test_training_can_start_from_what_another_kind_learned(project: Project, tmp_path: Path) -> None:
    """With a rate of nearly nothing, all but the head stays what it was."""
    first = tmp_path / "first"
    train_and_save(project(kind="classifier"), first)
    started = weights(run(project(start=str(first), learning_rate=1e-12)))
    stored = load_file(first / "adapter_model.safetensors")
    kept = [name for name in started if "classifier" not in name]
    assert kept
    for name in kept:
        there = stored[name.replace(".modules_to_save", "").replace(".default", "")]
        assert torch.allclose(started[name], there.float(), atol=1e-6), name


@pytest.mark.parametrize("kind", ["classifier", "nli"])
def test_training_goes_on_with_a_head_for_the_same_classes(project: Project, tmp_path: Path, kind: str) -> None:
    first = tmp_path / "first"
    train_and_save(project(kind=kind), first)
    started = weights(run(project(kind=kind, start=str(first), learning_rate=1e-12)))
    stored = load_file(first / "adapter_model.safetensors")
    heads = [name for name in started if "classifier" in name]
    assert heads
    for name in heads:
        there = stored[name.replace(".modules_to_save", "").replace(".default", "")]
        assert torch.allclose(started[name], there.float(), atol=1e-6), name


def test_an_adapter_of_another_rank_cannot_be_started_from(project: Project, tmp_path: Path) -> None:
    first = tmp_path / "first"
    train_and_save(project(kind="classifier"), first)
    with pytest.raises(ModelError, match="rank"):
        run(project(start=str(first), adapter={"rank": 3, "alpha": 8}))
    stored = load_file(first / "adapter_model.safetensors")
    deeper = {
        name.replace("layer.0", "layer.7"): tensor.clone() for name, tensor in stored.items() if "layer.0" in name
    }
    save_file(stored | deeper, first / "adapter_model.safetensors")
    with pytest.raises(ModelError, match="not of this backbone"):
        run(project(kind="classifier", start=str(first)))
    with pytest.raises(ModelError, match="cannot be read"):
        run(project(start=str(tmp_path / "nowhere")))


def test_dropout_of_the_backbone_can_be_set(project: Project) -> None:
    trained = run(project(dropout=0.0))
    dropouts = {
        name: module.p for name, module in trained.model.named_modules() if isinstance(module, torch.nn.Dropout)
    }
    assert {p for name, p in dropouts.items() if "lora" not in name} == {0.0}
