"""Duplicates, leakage, agreement and suspected label errors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from results_folder import write_results
from sample_rows import CLASSES, invented
from sklearn.metrics import cohen_kappa_score, f1_score

from toolkit.errors import InputError
from toolkit.evaluation.annotators import Answer, agreement, load_answers
from toolkit.evaluation.ceiling import ceiling
from toolkit.evaluation.duplicates import Text, duplicates, few_shot, leakage, read_training
from toolkit.evaluation.goldset import GoldRow, GoldSet
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.load import load_results
from toolkit.evaluation.page import render
from toolkit.evaluation.report import markdown
from toolkit.evaluation.run import evaluate
from toolkit.evaluation.schemes import LabelScheme
from toolkit.evaluation.suspects import suspects_of

BARGES = "Barge crews lifted their blockade of three locks early on Wednesday."
NEARLY = "Barge crews have lifted their blockade of three locks early on Wednesday."
BUDGET = "The council approved the budget by seven votes to two on Monday evening."


def texts(where: str, *some: str) -> list[Text]:
    return [Text(f"{where}{i}", where, text) for i, text in enumerate(some)]


def test_duplicates_inside_and_across_splits() -> None:
    exact, near = duplicates(texts("test", BARGES, BUDGET, BARGES.upper()), texts("dev", NEARLY, BUDGET))
    assert [(one["id"], one["other"], one["where"]) for one in exact] == [
        ("test0", "test2", "test"),
        ("test1", "dev1", "dev"),
    ]
    assert [(one["id"], one["other"]) for one in near] == [("test0", "dev0"), ("test2", "dev0")]
    assert all(0.9 <= one["similarity"] < 1 for one in near)


def test_short_phrases_resemble_each_other_and_mean_nothing() -> None:
    exact, near = duplicates(texts("test", "Thank you all.", "Thank you, all!", "Thank you alls."))
    assert [(one["id"], one["other"]) for one in exact] == [("test0", "test1")]
    assert near == []


def test_leakage_names_the_closest_training_text() -> None:
    own = texts("test", BUDGET, BARGES, "Thank you all.")
    (found,) = leakage(own, texts("train.jsonl", "Thank you all.", NEARLY, BARGES.lower()))
    assert (found["id"], found["other"], found["where"], found["similarity"]) == (
        "test1",
        "train.jsonl2",
        "train.jsonl",
        1,
    )


def test_many_texts_are_searched_in_blocks() -> None:
    own = texts("test", *(f"Sentence number {i} has words of its own: {i * 7919}." for i in range(600)))
    found = leakage(own, [Text("x", "t", own[599].text)])
    assert [one["id"] for one in found if one["similarity"] == 1] == ["test599"]


def test_an_example_of_a_prompt_is_found() -> None:
    prompt = Text("p", "p", f'Label the sentence.\nSentence: "{BARGES}"\nLabel: factual_claim\n')
    assert [one["id"] for one in few_shot(texts("test", BUDGET, BARGES), [prompt])] == ["test1"]


def test_training_text_is_a_table_or_plain(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "k", "text": BARGES}) + "\n\n" + json.dumps({"text": BUDGET}))
    (tmp_path / "b.txt").write_text(f"{BARGES}\n\n{BUDGET}\n")
    (tmp_path / "c.csv").write_text(f'label,text,doc\nopinion,"{BARGES}",d1\n')
    assert read_training(tmp_path / "a.jsonl") == [Text("k", "a.jsonl", BARGES), Text("3", "a.jsonl", BUDGET)]
    assert read_training(tmp_path / "b.txt") == [Text("1", "b.txt", BARGES), Text("3", "b.txt", BUDGET)]
    assert read_training(tmp_path / "c.csv") == [Text("2", "c.csv", BARGES)]
    (tmp_path / "d.parquet").touch()
    with pytest.raises(InputError, match=r"d\.parquet is not read here"):
        read_training(tmp_path / "d.parquet")


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}'])
def test_broken_training_text_names_the_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text("\n" + line)
    with pytest.raises(InputError, match=r"a\.jsonl, line 2"):
        read_training(tmp_path / "a.jsonl")


def gold_set(labels: list[str], folder: Path | None = None) -> GoldSet:
    rows = [GoldRow(str(i), str(i % 10), f"Text {i}.", label) for i, label in enumerate(labels)]
    return GoldSet("g", "test", rows, "0", LabelScheme("x", CLASSES), folder=folder)


def answers(seed: int, gold: GoldSet, right: float, people: str = "xyz") -> list[Answer]:
    draw = np.random.default_rng(seed)
    return [
        Answer(row.id, person, row.label if draw.random() < right else str(draw.choice(CLASSES)))
        for row in gold.rows
        for person in people
    ]


GOLD = gold_set([str(one) for one in np.random.default_rng(0).choice(CLASSES, size=120)])


@pytest.mark.parametrize("seed", range(3))
def test_two_annotators_agree_as_kappa_has_it(seed: int) -> None:
    given = answers(seed, GOLD, 0.7, "xy")
    found = ceiling(GOLD, given, Bootstrap(200))
    assert found is not None
    x, y = ([one.label for one in given if one.annotator == who] for who in "xy")
    assert found["pairs"] == [
        {
            "a": "x",
            "b": "y",
            "n": 120,
            "kappa": cohen_kappa_score(x, y),
            "agreement": np.mean(np.array(x) == np.array(y)),
        }
    ]
    assert found["unanimous"] == found["pairs"][0]["agreement"]
    expected = f1_score([row.label for row in GOLD.rows], x, average="macro")
    assert found["people"][0]["macro_f1"]["value"] == pytest.approx(expected)
    assert f"agree on {100 * found['unanimous']:.0f} % of rows" in found["words"]


def alpha_by_hand(units: list[list[str]]) -> float:
    """Krippendorff's α from pairs of values, as it is defined."""
    values = [value for unit in units for value in unit]
    within = [
        (a != b) / (len(unit) - 1) for unit in units for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j
    ]
    between = [a != b for i, a in enumerate(values) for j, b in enumerate(values) if i != j]
    return 1 - (sum(within) / len(values)) / (sum(between) / len(between))


@pytest.mark.parametrize("seed", range(3))
def test_alpha_is_krippendorffs(seed: int) -> None:
    given = [one for i, one in enumerate(answers(seed, GOLD, 0.6)) if i % 7]  # some answers are missing
    found = ceiling(GOLD, given, Bootstrap(200))
    assert found is not None
    units = [[one.label for one in given if one.row == row.id] for row in GOLD.rows]
    assert found["alpha"]["value"] == pytest.approx(alpha_by_hand([unit for unit in units if len(unit) > 1]))
    low, high = found["alpha"]["interval"] or (1, 0)
    assert low < (found["alpha"]["value"] or 0) < high


def test_one_annotator_is_no_agreement() -> None:
    assert ceiling(GOLD, answers(0, GOLD, 0.7, "x"), Bootstrap(200)) is None
    assert ceiling(GOLD, [], Bootstrap(200)) is None


def test_an_adjudicator_is_no_independent_opinion(tmp_path: Path) -> None:
    rows = [{"id": "0", "annotator": who, "label": "a"} for who in ("x", "y", "adjudicator")]
    rows += [{"id": "0", "annotator": "z", "label": ""}, {"id": "elsewhere", "annotator": "x", "label": "a"}]
    (tmp_path / "annotators.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    gold = gold_set(["a", "b"], tmp_path)
    found = load_answers(gold)
    assert found == [Answer("0", "x", "a"), Answer("0", "y", "a")]
    assert agreement(gold, found) == {"0": "2 of 2"}


def test_wrong_gold_labels_are_suspected() -> None:
    plain = invented(5, rows=300, missing=0)
    truth = plain.gold.copy()
    scored = replace(plain, scores=0.03 + 0.88 * np.eye(4)[truth], top=truth, answer=truth)
    wrong = {7, 80, 211}
    for place in wrong:
        scored.gold[place] = (truth[place] + 1) % 4
    found = suspects_of([str(i) for i in range(300)], {"b": scored}, wanted=True)
    assert {one["id"] for one in found["rows"]} == {str(place) for place in wrong}
    for one in found["rows"]:
        assert one["label"] == CLASSES[scored.gold[int(one["id"])]]
        assert one["suggested"] == CLASSES[scored.top[int(one["id"])]]
    assert [one["quality"] for one in found["rows"]] == sorted(one["quality"] for one in found["rows"])
    assert (found["backends"], found["skipped"]) == (["b"], None)


def test_a_row_with_no_chance_under_the_labels_that_occur_silences_no_other() -> None:
    plain = invented(5, rows=300, missing=0, used=3)
    truth = plain.gold.copy()
    scores = 0.03 + 0.88 * np.eye(4)[truth]
    scores[11] = [0, 0, 0, 1]
    scored = replace(plain, scores=scores, top=truth, answer=truth)
    wrong = {7, 80, 211}
    for place in wrong:
        scored.gold[place] = (truth[place] + 1) % 3
    found = suspects_of([str(i) for i in range(300)], {"b": scored}, wanted=True)
    assert {one["id"] for one in found["rows"]} == {str(place) for place in wrong}


@pytest.mark.parametrize("prompts", [{}, {"p": "0" * 64}])
def test_examples_of_prompts_count_as_searched_only_where_there_is_one(tmp_path: Path, prompts: dict[str, str]) -> None:
    results = load_results(write_results(tmp_path))
    results["stamp"]["prompts"] = prompts
    said = "rows stand in a prompt, or resemble one of its examples"
    assert (said in markdown(results)) == bool(prompts)
    assert ("examples of a prompt: not searched" in markdown(results)) != bool(prompts)
    assert ("No backend has a prompt" in render(results)) != bool(prompts)


@pytest.mark.parametrize(
    ("right", "wanted", "why"),
    [
        (1, False, "switched off in the config"),
        (0.1, True, "no backend with probabilities is right more often than not"),
    ],
)
def test_why_there_are_no_suspects(right: float, wanted: bool, why: str) -> None:
    found = suspects_of(["x"] * 80, {"b": invented(0, right=right)}, wanted=wanted)
    assert (found["rows"], found["skipped"]) == ([], why)


def test_all_of_it_is_in_the_results(tmp_path: Path) -> None:
    def write(path: Path, *rows: dict[str, Any]) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    test = [{"id": f"t{i}", "text": text, "label": "factual_claim"} for i, text in enumerate([BARGES, BUDGET, BUDGET])]
    write(tmp_path / "g" / "test.jsonl", *test)
    write(tmp_path / "g" / "dev.jsonl", {"id": "d0", "text": NEARLY, "label": "factual_claim"})
    write(tmp_path / "train.jsonl", {"id": "k", "text": BUDGET})
    config = {"name": "h", "gold": ["g"], "backends": ["cues"], "resamples": 100, "leakage": ["train.jsonl"]}
    (tmp_path / "e.yaml").write_text(json.dumps(config))
    health = evaluate(tmp_path / "e.yaml", tmp_path / "out")["gold"][0]["health"]
    assert [(one["id"], one["other"]) for one in health["exact"]] == [("t1", "t2")]
    assert [(one["id"], one["other"], one["where"]) for one in health["near"]] == [("t0", "d0", "dev")]
    assert [(one["id"], one["other"]) for one in health["leakage"]] == [("t1", "k"), ("t2", "k")]
    assert health["leakage_sources"] == ["train.jsonl"]
