"""sample, label and adjudicate as commands: what they write, and how they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Outcome, scripted

from toolkit.annotate.run import annotate
from toolkit.corpus.read import Corpus
from toolkit.evaluation.goldset import load_gold
from toolkit.labels import load_labels

Command = Callable[..., Outcome]
Refused = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(f"It rained on day {number}. It will rain again. Who minds?\n")
    annotate(Corpus([folder]), scripted({"Who minds?": "rhetoric"}), tmp_path / "run")
    return tmp_path / "run"


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_sample_tells_sizes_and_writes_nothing_without_an_output(claimkit: Command, run: Path) -> None:
    outcome = claimkit("sample", run, "--icc", "0")
    assert outcome.code == 0
    assert "95 % interval" in outcome.err
    assert "6 documents" in outcome.err
    assert outcome.out == ""


def test_sample_writes_what_label_reads_and_leaves_out_what_is_there(
    claimkit: Command, run: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    assert claimkit("sample", run, "--by", "document", "-n", "6", "-o", first).code == 0
    chosen = rows(first)
    assert {row["doc"] for row in chosen} == {f"{number}.txt" for number in range(6)}
    outcome = claimkit("sample", run, "-n", "18", "--exclude", first, "-o", second)
    assert "were left out by --exclude" in outcome.err
    assert not {row["id"] for row in chosen} & {row["id"] for row in rows(second)}


@pytest.mark.parametrize(
    ("way", "said"), [("label", "weights its rows"), ("uncertain", "do not hold for the run: measure on one by random")]
)
def test_a_sample_says_what_it_can_measure(claimkit: Command, run: Path, tmp_path: Path, way: str, said: str) -> None:
    outcome = claimkit("sample", run, "--by", way, "-n", "4", "-o", tmp_path / "sample.jsonl")
    assert said in " ".join(outcome.err.split())


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--size", "5", "--width", "0.1"], "two answers to one question"),
        (["--by", "disagreement"], "takes two runs"),
        (["--by", "uncertain", "--width", "0.1"], "no width can be promised"),
        (["-o", "sample.csv"], "does not end in .jsonl"),
        (["--width", "0.01", "--icc", "0.5", "--accuracy", "0.8"], "however many sentences"),
    ],
)
def test_sample_refuses_what_makes_no_sense(refused: Refused, run: Path, options: list[str], fault: str) -> None:
    assert fault in refused("sample", run, *options)


def test_sample_wants_a_run(refused: Refused, tmp_path: Path) -> None:
    assert "does not exist" in refused("sample", tmp_path / "nothing")
    plain = tmp_path / "gold.jsonl"
    plain.write_text('{"id": "1", "text": "T", "label": "opinion"}\n')
    assert "is not a run" in refused("sample", plain)


def test_label_wants_a_terminal_after_everything_else_is_right(refused: Refused, run: Path, tmp_path: Path) -> None:
    assert "adjudicator' cannot be" in refused("label", run, "--annotator", "adjudicator")
    assert "guideline" in refused("label", run, "-a", "anna", "--guideline", tmp_path / "nothing.md")
    assert "needs a terminal" in refused("label", run, "-a", "anna")
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "run"}


def answers(path: Path, annotator: str, *labels: str) -> Path:
    lines = [
        {"id": str(place), "annotator": annotator, "label": label, "doc": "d", "text": f"T {place}"}
        for place, label in enumerate(labels)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_adjudicate_without_a_dispute_writes_the_gold_set_at_once(claimkit: Command, tmp_path: Path) -> None:
    files = [answers(tmp_path / f"{who}.jsonl", who, "opinion", "rhetoric") for who in ("anna", "ben")]
    outcome = claimkit("adjudicate", *files, "-o", tmp_path / "gold")
    assert outcome.code == 0
    assert "2 rows: 2 by agreement" in outcome.err
    assert [row.label for row in load_gold(tmp_path / "gold", load_labels("claims")).rows] == ["opinion", "rhetoric"]
    assert claimkit("validate", tmp_path / "gold").code == 0


def test_adjudicate_with_a_dispute_wants_a_terminal(refused: Refused, tmp_path: Path) -> None:
    files = [answers(tmp_path / f"{who}.jsonl", who, label) for who, label in (("a", "opinion"), ("b", "rhetoric"))]
    assert "needs a terminal" in refused("adjudicate", *files, "-o", tmp_path / "gold")
    assert not (tmp_path / "gold" / "test.jsonl").exists()
