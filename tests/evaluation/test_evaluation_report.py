from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from toolkit.errors import InputError
from toolkit.evaluation.load import load_results
from toolkit.evaluation.report import main_table, markdown
from toolkit.evaluation.run import evaluate
from toolkit.evaluation.schema import FORMAT, Results

PUBLISHED = sorted((ROOT / "eval" / "results").glob("*/results.json"))
OLD = ROOT / "tests" / "old_results"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """An evaluation with everything in it that a report can tell."""
    folder = tmp_path_factory.mktemp("report")
    rows = [
        {
            "id": f"{i}",
            "doc": f"{(5 * i + i // 9) % 7}",
            "text": f"Prices will fall in {i}.",
            "label": label,
            "attributed": i % 3 == 0,
        }
        for i, label in enumerate(["prediction", "opinion", "factual_claim"] * 14)
    ]
    (folder / "g.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "shy.yaml").write_text("kind: cues\nname: shy|b\ncalibration: {threshold: 0.9}\n")
    config = {"name": "mine", "description": "Of tests.", "gold": ["g.jsonl"], "backends": ["cues", "shy.yaml"]}
    config |= {"resamples": 100, "seed": 3, "robustness": {"sample": 10}}
    (folder / "e.yaml").write_text(json.dumps(config))
    return evaluate(folder / "e.yaml", folder / "out")


def test_the_main_table_has_n_intervals_and_failures(results: Results) -> None:
    row = main_table(results)[2]
    scores = results["results"][0]["all_rows"]
    low, high = scores["macro_f1"]["interval"] or (0, 0)
    assert row.startswith(f"| g | cues | 42 | {scores['macro_f1']['value']:.3f} [{low:.3f}, {high:.3f}] |")
    assert row.endswith("| 0 | 0 |")


def test_everything_has_its_section(results: Results) -> None:
    text = markdown(results)
    titles = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert titles == [
        *["Pairs", "cues on g", "shy|b on g", "Robustness", "The gold set g", "How these figures were made"],
    ]
    assert "This set cannot tell apart models closer than" in text
    assert "To be right 80 % of the time" in text or "No threshold makes it right 80 % of the time" in text
    for part in ("seed 3", "100 draws", "torch 2", "g : n = 42, SHA-256 `"):
        assert part in text


def test_a_row_for_both_ways_to_count(results: Results) -> None:
    lines = markdown(results).splitlines()
    assert len([line for line in lines if line.startswith("| all rows | 42 |")]) == 2
    covered = results["results"][1]["covered"]
    assert covered is None or any(line.endswith("|") and f"| {covered['n']} |" in line for line in lines)


def test_the_brief_one_is_the_table_and_what_it_comes_to(results: Results) -> None:
    brief = markdown(results, brief=True)
    assert "## " not in brief
    assert results["comparisons"][0]["words"] in brief


def test_tables_are_whole_whatever_a_name_is(results: Results) -> None:
    lines = [line for line in markdown(results).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines[:4]} == {9}
    assert "shy&#124;b" in lines[3]


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.parent.name)
def test_published_results_still_load_and_their_figures_are_those_of_the_report(path: Path) -> None:
    table = main_table(load_results(path.parent))
    assert set(table) <= set((path.parent / "report.md").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("version", [1, 2])
def test_old_results_still_load(version: int) -> None:
    results = load_results(OLD / f"v{version}")
    assert results["format"] == FORMAT
    assert results.get("read_from", FORMAT) == version
    assert markdown(results).count("| newsroom |") >= 2
    for one in results["results"]:
        assert one["all_rows"]["macro_f1"]["interval"] is not None
        assert one["all_rows"]["per_label"].keys() == set(results["labels"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_text("{"), "is not JSON"),
        (lambda path: path.write_text("[]"), "is of format None"),
        (lambda path: path.write_text('{"format": 99}'), "is of format 99"),
    ],
)
def test_what_are_no_results(tmp_path: Path, change: Callable[[Path], Any], said: str) -> None:
    shutil.copytree(OLD / "v1", tmp_path / "v1")
    change(tmp_path / "v1" / "results.json")
    with pytest.raises(InputError, match=said):
        load_results(tmp_path / "v1")
