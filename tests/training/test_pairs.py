"""Batches of the NLI form."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from toolkit.backends.config import ModelSource
from toolkit.errors import ModelError
from toolkit.labels import load_labels
from toolkit.training.config import NliTrainConfig
from toolkit.training.data import Pair
from toolkit.training.pairs import PairForm

EXAMPLES: tuple[dict[str, Any], ...] = (
    {"text": "Prices will fall.", "label": "prediction", "attributed": True, "probs": None, "attributed_prob": None},
    {"text": "What a shame!", "label": "opinion", "attributed": None, "probs": None, "attributed_prob": None},
)


def collate(folder: Path, pairs: tuple[Pair, ...] = (), *, examples: Any = EXAMPLES, **changes: Any) -> dict[str, Any]:
    settings = {"negatives": 2, "max_tokens": 128, "seed": 0} | changes
    config = NliTrainConfig(
        kind="nli", name="x", backbone=ModelSource(folder=folder), data=(folder / "none.jsonl",), **settings
    )
    return PairForm(config, load_labels(), AutoTokenizer.from_pretrained(folder), pairs).collate(examples)


def test_the_first_choice_is_the_right_one(tiny_bert: Path) -> None:
    batch = collate(tiny_bert)
    assert batch["choices"].shape == (2, 3)
    assert batch["entailed"][batch["choices"]].tolist() == [[1, 0, 0]] * 2
    assert batch["shares"].tolist() == [[1, 0, 0]] * 2


def test_a_teacher_shares_the_choice_out(tiny_bert: Path) -> None:
    probs = {"factual_claim": 0.2, "opinion": 0.6, "prediction": 0.2, "rhetoric": 0.0}
    taught = {"text": "A fine thing.", "label": None, "attributed": None, "probs": probs, "attributed_prob": 0.25}
    batch = collate(tiny_bert, examples=[taught], negatives=3)
    assert batch["shares"].tolist()[0] == pytest.approx([0.6, *batch["shares"].tolist()[0][1:]])
    assert sorted(batch["shares"].tolist()[0]) == pytest.approx([0, 0.2, 0.2, 0.6])
    assert batch["entailed"][4].item() == pytest.approx(0.25)
    assert batch["flags"].tolist() == [[0.25]]


def test_a_flag_is_asked_where_it_is_known(tiny_bert: Path) -> None:
    batch = collate(tiny_bert)
    assert len(batch["entailed"]) == 3 + 1 + 3
    assert batch["entailed"][3] == 1
    assert [math.isnan(value) for value in batch["flags"][:, 0]] == [False, True]


def test_there_are_no_more_wrong_labels_than_there_are(tiny_bert: Path) -> None:
    assert collate(tiny_bert, negatives=99)["choices"].shape == (2, 4)


def test_a_hypothesis_that_leaves_no_room_is_refused(tiny_bert: Path) -> None:
    with pytest.raises(ModelError, match="leaves no room for the sentence within 20"):
        collate(tiny_bert, max_tokens=20)


def test_a_long_pair_is_cut(tiny_bert: Path) -> None:
    batch = collate(tiny_bert, (Pair("A. " * 300, "B. " * 300, True),), max_tokens=100)
    assert batch["pairs"]["input_ids"].shape[1] == 100


@pytest.mark.parametrize(("share", "count"), [(1.0, 2), (0.5, 1), (0.0, 0), (9.0, 9)])
def test_pairs_come_last_in_their_share(tiny_bert: Path, share: float, count: int) -> None:
    batch = collate(tiny_bert, (Pair("A.", "B.", True),) * 9, general_share=share)
    assert batch["entailed"].tolist()[7:] == [1.0] * count


def test_labels_go_by_their_position(tiny_bert: Path) -> None:
    assert collate(tiny_bert)["wanted"].tolist() == [[0, 0, 1, 0], [0, 1, 0, 0]]


def test_drawing_depends_on_the_seed(tiny_bert: Path) -> None:
    drawn = [collate(tiny_bert, seed=seed)["pairs"]["input_ids"].tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_hard_negatives_are_drawn_where_the_teacher_hesitates(tiny_bert: Path) -> None:
    probs = {"factual_claim": 0.3, "opinion": 0.6, "prediction": 0.1, "rhetoric": 0.0}
    taught = {"text": "A fine thing.", "label": None, "attributed": None, "probs": probs, "attributed_prob": None}

    def second(share: float) -> list[float]:
        batch = collate(tiny_bert, examples=[taught] * 400, negatives=1, hard_negatives=share)
        return [round(float(row[1]), 3) for row in batch["entailed"][batch["choices"]]]

    hard, even = second(1.0), second(0.0)
    assert set(hard) == {0.3, 0.1}
    assert 250 < hard.count(0.3) < 350
    assert 90 < even.count(0.0) < 180


def test_without_a_teacher_hard_negatives_are_any(tiny_bert: Path) -> None:
    batch = collate(tiny_bert, negatives=2, hard_negatives=1.0)
    assert batch["choices"].shape == (2, 3)
    assert len(set(batch["entailed"][batch["choices"]].tolist()[0])) == 2
