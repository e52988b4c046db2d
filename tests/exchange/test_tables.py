"""JSONL, CSV, XLSX, Parquet and Hugging Face: read by the programs that they are for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from exchange.exchanging import LABELS, NAMES, annotation, bundle, rows, run_file

from toolkit.annotate.output import read_rows
from toolkit.errors import ConfigError, OutputError
from toolkit.exchange.bundle import Settings
from toolkit.exchange.export import export
from toolkit.exchange.spreadsheet import write as write_csv
from toolkit.exchange.workbook import CELL
from toolkit.exchange.workbook import write as write_xlsx
from toolkit.records import Annotation

MINE = [
    annotation('=HYPERLINK("http://x","y")', columns={"stars": 5, "@who": "+1", "tags": ["a", "b"]}),
    annotation("Was für ein Morgen! 🙂\r\nUnd \u2028 Ende", start=100, label=None, attributed=True),
]


def many() -> list[Annotation]:
    return [annotation(f"Sentence {s} of {d}.", doc=f"{d}.txt", start=100 * s) for d in range(12) for s in range(3)]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_the_record_is_a_run_again(tmp_path: Path, form: str) -> None:
    export(run_file(tmp_path, MINE), form, tmp_path / f"out.{form}")
    back = list(read_rows(tmp_path / f"out.{form}"))
    assert [row["text"] for row in back] == [a.sentence.text for a in MINE]
    assert [row["label"] for row in back] == ["prediction", None]
    assert [row["probs"] for row in back] == [dict(a.probs) for a in MINE]
    assert [row["abstained"] for row in back] == [False, True]


def test_csv_is_flat_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    write_csv(bundle(MINE), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as handle:
        cells = list(csv.reader(handle))
    assert not [cell for line in cells for cell in line if cell[:1] in {*"=+-@\t\r"}]
    first = dict(zip(cells[0], cells[1], strict=True))
    assert first["text"] == '\'=HYPERLINK("http://x","y")'
    assert first["prob:prediction"] == "0.7"
    assert first["'@who"] == "'+1"
    assert json.loads(first["tags"]) == ["a", "b"]


def test_a_workbook_holds_text_and_no_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    long = annotation("word " * 8000, start=9000)
    notes = write_xlsx(bundle([*MINE, long], settings=Settings(review=True)), tmp_path / "out.xlsx")
    assert notes == ["1 cells were cut to 32,767 characters, which is what a workbook holds."]
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    lines = list(book["sentences"].iter_rows())
    heads = [cell.value for cell in lines[0]]
    texts = [line[heads.index("text")] for line in lines[1:]]
    assert [cell.data_type for cell in texts] == ["s"] * 3
    assert texts[0].value == MINE[0].sentence.text
    assert len(texts[2].value) == CELL
    assert [line[heads.index("label")].value for line in lines[1:]] == ["prediction", None, "prediction"]
    assert lines[1][heads.index("prob:prediction")].value == 0.7
    assert heads[-5:] == ["answer", "answer_attributed", "annotator", "status", "note"]
    (rule,) = book["sentences"].data_validations.dataValidation
    assert rule.formula1 == f'"{",".join(NAMES)}"'
    assert ["backend", "made"] in [[cell.value for cell in line] for line in book["about"].iter_rows()]


def test_a_dataset_folder_is_loaded_with_its_types(tmp_path: Path) -> None:
    import datasets

    target = tmp_path / "data set"
    report = export(run_file(tmp_path, [*many(), *MINE]), "huggingface", target, settings=Settings(licence="cc0-1.0"))
    assert list(report.parts) == ["train", "dev", "test"]
    found = datasets.load_dataset(str(target), cache_dir=str(tmp_path / "cache"))
    assert {name: len(part) for name, part in found.items()} == {
        {"dev": "validation"}.get(name, name): count for name, count in report.parts.items()
    }
    features = found["train"].features
    assert isinstance(features["label"], datasets.ClassLabel)
    assert features["abstained"].dtype == "bool"
    assert features["probs"]["opinion"].dtype == "float64"
    back = {row["id"]: row for part in found.values() for row in part}
    named = features["label"].names[back["a.txt:0-26"]["label"]]
    assert named == "prediction"
    assert back[MINE[1].sentence.id]["label"] is None
    assert back[MINE[1].sentence.id]["text"] == MINE[1].sentence.text


def test_the_card_is_one_that_the_hub_takes(tmp_path: Path) -> None:
    from huggingface_hub import DatasetCard

    target = tmp_path / "out"
    export(run_file(tmp_path, many()), "huggingface", target, settings=Settings(licence="cc0-1.0", dev=0, test=0.25))
    card = DatasetCard.load(target / "README.md")
    assert card.data.license == "cc0-1.0"
    assert [one["split"] for one in card.data.to_dict()["configs"][0]["data_files"]] == ["train", "test"]
    assert "| `prediction` | 27 | 9 |" in card.text
    assert "No human has checked" in card.text
    assert str(tmp_path) not in card.text


def test_splits_make_a_folder_of_files(tmp_path: Path) -> None:
    export(run_file(tmp_path, many()), "jsonl", tmp_path / "out", settings=Settings(dev=0.25, test=0.25))
    parts = {path.name: rows(path) for path in (tmp_path / "out").glob("*.jsonl")}
    assert sorted(parts) == ["dev.jsonl", "test.jsonl", "train.jsonl"]
    assert sum(map(len, parts.values())) == 36
    record = json.loads((tmp_path / "out" / "export.json").read_text())
    assert record["backend"] == "made"
    assert sum(record["sentences"]["train"].values()) == len(parts["train.jsonl"])


def test_an_export_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    run, out = run_file(tmp_path, many()), tmp_path / "out"
    export(run, "jsonl", out, settings=Settings(dev=0.25, test=0.25))
    (out / "mine.txt").write_text("mine")
    export(run, "brat", out)
    assert not list(out.glob("*.jsonl"))
    assert (out / "mine.txt").read_text() == "mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "x").touch()
    with pytest.raises(OutputError, match="no export"):
        export(run, "brat", other)
    with pytest.raises(OutputError, match="is a folder"):
        export(run, "csv", other)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_dataset_without_a_licence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="licence"):
        export(run_file(tmp_path, many()), "huggingface", tmp_path / "out")


def test_labels_of_the_set_that_do_not_occur_are_known_too() -> None:
    assert bundle(MINE).names == [label.name for label in LABELS]
