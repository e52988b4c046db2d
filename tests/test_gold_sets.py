"""The gold sets that come with claimkit are what their cards say."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from sklearn.metrics import cohen_kappa_score

from toolkit.evaluation.goldset import load_gold
from toolkit.labels import load_labels

EVAL = Path(__file__).resolve().parent.parent / "eval"
SETS = sorted(path.parent for path in EVAL.glob("*/annotators.jsonl"))
SHINGLE = 12
"""Words in a row that two texts may not share; shorter runs are stock phrases."""


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def rows(folder: Path) -> list[dict[str, object]]:
    return [row for split in ("dev", "test") for row in lines(folder / f"{split}.jsonl")]


def answers(folder: Path) -> dict[str, dict[str, dict[str, object]]]:
    """Annotator to sentence to answer."""
    found: dict[str, dict[str, dict[str, object]]] = {}
    for answer in lines(folder / "annotators.jsonl"):
        found.setdefault(str(answer["annotator"]), {})[str(answer["id"])] = answer
    return found


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}


def test_there_are_three() -> None:
    assert {folder.name for folder in SETS} == {"newsroom", "podium", "market-and-screen"}


@pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)
class TestGoldSet:
    @pytest.mark.parametrize("split", ["dev", "test"])
    def test_loads(self, folder: Path, split: str) -> None:
        assert len(load_gold(folder, load_labels(), split=split).rows) > 100

    def test_has_at_least_400_sentences(self, folder: Path) -> None:
        assert len(rows(folder)) >= 400

    def test_no_document_is_on_both_sides(self, folder: Path) -> None:
        sides = [{row.doc for row in load_gold(folder, load_labels(), split=split).rows} for split in ("dev", "test")]
        assert not sides[0] & sides[1]

    def test_card_states_the_counts(self, folder: Path) -> None:
        card = (folder / "card.md").read_text(encoding="utf-8")
        counts = Counter(str(row["label"]) for row in rows(folder))
        for label, count in counts.items():
            assert f"| {label} | {count} |" in card

    def test_card_states_the_agreement(self, folder: Path) -> None:
        card = (folder / "card.md").read_text(encoding="utf-8")
        told = answers(folder)
        ids = list(told["A"])
        kappa = cohen_kappa_score([told["A"][i]["label"] for i in ids], [told["B"][i]["label"] for i in ids])
        assert f"κ = {kappa:.3f}" in card

    def test_gold_is_unanimous_or_adjudicated(self, folder: Path) -> None:
        told = answers(folder)
        for row in rows(folder):
            key = str(row["id"])
            given = {(told[name][key]["label"], told[name][key]["attributed"]) for name in ("author", "A", "B")}
            if len(given) == 1:
                assert (row["label"], row["attributed"]) in given
            else:
                ruling = told["adjudicator"][key]
                assert (row["label"], row["attributed"]) == (ruling["label"], ruling["attributed"])

    def test_shares_no_passage_with_the_training_text(self, folder: Path) -> None:
        trained: set[tuple[str, ...]] = set()
        for path in sorted((EVAL / "authored").glob("train*.jsonl")):
            for row in lines(path):
                trained |= shingles(str(row["text"]))
        assert not [row["id"] for row in rows(folder) if shingles(str(row["text"])) & trained]


def test_the_training_card_states_its_counts() -> None:
    card = (EVAL / "authored" / "card.md").read_text(encoding="utf-8")
    parts = [lines(EVAL / "authored" / f"train{part}.jsonl") for part in ("", "-2", "-3", "-4", "-5")]
    for label in load_labels().names:
        counts = " | ".join(f"{sum(row['label'] == label for row in part):,}" for part in parts)
        assert f"| {label} | {counts} |" in card
    documents = {row["doc"] for part in parts for row in part}
    assert f"{sum(map(len, parts)):,} sentences in {len(documents):,} invented" in card
