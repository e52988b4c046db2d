"""Pages made from runs of every form, with their sources and without."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from support import scripted

from toolkit.annotate.run import annotate
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.errors import InputError
from toolkit.exchange.run_page import PageOptions, write_page

TEXT = "# The harbour\n\nPrices will fall. What a shame!\n\nThe bridge opened in 1931.\n"
FORMS = ["run", "run.jsonl", "run.csv", "run.parquet"]


def page(run: Path, **options: Any) -> str:
    write_page(run, run.with_name("page.html"), PageOptions(**options))
    return run.with_name("page.html").read_text(encoding="utf-8")


def shown(html_page: str) -> Any:
    """What the script of the page gets."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html_page, flags=re.DOTALL)
    assert found
    return json.loads(found[1])


def texts(html_page: str) -> list[str]:
    """The documents as a reader sees them."""
    return [document["text"].strip() for document in shown(html_page)["documents"]]


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
    (text,) = texts(page(make(tmp_path / form, source)))
    assert "The harbour" in text
    assert "The bridge opened in 1931." in text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", ["gone", "changed"])
def test_without_its_source_the_sentences_are_shown_alone(tmp_path: Path, source: Path, form: str, change: str) -> None:
    run = make(tmp_path / form, source)
    source.unlink() if change == "gone" else source.write_text("Something else stands here now, and it is longer.")
    (text,) = texts(page(run))
    assert "The harbour" not in text
    assert "else stands here" not in text
    assert re.sub(r"\s+", " ", text) == "Prices will fall. What a shame! The bridge opened in 1931."


@pytest.mark.parametrize("form", FORMS)
def test_without_its_manifest_the_labels_that_occur_are_shown(tmp_path: Path, source: Path, form: str) -> None:
    run = make(tmp_path / form, source)
    (run / "manifest.json" if run.is_dir() else run.with_name(f"{run.name}.manifest.json")).unlink()
    assert "Prices will fall." in page(run)


def test_files_of_folders_are_found_again(tmp_path: Path, source: Path) -> None:
    for place in ("b/c", "b"):
        (source.parent / place).mkdir(parents=True, exist_ok=True)
        (source.parent / place / "a.md").write_text(TEXT.replace("harbour", f"harbour of {place}"))
    found = [re.findall(r"The harbour.*", one) for one in texts(page(make(tmp_path / "run", source.parent)))]
    assert found == [["The harbour"], ["The harbour of b"], ["The harbour of b/c"]]


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_shown_as_a_list(tmp_path: Path, form: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text("text,stars\nGood soup.,5\nBad soup.,1\n")
    assert write_page(make(tmp_path / form, table), tmp_path / "page.html") == 2
    written = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert texts(written) == ["Good soup.", "Bad soup."]
    assert shown(written)["rows"]


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


@pytest.mark.parametrize(("title", "expected"), [(None, "a.md"), ("My <page>", "My &lt;page&gt;")])
def test_the_title(tmp_path: Path, source: Path, title: str | None, expected: str) -> None:
    assert f"<title>{expected}</title>" in page(make(tmp_path / "run", source), title=title)


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


def test_a_run_against_another(tmp_path: Path, source: Path) -> None:
    run = make(tmp_path / "run", source)
    other = make(tmp_path / "other", source, answers={"What a shame!": "rhetoric"}, default="opinion")
    against = shown(page(run, against=other))
    (document,) = against["documents"]
    assert [against["labels"][kind]["name"] for kind in document["other"]["k"] if kind >= 0] == [
        "opinion", "rhetoric", "opinion",
    ]  # fmt: skip
    assert against["against"] == {
        "own": "run", "other": "other", "gold": False, "joined": {"id": 3}, "loose": [],
    }  # fmt: skip


def test_sentences_of_one_side_alone_stand_where_they_are_or_are_told(tmp_path: Path, source: Path) -> None:
    run = make(tmp_path / "run.jsonl", source)
    lines = run.read_text().splitlines()
    other = tmp_path / "other.jsonl"
    moved = json.loads(lines[0]) | {"doc_id": "gone.md", "id": "gone.md:0-17", "text": "Nobody knows this"}
    other.write_text("\n".join([*lines[1:], json.dumps(moved)]) + "\n")
    lonely = tmp_path / "lonely.jsonl"
    lonely.write_text(lines[0] + "\n")
    lonely.with_name("lonely.jsonl.manifest.json").write_text(run.with_name("run.jsonl.manifest.json").read_text())
    first = shown(page(run, against=other))
    assert first["documents"][0]["other"]["k"][0] == -2
    assert [text for _, text, _ in first["against"]["loose"]] == ["Nobody knows this"]
    second = shown(page(lonely, against=run))
    assert len(second["documents"][0]["extra"]["k"]) == 2
    assert second["against"]["loose"] == []


def test_a_document_that_only_the_other_run_has_is_shown(tmp_path: Path, source: Path) -> None:
    run = make(tmp_path / "run", source)
    (source.parent / "b.md").write_text("Another one.")
    other = make(tmp_path / "other", source.parent)
    found = shown(page(run, against=other))
    assert [document["id"] for document in found["documents"]] == ["a.md", "b.md"]
    assert found["documents"][1]["text"] == "Another one."


def test_a_run_against_a_gold_set(tmp_path: Path, source: Path) -> None:
    run = make(tmp_path / "run", source)
    gold = tmp_path / "gold.jsonl"
    rows = [("Prices will fall.", "prediction"), ("Not in it.", "opinion")]
    gold.write_text("".join(json.dumps({"id": text, "text": text, "label": label}) + "\n" for text, label in rows))
    found = shown(page(run, against=gold))
    assert found["against"]["joined"] == {"text": 1}
    assert found["against"]["other"] == "gold (gold.jsonl)"
    assert found["against"]["loose"] == [["Not in it.", "Not in it.", 1]]


def test_rows_are_counted_by_a_column_and_over_time(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("text,topic,published\nGood soup.,food,2021-02-03\nBad rain.,weather,2022-03-04\n")
    found = shown(page(make(tmp_path / "run", table), by="topic"))
    assert (found["group"], found["date"]) == ("topic", "published")
    facts = [(document["group"], document["date"]) for document in found["documents"]]
    assert facts == [("food", "2021-02-03"), ("weather", "2022-03-04")]


@pytest.mark.parametrize("options", [{"by": "no"}, {"date": "no"}, {"against": Path("no")}])
def test_what_is_not_there_is_refused_before_anything_is_written(
    tmp_path: Path, source: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(InputError):
        page(make(tmp_path / "run", source), **options)
    assert not (tmp_path / "page.html").exists()
