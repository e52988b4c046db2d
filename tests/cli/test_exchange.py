"""export and import as commands: what they say and how they end."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from support import ROOT, Outcome, scripted

from toolkit.annotate.run import annotate
from toolkit.corpus.read import Corpus
from toolkit.exchange.export import FORMATS
from toolkit.exchange.gold import READERS

Command = Callable[..., Outcome]
Refused = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("Prices will fall. What a shame! The bridge opened in 1931.")
    annotate(Corpus([tmp_path / "a.txt"]), scripted(answers={"What a shame!": "!timeout"}), tmp_path / "run")
    return tmp_path / "run"


def test_an_export_says_what_it_wrote_and_left_out(claimkit: Command, run: Path, tmp_path: Path) -> None:
    outcome = claimkit("export", run, "--to", "jsonl", "-o", tmp_path / "out.jsonl", "--sample", "1")
    assert outcome.code == 0
    assert "1 sentence of 1 document" in outcome.err
    assert "Left out: 1 failed, 1 not drawn." in outcome.err
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1


def test_it_says_when_a_source_is_gone(claimkit: Command, run: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").unlink()
    outcome = claimkit("export", run, "--to", "brat", "-o", tmp_path / "out")
    assert outcome.code == 0
    assert "The source of 1 document is gone or has changed since the run" in outcome.err
    assert "a.txt" in outcome.err


def test_out_and_back_in(claimkit: Command, run: Path, tmp_path: Path) -> None:
    claimkit("export", run, "--to", "label-studio", "-o", tmp_path / "out")
    tasks = json.loads((tmp_path / "out" / "tasks.json").read_text())
    for task in tasks:
        task["annotations"] = [{"completed_by": 1, "result": task["predictions"][0]["result"]}]
    (tmp_path / "back.json").write_text(json.dumps(tasks))
    outcome = claimkit(
        "import", tmp_path / "back.json", "--from", "label-studio", "--annotator", "1=ann", "-o", tmp_path / "gold"
    )
    assert outcome.code == 0
    assert "ann: 2 answered" in outcome.err
    assert "2 labelled sentences" in outcome.err
    assert claimkit("validate", tmp_path / "gold").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "parket"], "Did you mean parquet?"),
        (["--to", "huggingface"], "licence"),
        (["--to", "jsonl", "--label", "nonsense"], "no label 'nonsense'"),
        (["--to", "jsonl", "--min-prob", "1", "--max-prob", "0.1"], "Nothing is left"),
        (["--to", "jsonl", "--dev", "0.5"], "too few"),
    ],
)
def test_what_an_export_cannot_do(refused: Refused, run: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    assert said in refused("export", run, *arguments, "-o", tmp_path / "out")


def test_what_cannot_be_imported(refused: Refused, tmp_path: Path) -> None:
    assert "no such" in refused("import", tmp_path / "none.json", "--from", "prodigy", "-o", tmp_path / "gold").lower()


def test_the_page_names_every_format() -> None:
    page = (ROOT / "docs" / "export.md").read_text()
    assert all(f"| `{name}` |" in page for name in FORMATS)
    assert all(f"`{name}`" in page for name in READERS)


def test_the_commands_of_the_page_run(claimkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "export.md").read_text()
    lines = [line for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(lines) == 4
    for line in lines:
        arguments = shlex.split(line)[1:]
        outcome = claimkit(*arguments, *(["--backend", "cues"] if arguments[0] == "annotate" else []))
        assert outcome.code == 0, outcome.err
