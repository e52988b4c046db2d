from __future__ import annotations

import json
from typing import Any

import pytest
from support import ROOT

from toolkit.evaluation.report import markdown

PUBLISHED = sorted((ROOT / "eval" / "results").glob("*/results.json"))


def results(**changes: Any) -> dict[str, Any]:
    scores = {"precision": 0.5, "recall": 0.25, "f1": 0.3333, "support": 4.0, "f1_interval": [0.1, 0.5]}
    one = {
        "gold": "g",
        "backend": "b",
        "n": 7,
        "macro_f1": 0.5,
        "macro_f1_interval": [0.4, 0.6],
        "accuracy": 0.75,
        "accuracy_interval": [0.7, 0.8],
        "attributed": None,
        "abstained": 1,
        "failed": 2,
        "per_label": {"x": scores, "y": scores},
        "confusion": [[1, 2, 3], [4, 5, 6]],
    }
    return {
        "name": "mine",
        "description": "",
        "labels": ["x", "y"],
        "config": {"seed": 3, "resamples": 100},
        "stamp": {"claimkit": "1", "python": "3", "machine": "m", "libraries": {"torch": "2"}, "label_set": "x 1"},
        "gold": [{"name": "g", "split": "test", "n": 7, "sha256": "f" * 64}],
        "results": [one | changes],
    }


def test_the_main_table_has_n_intervals_and_failures() -> None:
    row = "| g | b | 7 | 0.500 [0.400, 0.600] | 0.750 [0.700, 0.800] | – | 1 | 2 |"
    assert row in markdown(results()).splitlines()


def test_without_an_interval_there_is_the_figure_alone() -> None:
    assert "| g | b | 7 | 0.500 | 0.750 [0.700, 0.800] | – |" in markdown(results(macro_f1_interval=None))


def test_the_flag_has_its_own_column() -> None:
    assert "| 0.250 [0.100, 0.300] |" in markdown(results(attributed={"f1": 0.25, "f1_interval": [0.1, 0.3]}))


def test_every_label_has_a_row_and_every_confusion() -> None:
    lines = markdown(results()).splitlines()
    assert "| x | 4 | 0.500 | 0.250 | 0.333 [0.100, 0.500] |" in lines
    assert "| y | 4 | 5 | 6 |" in lines


def test_it_says_how_the_figures_were_made() -> None:
    text = markdown(results())
    for part in ("seed 3", "100 draws", "torch 2", "g test: n = 7, SHA-256 `ffffffffffffffff…`"):
        assert part in text


def test_the_brief_one_is_the_table_alone() -> None:
    assert "## " not in markdown(results(), brief=True)


def test_a_bar_in_a_name_does_not_break_the_table() -> None:
    lines = [line for line in markdown(results(backend="a|b")).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines[:3]} == {9}


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.parent.name)
def test_published_results_still_load_and_their_figures_are_those_of_the_report(path: Any) -> None:
    loaded = json.loads(path.read_text())
    table = [line for line in markdown(loaded).splitlines() if line.startswith("|")]
    assert set(table) <= set((path.parent / "report.md").read_text().splitlines())
