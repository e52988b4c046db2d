"""From a run to an export: the documents are found again, and it is said when they are not."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from exchange.exchanging import annotation, rows, run_file
from support import scripted

from toolkit.annotate.run import annotate
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.errors import ConfigError, InputError, UnknownNameError
from toolkit.exchange.bundle import Settings
from toolkit.exchange.export import FORMATS, export

TEXT = "# The harbour\n\nPrices will fall. What a shame!\n\nThe bridge opened in 1931.\n"
DOCUMENTS = Settings(unit="document")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    source = tmp_path / "in" / "a.md"
    source.parent.mkdir()
    source.write_text(TEXT)
    annotate(Corpus([source.parent]), scripted(), tmp_path / "run")
    return tmp_path / "run"


def test_documents_have_their_text_again(tmp_path: Path, run: Path) -> None:
    report = export(run, "doccano", tmp_path / "out.jsonl", settings=DOCUMENTS)
    (item,) = rows(tmp_path / "out.jsonl")
    assert report.blanked == []
    assert item["faithful"] is True
    assert "The harbour" in item["text"]
    assert [item["text"][start:end] for start, end, _ in item["label"]] == [
        "Prices will fall.",
        "What a shame!",
        "The bridge opened in 1931.",
    ]


def shown_by(form: str, place: Path) -> list[dict[str, Any]]:
    """What a person sees around each sentence in a tool."""
    if form == "label-studio":
        return [task["data"] for task in json.loads((place / "tasks.json").read_text())]
    if form == "argilla":
        return [record["fields"] for record in json.loads((place / "records.json").read_text())]
    if form == "csv":
        with place.open(encoding="utf-8-sig", newline="") as handle:
            return list(csv.DictReader(handle))
    return [item["meta"] if form == "prodigy" else item for item in rows(place)]


@pytest.mark.parametrize("form", ["label-studio", "doccano", "argilla", "prodigy", "csv"])
@pytest.mark.parametrize("source", ["there", "gone"])
def test_sentences_come_with_what_stands_around_them(tmp_path: Path, run: Path, form: str, source: str) -> None:
    if source == "gone":
        (tmp_path / "in" / "a.md").unlink()
    export(run, form, tmp_path / "out", settings=Settings(review=form == "csv"))
    second = shown_by(form, tmp_path / "out")[1]
    assert second["before"].endswith("Prices will fall.")
    assert second["after"].startswith("The bridge opened in 1931.") or second["after"].startswith("The harbour")
    assert ("The harbour" in second["before"] + second["after"]) == (source == "there")


def test_a_page_is_shown_with_its_title(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<html><head><title>Of Rivers</title></head><body><p>Prices will fall. What a shame!</p></body>")
    annotate(Corpus([page]), scripted(), tmp_path / "run")
    export(tmp_path / "run", "label-studio", tmp_path / "out")
    config = (tmp_path / "out" / "labeling_config.xml").read_text()
    assert re.findall(r'value="\$(\w+)"', config) == ["title", "before", "text", "after"]
    assert shown_by("label-studio", tmp_path / "out")[0]["title"] == "Of Rivers"
    assert shown_by("label-studio", tmp_path / "out")[0]["before"] == ""


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_without_their_source_the_offsets_still_fit(tmp_path: Path, run: Path, change: str) -> None:
    source = tmp_path / "in" / "a.md"
    source.unlink() if change == "gone" else source.write_text("Something else stands here now.")
    report = export(run, "doccano", tmp_path / "out.jsonl", settings=DOCUMENTS)
    (item,) = rows(tmp_path / "out.jsonl")
    assert report.blanked == ["a.md"]
    assert item["faithful"] is False
    assert " ".join(item["text"].split()) == "Prices will fall. What a shame! The bridge opened in 1931."
    assert [item["text"][one["start"] : one["end"]] for one in item["sentences"]][2] == "The bridge opened in 1931."


def test_rows_of_a_table_are_their_own_documents(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("text,stars\nGood soup.,5\nBad soup.,1\n")
    annotate(Corpus([table], ReadOptions(unit="row")), scripted(), tmp_path / "run.csv")
    table.unlink()
    report = export(tmp_path / "run.csv", "doccano", tmp_path / "out.jsonl", settings=DOCUMENTS)
    assert (report.documents, report.blanked) == (2, [])
    assert [item["text"] for item in rows(tmp_path / "out.jsonl")] == ["Good soup.", "Bad soup."]


@pytest.mark.parametrize("form", [name for name in FORMATS if name not in ("xlsx", "spacy")])
def test_every_format_is_written_from_a_run(tmp_path: Path, run: Path, form: str) -> None:
    settings = Settings(licence="other", dev=0, test=0)
    report = export(run, form, tmp_path / "out", settings=settings)
    assert sum(report.parts.values()) == 3
    assert (tmp_path / "out").exists()


def test_the_record_of_a_folder_tells_where_the_labels_come_from_and_no_paths(tmp_path: Path, run: Path) -> None:
    export(run, "brat", tmp_path / "out")
    text = (tmp_path / "out" / "export.json").read_text()
    record = json.loads(text)
    assert record["backend"] == "scripted"
    assert record["sources"] == ["a.md"]
    assert record["sentences"] == {"all": {"opinion": 3}}
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("form", "settings", "error"),
    [
        ("xml", Settings(), UnknownNameError),
        ("brat", Settings(unit="sentence"), ConfigError),
        ("csv", Settings(unit="document"), ConfigError),
        ("jsonl", Settings(review=True), ConfigError),
        ("huggingface", Settings(licence=" "), ConfigError),
        ("jsonl", Settings(dev=0.2), InputError),
    ],
)
def test_what_cannot_be(tmp_path: Path, form: str, settings: Settings, error: type[Exception]) -> None:
    with pytest.raises(error):
        export(run_file(tmp_path, [annotation()]), form, tmp_path / "out", settings=settings)
    assert not (tmp_path / "out").exists()


def test_annotations_that_cannot_be_in_one_text(tmp_path: Path) -> None:
    overlapping = [annotation(), annotation("will fall. Then", start=7)]
    with pytest.raises(InputError, match="overlaps"):
        export(run_file(tmp_path, overlapping), "brat", tmp_path / "out")
