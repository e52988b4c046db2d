"""Out and back in: the same spans and labels, for any Unicode text."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exchange.exchanging import SENTENCES, annotation, bundle, documents, rows
from hypothesis import given, settings

from toolkit.exchange import answers, argilla, doccano, label_studio, prodigy, spreadsheet
from toolkit.exchange.bundle import Settings
from toolkit.exchange.given import Given
from toolkit.exchange.items import Utf16
from toolkit.records import Annotation

Back = Callable[[Path], list[Given]]


def from_label_studio(folder: Path) -> list[Given]:
    """As if an annotator had accepted every prediction."""
    tasks = json.loads((folder / "tasks.json").read_text())
    for task in tasks:
        result = task["predictions"][0]["result"] if "predictions" in task else []
        task["annotations"] = [{"completed_by": {"email": "ann@x"}, "was_cancelled": False, "result": result}]
    (folder / "back.json").write_text(json.dumps(tasks))
    return list(label_studio.read(folder / "back.json"))


def from_argilla(folder: Path) -> list[Given]:
    records = json.loads((folder / "records.json").read_text())
    for record in records:
        record["responses"] = {
            name: [{"value": one["value"], "user_id": "ann@x"}] for name, one in record["suggestions"].items()
        } or {"label": [{"value": None, "user_id": "ann@x"}]}
    (folder / "back.json").write_text(json.dumps(records))
    return list(argilla.read(folder / "back.json"))


def from_prodigy(path: Path) -> list[Given]:
    tasks = [task | {"answer": "accept", "_annotator_id": "ann@x"} for task in rows(path)]
    path.write_text("".join(json.dumps(task) + "\n" for task in tasks))
    return list(prodigy.read(path))


def from_doccano(path: Path) -> list[Given]:
    """doccano adds its own id and an empty list of comments."""
    examples = [example | {"id": 7 + place, "Comments": []} for place, example in enumerate(rows(path))]
    path.write_text("".join(json.dumps(example, ensure_ascii=False) + "\n" for example in examples))
    return list(doccano.read(path))


TOOLS: dict[str, tuple[Any, Back]] = {
    "label-studio": (label_studio, from_label_studio),
    "argilla": (argilla, from_argilla),
    "prodigy": (prodigy, from_prodigy),
    "doccano": (doccano, from_doccano),
}
KEEPS_FLAGS_OF_SPANS = {"label-studio", "prodigy"}


def told(found: list[Given]) -> list[tuple[Any, ...]]:
    return [(one.id, one.doc, one.start, one.end, one.text, one.label) for one in found]


def meant(annotations: list[Annotation]) -> list[tuple[Any, ...]]:
    places = [
        (a.sentence.id, a.sentence.doc_id, a.sentence.start, a.sentence.end, a.sentence.text) for a in annotations
    ]
    return [(*place, a.label) for place, a in zip(places, annotations, strict=True)]


@pytest.mark.parametrize("tool", TOOLS)
@settings(max_examples=25, deadline=None)
@given(documents())
def test_sentences(tool: str, made: tuple[str, list[Annotation]]) -> None:
    module, back = TOOLS[tool]
    with tempfile.TemporaryDirectory() as folder:
        module.write(bundle(made[1]), Path(folder) / "out")
        found = back(Path(folder) / "out")
    assert told(found) == meant(made[1])
    assert [one.status == "answered" for one in found] == [a.label is not None for a in made[1]]
    labelled = [(one.attributed, a.attributed) for one, a in zip(found, made[1], strict=True) if a.label is not None]
    assert all(one is other for one, other in labelled)


@pytest.mark.parametrize("tool", TOOLS)
@settings(max_examples=25, deadline=None)
@given(documents())
def test_spans_of_documents(tool: str, made: tuple[str, list[Annotation]]) -> None:
    module, back = TOOLS[tool]
    text, annotations = made
    with tempfile.TemporaryDirectory() as folder:
        module.write(bundle(annotations, "document", texts={"a.txt": text}), Path(folder) / "out")
        found = back(Path(folder) / "out")
    assert told(found) == meant(annotations)
    if tool in KEEPS_FLAGS_OF_SPANS:
        assert all(
            one.attributed is a.attributed for one, a in zip(found, annotations, strict=True) if a.label is not None
        )


@settings(max_examples=40, deadline=None)
@given(documents())
def test_csv_with_columns_to_answer_in(made: tuple[str, list[Annotation]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.csv"
        spreadsheet.write(bundle(made[1], settings=Settings(review=True)), path)
        with path.open(encoding="utf-8-sig", newline="") as handle:
            table = list(csv.DictReader(handle))
        for row in table:
            row |= {"answer": row["label"], "answer_attributed": row["attributed"], "annotator": "ann@x"}
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(table[0]))
            writer.writeheader()
            writer.writerows(table)
        found = list(answers.read(path))
    assert told(found) == meant(made[1])
    assert [one.annotator for one in found] == ["ann@x"] * len(found)


@given(SENTENCES)
def test_offsets_in_code_units(text: str) -> None:
    units = Utf16(text)
    for offset in range(len(text) + 1):
        assert units.units(offset) == len(text[:offset].encode("utf-16-le")) // 2
        assert units.points(units.units(offset)) == offset


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1", "'=1", "''=1", "'quoted'", "plain", ""])
def test_formulas_are_text_and_come_back(value: str) -> None:
    assert spreadsheet.guarded(value)[:1] not in {*"=+-@\t\r\n＝＋－＠"}
    assert spreadsheet.unguarded(spreadsheet.guarded(value)) == value


def test_numbers_are_no_formulas() -> None:
    assert spreadsheet.guarded(-1.5) == -1.5


def test_a_table_without_answers_is_one_of_skipped_rows(tmp_path: Path) -> None:
    spreadsheet.write(bundle([annotation()], settings=Settings(review=True)), tmp_path / "out.csv")
    (found,) = answers.read(tmp_path / "out.csv")
    assert (found.label, found.status) == (None, "skipped")
