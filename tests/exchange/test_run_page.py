"""Pages made from runs of every form, with their sources and without."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import pytest
from support import scripted

from toolkit.annotate.run import annotate
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.errors import InputError
from toolkit.exchange.run_page import write_page

TEXT = "# The harbour\n\nPrices will fall. What a shame!\n\nThe bridge opened in 1931.\n"
FORMS = ["run", "run.jsonl", "run.csv", "run.parquet"]


def page(run: Path, **options: str) -> str:
    write_page(run, run.with_name("page.html"), **options)
    return run.with_name("page.html").read_text(encoding="utf-8")


def texts(html_page: str) -> list[str]:
    """The documents as a reader sees them."""
    found = re.findall(r'<div class="text[^"]*"[^>]*>(.*?)</div>', html_page, flags=re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


def make(run: Path, *inputs: Path, options: ReadOptions | None = None, **config: object) -> Path:
    annotate(Corpus(list(inputs), options), scripted(**config), run)  # type: ignore[arg-type]
    return run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "a.md"
    path.parent.mkdir()
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_the_text_is_shown_with_what_stands_between_the_sentences(tmp_path: Path, source: Path, form: str) -> None:
    (shown,) = texts(page(make(tmp_path / form, source)))
    assert "The harbour" in shown
    assert "The bridge opened in 1931." in shown


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", ["gone", "changed"])
def test_without_its_source_the_sentences_are_shown_alone(tmp_path: Path, source: Path, form: str, change: str) -> None:
    run = make(tmp_path / form, source)
    source.unlink() if change == "gone" else source.write_text("Something else stands here now, and it is longer.")
    (shown,) = texts(page(run))
    assert "The harbour" not in shown
    assert "else stands here" not in shown
    assert re.sub(r"\s+", " ", shown) == "Prices will fall. What a shame! The bridge opened in 1931."


@pytest.mark.parametrize("form", FORMS)
def test_without_its_manifest_the_labels_that_occur_are_shown(tmp_path: Path, source: Path, form: str) -> None:
    run = make(tmp_path / form, source)
    (run / "manifest.json" if run.is_dir() else run.with_name(f"{run.name}.manifest.json")).unlink()
    assert "Prices will fall." in page(run)


def test_files_of_folders_are_found_again(tmp_path: Path, source: Path) -> None:
    for place in ("b/c", "b"):
        (source.parent / place).mkdir(parents=True, exist_ok=True)
        (source.parent / place / "a.md").write_text(TEXT.replace("harbour", f"harbour of {place}"))
    shown = texts(page(make(tmp_path / "run", source.parent)))
    found = [re.findall(r"The harbour.*", one) for one in shown]
    assert found == [["The harbour"], ["The harbour of b"], ["The harbour of b/c"]]


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_shown_as_a_list(tmp_path: Path, form: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text("text,stars\nGood soup.,5\nBad soup.,1\n")
    assert write_page(make(tmp_path / form, table), tmp_path / "page.html") == 2
    shown = (tmp_path / "page.html").read_text()
    assert "Good soup." in shown
    assert "Bad soup." in shown


@pytest.mark.parametrize("form", FORMS)
def test_failures_are_shown(tmp_path: Path, source: Path, form: str) -> None:
    run = make(tmp_path / form, source, answers={"What a shame!": "!timeout"})
    assert "scripted failure" in page(run)


@pytest.mark.parametrize("form", FORMS)
def test_a_run_of_failures_alone(tmp_path: Path, source: Path, form: str) -> None:
    assert "Prices will fall." in page(make(tmp_path / form, source, default="!refused"))


def test_a_document_that_could_not_be_read_says_why(tmp_path: Path, source: Path) -> None:
    (source.parent / "b.txt").write_bytes(b"One.\0Two.")
    assert "NUL bytes" in page(make(tmp_path / "run", source.parent))


def test_a_unit_that_is_too_long_is_shown_as_failed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"Short one.\n\n{'word ' * 5000}\n")
    assert "more than 20000" in page(make(tmp_path / "run", path))


@pytest.mark.parametrize(("title", "shown"), [(None, "a.md"), ("My <page>", "My &lt;page&gt;")])
def test_the_title(tmp_path: Path, source: Path, title: str | None, shown: str) -> None:
    options = {} if title is None else {"title": title}
    assert f"<title>{shown}</title>" in page(make(tmp_path / "run", source), **options)


def test_annotations_that_others_wrote_need_no_probabilities(tmp_path: Path, source: Path) -> None:
    run = make(tmp_path / "run.jsonl", source)
    rows = [json.loads(line) | {"probs": None, "label": "mine"} for line in run.read_text().splitlines()]
    alone = tmp_path / "other.jsonl"
    alone.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "mine" in page(alone)


@pytest.mark.parametrize(
    "name", ["none", "none.jsonl", "empty", "empty.jsonl", "broken.jsonl", "other.csv", "x.parquet"]
)
def test_what_is_no_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "broken.jsonl").write_text("{")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "x.parquet").write_text("x")
    with pytest.raises(InputError):
        write_page(tmp_path / name, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_moved_run_still_finds_its_source(tmp_path: Path, source: Path) -> None:
    run = make(tmp_path / "run", source)
    shutil.move(run, tmp_path / "moved")
    assert "The harbour" in page(tmp_path / "moved")
