"""Comparisons of results that were written at different times, some of them long ago."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from toolkit.errors import InputError, OutputError
from toolkit.evaluation.compare import compare_results
from toolkit.evaluation.leaderboard import HEADER, as_json, as_latex, as_markdown, compare_and_write, leaderboard
from toolkit.evaluation.load import load_results
from toolkit.evaluation.page import render
from toolkit.evaluation.run import evaluate

OLD = ROOT / "tests" / "old_results"
LABELS = ["prediction", "opinion", "factual_claim", "rhetoric"]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """One evaluation of two backends, and the same backends evaluated apart."""
    base = tmp_path_factory.mktemp("compare")
    rows = [
        {
            "id": str(i),
            "doc": str(i % 8),
            "text": f"Prices will fall in {i}. {'Why?' if i % 3 else ''}",
            "genre": "ab"[i % 2],
        }
        | {"label": LABELS[i * i % 4], "attributed": None}
        for i in range(90)
    ]
    (base / "g.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name, backends in {"both": ["cues", "majority"], "first": ["cues"], "second": ["majority"]}.items():
        config = {"name": name, "gold": ["g.jsonl"], "backends": backends, "resamples": 300}
        (base / f"{name}.yaml").write_text(json.dumps(config))
        evaluate(base / f"{name}.yaml", base / name)
    return base / "both", base / "first", base / "second"


def test_backends_evaluated_apart_compare_as_if_together(two: tuple[Path, Path, Path]) -> None:
    both, first, second = two
    whole = load_results(both)
    found = compare_results([first, second], resamples=300)
    assert found["comparisons"] == whole["comparisons"]
    for mine, theirs in zip(found["results"], whole["results"], strict=True):
        assert mine | {"speed": None} == theirs | {"speed": None}
    assert found["gold"][0]["detectable"] == whole["gold"][0]["detectable"]


def test_what_is_written_is_a_results_folder_of_its_own(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    compare_and_write(list(two[1:]), "html", tmp_path / "out", resamples=300)
    again = load_results(tmp_path / "out")
    for result in again["results"]:
        assert (tmp_path / "out" / result["predictions"]).is_file()
    assert (tmp_path / "out" / again["gold"][0]["rows"]).is_file()
    once_more = compare_results([tmp_path / "out"], resamples=300)
    assert once_more["comparisons"] == again["comparisons"]


def test_backends_of_one_name_go_by_their_folder(two: tuple[Path, Path, Path]) -> None:
    found = compare_results([two[0], two[1]], resamples=100)
    assert list(found["backends"]) == ["both/cues", "majority", "first/cues"]
    same = next(one for one in found["comparisons"] if {one["a"], one["b"]} == {"both/cues", "first/cues"})
    assert same["macro_f1"]["value"] == 0
    assert same["p"] == 1


def test_the_best_comes_first(two: tuple[Path, Path, Path]) -> None:
    found = compare_results([two[0]], resamples=100)
    scores = {one["backend"]: one["all_rows"]["macro_f1"]["value"] or 0 for one in found["results"]}
    assert [row[1] for row in leaderboard(found)] == sorted(scores, key=lambda name: -scores[name])


def test_each_format_holds_the_same_figures(two: tuple[Path, Path, Path]) -> None:
    found = compare_results([two[0]], resamples=100)
    cells = leaderboard(found)[0]
    markdown, latex = as_markdown(found), as_latex(found)
    assert f"| {' | '.join(cells)} |" in markdown
    assert "## Pairs" in markdown
    assert " & ".join(cell.replace("%", r"\%") for cell in cells) in latex
    assert latex.count(r" \\") == 1 + 2
    assert latex.count("&") == (len(HEADER) - 1) * 3
    assert json.loads(as_json(found)) == json.loads(json.dumps(found))


def test_format_1_finds_its_gold_by_the_hash() -> None:
    old = load_results(OLD / "v1")
    found = compare_results([OLD / "v1"], resamples=200)
    assert found["read_from"] == 1
    for before, after in zip(old["results"], found["results"], strict=True):
        assert after["backend"] == before["backend"]
        for name in ("macro_f1", "accuracy"):
            assert after["all_rows"][name]["value"] == pytest.approx(before["all_rows"][name]["value"])  # type: ignore[literal-required]
        assert after["confusion"] == before["confusion"]
        assert after["all_rows"]["log_loss"]["value"] is not None
    assert "is better than" in found["comparisons"][0]["words"]


def test_format_1_beside_format_2(tmp_path: Path) -> None:
    config = {"name": "new", "gold": [str(ROOT / "eval" / "newsroom")], "backends": ["cues"], "resamples": 100}
    (tmp_path / "new.yaml").write_text(json.dumps(config))
    evaluate(tmp_path / "new.yaml", tmp_path / "new")
    found = compare_results([OLD / "v1", tmp_path / "new"], resamples=100)
    assert list(found["backends"]) == ["v1/cues", "majority", "new/cues"]


def edited(source: Path, target: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    shutil.copytree(source, target)
    path = target / "results.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    return target


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda value: value["gold"][0].update(sha256="0" * 64), r"The gold of 'g' differ: SHA-256 \w{12}… in first"),
        (lambda value: value["gold"][0].update(name="h"), "different gold sets: g, h in one of them"),
        (lambda value: value["gold"][0]["scheme"].update(classes=["x"]), "The classes of 'g' differ"),
    ],
)
def test_different_gold_is_refused(
    two: tuple[Path, Path, Path], tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        compare_results([two[1], edited(two[2], tmp_path / "other", change)])


def test_gold_that_is_nowhere(tmp_path: Path) -> None:
    lost = edited(OLD / "v1", tmp_path / "v1", lambda value: value["gold"][0].update(sha256="0" * 64))
    with pytest.raises(InputError, match="The gold set 'newsroom' of v1") as error:
        compare_results([lost])
    assert "--gold" in error.value.hint


def test_gold_can_be_given(tmp_path: Path) -> None:
    shutil.copy(ROOT / "eval" / "newsroom" / "test.jsonl", tmp_path / "mine.jsonl")
    assert compare_results([OLD / "v1"], gold=[tmp_path / "mine.jsonl"], resamples=100)["results"]


def test_predictions_of_other_rows(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    shutil.copytree(two[1], tmp_path / "cut")
    path = tmp_path / "cut" / "predictions" / "g" / "cues.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(InputError, match="The predictions of cues in cut are not of the gold set 'g'"):
        compare_results([tmp_path / "cut"])


def test_the_page_of_a_comparison_keeps_the_gold_sets(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    compare_and_write(list(two[1:]), "html", tmp_path / "out", resamples=100)
    assert "read_from" not in load_results(tmp_path / "out")
    page = render(load_results(tmp_path / "out"), tmp_path / "out")
    assert 'id="health"' in page
    assert "which hold fewer figures" not in page


def test_the_page_of_an_older_comparison_says_so() -> None:
    page = render(compare_results([OLD / "v1"], resamples=100))
    assert "results of format 1, which hold fewer figures" in page
    assert 'id="health"' not in page


@pytest.mark.parametrize("place", [".", "results.json"])
def test_no_input_is_written_over(two: tuple[Path, Path, Path], tmp_path: Path, place: str) -> None:
    shutil.copytree(two[1], tmp_path / "mine")
    before = (tmp_path / "mine" / "results.json").read_bytes()
    with pytest.raises(OutputError, match="holds an evaluation that is compared"):
        compare_and_write([tmp_path / "mine" / place, two[2]], "html", tmp_path / "x" / ".." / "mine")
    assert (tmp_path / "mine" / "results.json").read_bytes() == before


def test_a_folder_counts_once_however_it_is_written(two: tuple[Path, Path, Path]) -> None:
    first = two[1]
    same = [first, first / "results.json", first / ".." / first.name, two[2]]
    assert list(compare_results(same, resamples=100)["backends"]) == ["cues", "majority"]


@pytest.mark.parametrize(
    "change",
    [
        lambda value: [value.pop(key) for key in list(value) if key != "format"],
        lambda value: value.update(gold=None),
        lambda value: value["gold"][0].pop("sha256"),
        lambda value: value["results"][0].pop("predictions"),
        lambda value: value.update(backends={}),
    ],
)
def test_results_that_are_not_whole(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(InputError, match=r"results\.json holds no whole results"):
        load_results(edited(OLD / "v2", tmp_path / "cut", change))


@pytest.mark.parametrize("content", ['{"format": 1}', '{"format": 2}'])
def test_a_format_alone_is_no_results(tmp_path: Path, content: str) -> None:
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(InputError, match=r"results\.json holds no whole results"):
        compare_results([tmp_path])


def test_predictions_that_are_not_utf_8(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    shutil.copytree(two[1], tmp_path / "bytes")
    (tmp_path / "bytes" / "predictions" / "g" / "cues.jsonl").write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(InputError, match=r"cues\.jsonl is not UTF-8"):
        compare_results([tmp_path / "bytes"])


def test_a_page_needs_a_place(two: tuple[Path, Path, Path]) -> None:
    with pytest.raises(OutputError, match="needs a place"):
        compare_and_write([two[0]], "html", None)
