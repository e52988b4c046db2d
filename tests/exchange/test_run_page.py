"""From a run to its page: the documents are found again, or shown as their sentences alone."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from toolkit import Classifier, ReadOptions
from toolkit.errors import InputError
from toolkit.exchange.run_page import write_page

TEXT = "The River\n\nThe river rose by two metres. Who would have thought it?\n\n* It will rise again next year.\n"


@pytest.fixture(scope="module")
def cues() -> Classifier:
    return Classifier.load("cues")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "river.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def visible(page: Path) -> str:
    body = re.sub(r"<(script|style).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", body))


@pytest.mark.parametrize("name", ["run", "run.jsonl", "run.csv", "run.parquet"])
def test_every_kind_of_output_has_a_page(cues: Classifier, source: Path, tmp_path: Path, name: str) -> None:
    cues.annotate_to(tmp_path / name, source)
    assert write_page(tmp_path / name, tmp_path / "page.html") == 1
    shown = visible(tmp_path / "page.html")
    assert "The River" in shown  # the heading, which is in no record
    assert "Who would have thought it?" in shown


@pytest.mark.parametrize("change", ["gone", "other"])
def test_without_its_source_a_document_is_its_sentences(
    cues: Classifier, source: Path, tmp_path: Path, change: str
) -> None:
    cues.annotate_to(tmp_path / "run", source)
    source.unlink() if change == "gone" else source.write_text("Something else. " + TEXT)
    write_page(tmp_path / "run", tmp_path / "page.html")
    shown = visible(tmp_path / "page.html")
    assert "It will rise again next year." in shown
    assert "Something else." not in shown


def test_rows_and_failures_are_shown(cues: Classifier, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,text\na,The river rose.\nb,\nc,It will rise again.\n")
    cues.annotate_to(tmp_path / "run", table, options=ReadOptions(id_column="id"))
    assert write_page(tmp_path / "run", tmp_path / "page.html") == 3
    shown = visible(tmp_path / "page.html")
    assert "The river rose." in shown
    assert "the text is empty" in shown


def test_the_title_can_be_given(cues: Classifier, source: Path, tmp_path: Path) -> None:
    cues.annotate_to(tmp_path / "run", source)
    write_page(tmp_path / "run", tmp_path / "page.html", title="High <water>")
    assert "<title>High &lt;water&gt;" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [None, "", "no json\n", '{"a": 1}\n'])
def test_what_is_no_run_is_said(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "x.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError):
        write_page(path, tmp_path / "page.html")
