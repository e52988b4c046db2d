"""What training learns from and what it changes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from toolkit.config import load
from toolkit.errors import InputError, ModelError
from toolkit.labels import load_labels
from toolkit.training.config import TrainConfig
from toolkit.training.data import Pair
from toolkit.training.train import ENTAILMENT, NOT_ENTAILMENT, PairCollator, Trained, train

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # of peft

Project = Callable[..., Path]


def run(path: Path, **options: object) -> Trained:
    settings = load(path, TrainConfig)
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
    assert len(trained.train) + len(trained.dev) == 40
    assert {one.doc for one in trained.dev}
    assert not {one.doc for one in trained.train} & {one.doc for one in trained.dev}


@pytest.mark.parametrize("flags", [True, False])
@pytest.mark.parametrize("attributed", [True, False])
def test_flags_and_their_data_may_each_be_missing(project: Project, flags: bool, attributed: bool) -> None:
    assert run(project(flags=flags, attributed=attributed)).train[0].attributed in (
        {True, False} if attributed else {None}
    )


@pytest.mark.parametrize("rank", [4, 5])
def test_the_head_alone_is_cut(project: Project, rank: int) -> None:
    """Four outputs in training (two for pairs, one for each label), and a rank of four, are told apart."""
    trained = run(project(adapter={"rank": rank, "alpha": 8}))
    shapes = {name: tuple(tensor.shape) for name, tensor in weights(trained).items()}
    assert {shape[0] for name, shape in shapes.items() if "lora_A" in name} == {rank}
    assert [shape for name, shape in shapes.items() if "classifier" in name and name.endswith("weight")] == [(2, 32)]


def test_other_architectures_can_be_trained(project: Project, tiny_roberta: Path) -> None:
    head = [t for name, t in weights(run(project(backbone=tiny_roberta))).items() if "out_proj.weight" in name]
    assert [tuple(tensor.shape) for tensor in head] == [(2, 32)]


def test_general_pairs_are_learned_from(project: Project, tmp_path: Path) -> None:
    pair = json.dumps({"premise": "A man eats.", "hypothesis": "A man drinks.", "label": "contradiction"})
    (tmp_path / "pairs.jsonl").write_text(f"{pair}\n" * 3)
    alone, with_pairs = run(project()), run(project(), pair_files=[tmp_path / "pairs.jsonl"])
    assert not same(weights(alone), weights(with_pairs))


def test_nothing_is_printed(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run(project())
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text,label\nOne.,praise\nTwo.,joke\n", r"reviews\.csv, line 3: 'joke'"),
        ("text,label\n", "no rows"),
        ("text,label,doc\nOne.,praise,d\nTwo.,no,d\n", "only one document"),
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


class TestPairCollator:
    EXAMPLES = (
        {"text": "Prices will fall.", "label": "prediction", "attributed": True},
        {"text": "What a shame!", "label": "opinion", "attributed": None},
    )

    def collate(
        self, folder: Path, pairs: tuple[Pair, ...] = (), *, negatives: int = 2, max_tokens: int = 128, seed: int = 0
    ) -> dict[str, Any]:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        collator = PairCollator(tokenizer, load_labels(), pairs, negatives=negatives, max_tokens=max_tokens, seed=seed)
        return collator(self.EXAMPLES)

    def test_the_first_choice_is_the_right_one(self, tiny_bert: Path) -> None:
        batch = self.collate(tiny_bert)
        assert batch["choices"].shape == (2, 3)
        assert batch["entailed"][batch["choices"]].tolist() == [[ENTAILMENT, NOT_ENTAILMENT, NOT_ENTAILMENT]] * 2

    def test_a_flag_is_asked_where_it_is_known(self, tiny_bert: Path) -> None:
        batch = self.collate(tiny_bert)
        assert len(batch["entailed"]) == 3 + 1 + 3
        assert batch["entailed"][3] == ENTAILMENT
        assert [math.isnan(value) for value in batch["flags"][:, 0]] == [False, True]

    def test_there_are_no_more_wrong_labels_than_there_are(self, tiny_bert: Path) -> None:
        assert self.collate(tiny_bert, negatives=99)["choices"].shape == (2, 4)

    def test_a_hypothesis_that_leaves_no_room_is_refused(self, tiny_bert: Path) -> None:
        with pytest.raises(ModelError, match="leaves no room for the sentence within 20"):
            self.collate(tiny_bert, max_tokens=20)

    def test_a_long_pair_is_cut(self, tiny_bert: Path) -> None:
        batch = self.collate(tiny_bert, (Pair("A. " * 300, "B. " * 300, True),), max_tokens=100)
        assert batch["pairs"]["input_ids"].shape[1] == 100

    def test_pairs_come_last_and_one_per_sentence(self, tiny_bert: Path) -> None:
        batch = self.collate(tiny_bert, (Pair("A.", "B.", True),) * 9)
        assert batch["entailed"].tolist()[7:] == [ENTAILMENT] * 2

    def test_labels_go_by_their_position(self, tiny_bert: Path) -> None:
        assert self.collate(tiny_bert)["label"].tolist() == [2, 1]

    def test_drawing_depends_on_the_seed(self, tiny_bert: Path) -> None:
        drawn = [self.collate(tiny_bert, seed=seed)["pairs"]["input_ids"].tolist() for seed in (1, 1, 2)]
        assert drawn[0] == drawn[1] != drawn[2]
