"""The other commands, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from toolkit.cli.main import app

ROOT = Path(__file__).resolve().parent.parent.parent


def run(arguments: Sequence[str | Path], code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout


def test_list_names_everything() -> None:
    shown = run(["list"])
    assert {"backends:", "label sets:", "evaluations:", "training:", "prompts:"} <= set(shown.splitlines())


def test_validate_says_which_file_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("kind: cues\n")
    (tmp_path / "bad.yaml").write_text("kind: cues\ncolour: red\n")
    result = CliRunner().invoke(app, ["validate", str(tmp_path)])
    assert result.exit_code == 2
    lines = [line for line in result.stderr.splitlines() if line]
    assert [line[0] for line in lines] == ["✗", "✓"]
    assert "colour" in lines[0]


def test_render_shows_what_is_asked() -> None:
    shown = run(["render", "It rained.", "--labels", "checkworthiness"])
    assert shown.startswith("premise: It rained.")
    assert "checkworthy:" in shown


def test_evaluate_writes_results_and_predictions(tmp_path: Path) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    rows = [
        {"id": "1", "doc": "a", "text": "It rained on 3 May.", "label": "factual_claim", "attributed": False},
        {"id": "2", "doc": "b", "text": "Who knows?", "label": "rhetoric", "attributed": False},
        {"id": "3", "doc": "b", "text": '"It will rain," he said.', "label": "prediction", "attributed": True},
    ]
    (gold / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = tmp_path / "e.yaml"
    config.write_text("name: e\ngold: [gold]\nbackends: [cues, majority]\nresamples: 100\n")
    run(["evaluate", config, "-o", tmp_path / "out"])
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [result["backend"] for result in results["results"]] == ["cues", "majority"]
    assert results["results"][1]["accuracy"] == pytest.approx(1 / 3)
    assert "cues on gold" in (tmp_path / "out" / "report.md").read_text()
    predictions = (tmp_path / "out" / "predictions" / "gold.cues.jsonl").read_text().splitlines()
    assert [json.loads(line)["doc_id"] for line in predictions] == ["1", "2", "3"]
    assert str(tmp_path) not in (tmp_path / "out" / "results.json").read_text()


def test_report_writes_the_page(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It rained. Who knows?")
    run(["annotate", tmp_path / "a.txt", "--backend", "cues", "-o", tmp_path / "a.jsonl"])
    run(["report", tmp_path / "a.jsonl", "-o", tmp_path / "a.html"])
    assert "Who knows?" in (tmp_path / "a.html").read_text()


def test_version_is_printed() -> None:
    assert run(["--version"]).startswith("claimkit 0.")
