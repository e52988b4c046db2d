from __future__ import annotations

from pathlib import Path

import pytest

from toolkit import inventory
from toolkit.calibrating import calibrate
from toolkit.calibrating.config import CalibrateConfig
from toolkit.config import load, read_yaml
from toolkit.errors import OutputError
from toolkit.evaluation.goldset import load_gold
from toolkit.evaluation.run import evaluate
from toolkit.labels import load_labels
from toolkit.scaffold import EXAMPLE, scaffold

ODD = ("no", "yes: and", 'it\'s "quoted"', "naïve_é", "<b>", "{{ x }}", "#5")
"""What YAML or a template could take for something else."""


@pytest.mark.parametrize("names", [EXAMPLE, ODD], ids=["example", "odd"])
def test_every_file_is_valid(tmp_path: Path, names: tuple[str, ...]) -> None:
    written = scaffold(tmp_path / "mine", names)
    assert load_labels(tmp_path / "mine" / "labels.yaml").names == names
    checked = dict(inventory.check([tmp_path / "mine"], str(tmp_path / "mine" / "labels.yaml")))
    assert {*checked.values()} == {None}
    unchecked = {path.name for path in written} - {path.name for path in checked}
    assert unchecked == {"README.md", "train.jsonl"}  # the one is prose, the other was read with train.yaml


def test_evaluates_at_once(tmp_path: Path) -> None:
    scaffold(tmp_path / "mine")
    results = evaluate(tmp_path / "mine" / "evaluate.yaml", tmp_path / "results")
    assert [result["backend"] for result in results["results"]] == ["embedded", "majority"]
    assert all(result["n"] == 6 for result in results["results"])


def test_calibrates_at_once(tmp_path: Path) -> None:
    scaffold(tmp_path / "mine")
    path = tmp_path / "mine" / "calibrate.yaml"
    assert load(path, CalibrateConfig).backend == "embedded"
    path.write_text(path.read_text().replace("backend: embedded", "backend: majority.yaml"))
    _, written = calibrate(path, tmp_path / "out" / "calibrated.yaml")
    data = read_yaml(written)
    assert data["labels"] == "../mine/labels.yaml"
    assert {*data["calibration"]["bias"]} == {*EXAMPLE}


def test_no_sentence_is_in_two_splits(tmp_path: Path) -> None:
    scaffold(tmp_path / "mine")
    labels = load_labels(tmp_path / "mine" / "labels.yaml")
    splits = [load_gold(tmp_path / "mine" / "gold", labels, split=split).rows for split in ("dev", "test")]
    splits.append(load_gold(tmp_path / "mine" / "train.jsonl", labels).rows)
    texts = [row.text for rows in splits for row in rows]
    documents = [{row.doc for row in rows} for rows in splits]
    assert len({*texts}) == len(texts)
    assert len(set.union(*documents)) == sum(map(len, documents))


def test_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "evaluate.yaml").write_text("mine")
    with pytest.raises(OutputError, match=r"evaluate\.yaml is there already"):
        scaffold(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["evaluate.yaml"]
    with pytest.raises(OutputError, match="is a file"):
        scaffold(tmp_path / "evaluate.yaml")


def test_writes_beside_other_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    scaffold(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "gold" / "test.jsonl").is_file()
