"""Runs that were killed, failed or were made with other settings: what is kept and what is asked again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_evaluation import ROWS, gold_lines, result

from toolkit.evaluation.folder import read_rows
from toolkit.evaluation.run import evaluate


def many(folder: Path, count: int) -> None:
    """A gold set of so many rows."""
    rows = [(f"r{i}", f"d{i % 9}", f"Sentence number {i} is here.", "opinion", False) for i in range(count)]
    (folder / "gold" / "test.jsonl").write_text(gold_lines(*rows))


class KilledError(Exception):
    """Stands for a kill."""


def interrupted(folder: Path, after: int) -> None:
    """An evaluation that is killed when so many rows are done."""

    def progress(done: int, _: int | None) -> None:
        if done >= after:
            raise KilledError

    with pytest.raises(KilledError):
        evaluate(folder / "e.yaml", folder / "out", progress=progress)


def without_speed(report: Any) -> Any:
    return {**report, "results": [{**one, "speed": None} for one in report["results"]]}


def test_a_killed_run_goes_on_and_says_so(folder: Path) -> None:
    many(folder, 150)
    (folder / "e.yaml").write_text("name: x\ngold: [gold]\nbackends: [cues, majority]\nresamples: 100\n")
    whole = evaluate(folder / "e.yaml", folder / "whole")
    interrupted(folder, after=128)
    assert not (folder / "out" / "results.json").exists()
    said: list[str] = []
    report = evaluate(folder / "e.yaml", folder / "out", say=said.append)
    assert said == ["gold by cues goes on: 128 of 150 rows are there already."]
    assert without_speed(report) == without_speed(whole)
    path = Path("predictions") / "gold" / "cues.jsonl"
    assert (folder / "out" / path).read_bytes() == (folder / "whole" / path).read_bytes()


def test_what_is_finished_is_kept_with_its_speed(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    first = run(backends=["cues"])
    said: list[str] = []
    second = evaluate(folder / "e.yaml", folder / "out", say=said.append)
    assert said == ["gold by cues was finished before and is kept."]
    assert second == first


def test_fresh_asks_again(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    run(backends=["cues"])
    said: list[str] = []
    evaluate(folder / "e.yaml", folder / "out", say=said.append, fresh=True)
    assert said == []


def test_failures_are_tried_again(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    assert result(run(backends=["fake.yaml"]), "fake")["failed"] == 1
    said: list[str] = []
    evaluate(folder / "e.yaml", folder / "out", say=said.append)
    assert said == []


@pytest.mark.parametrize("change", ["backend", "gold", "keep_text"])
def test_other_settings_ask_again(folder: Path, run: Callable[..., dict[str, Any]], change: str) -> None:
    (folder / "b.yaml").write_text("kind: cues\nname: b\n")
    run(backends=["b.yaml"])
    gold: object = "gold"
    if change == "backend":
        (folder / "b.yaml").write_text("kind: cues\nname: b\ncalibration: {threshold: 0.5}\n")
    elif change == "gold":
        (folder / "gold" / "test.jsonl").write_text(gold_lines(*ROWS[1:]))
    else:
        gold = {"path": "gold", "keep_text": False}
    said: list[str] = []
    (folder / "e.yaml").write_text(json.dumps({"name": "x", "gold": [gold], "backends": ["b.yaml"], "resamples": 100}))
    evaluate(folder / "e.yaml", folder / "out", say=said.append)
    assert said == []


def test_answers_of_another_config_are_not_taken_for_ones_own(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    def answered(label: str) -> Any:
        (folder / "m.yaml").write_text(f"kind: majority\nname: m\nlabel: {label}\n")
        return without_speed(run(backends=["m.yaml"]))

    first = answered("opinion")
    (folder / "out" / "predictions" / "gold" / "m.jsonl").rename(folder / "kept.jsonl")
    answered("rhetoric")
    assert answered("opinion") == first
    assert (folder / "out" / "predictions" / "gold" / "m.jsonl").read_text() == (folder / "kept.jsonl").read_text()


def test_answers_that_failed_in_between_end_what_was_finished(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "m.yaml").write_text("kind: scripted\nname: m\ndefault: opinion\n")
    first = without_speed(run(backends=["m.yaml"]))
    (folder / "m.yaml").write_text("kind: scripted\nname: m\n")
    assert result(run(backends=["m.yaml"]), "m")["failed"] == len(ROWS)
    (folder / "m.yaml").write_text("kind: scripted\nname: m\ndefault: opinion\n")
    assert without_speed(run(backends=["m.yaml"])) == first


def test_finished_predictions_that_something_else_wrote_over_are_asked_again(
    folder: Path, run: Callable[..., dict[str, Any]]
) -> None:
    first = without_speed(run(backends=["cues"]))
    path = folder / "out" / "predictions" / "gold" / "cues.jsonl"
    rows = [row | {"run": "another", "answer": "rhetoric"} for row in read_rows(path)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert without_speed(run(backends=["cues"])) == first
