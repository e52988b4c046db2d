from __future__ import annotations

import gzip
import io
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from datasets import Dataset, DatasetDict
from support import documents, texts

from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.errors import InputError
from toolkit.records import Document, Unreadable

PACK = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}

FILES: dict[str, tuple[str, list[str]]] = {
    "a.txt": ("One is here.\n\nTwo is there.\n", ["One is here.\n\nTwo is there.\n"]),
    "a.md": ("# Title\n\nOne is here.\n", ["# Title\n\nOne is here.\n"]),
    "a.csv": ("n,text\n1,One.\n2,Two.\n", ["One.", "Two."]),
    "a.tsv": ("n\ttext\n1\tOne.\n2\tTwo.\n", ["One.", "Two."]),
    "a.jsonl": ('{"text": "One."}\n{"text": "Two.", "n": 2}\n', ["One.", "Two."]),
    "a.ndjson": ('{"text": "One."}\n', ["One."]),
}


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("name", FILES)
def test_every_text_type_plain_and_compressed(tmp_path: Path, name: str, packing: str) -> None:
    text, expected = FILES[name]
    assert texts(write(tmp_path, name + packing, PACK[packing](text.encode()))) == expected


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("unit", [None, "sentence", "row"])
def test_parquet_plain_and_compressed(tmp_path: Path, packing: str, unit: str | None) -> None:
    pq.write_table(pa.table({"text": ["One.", "Two."]}), tmp_path / "plain")
    path = write(tmp_path, f"a.parquet{packing}", PACK[packing]((tmp_path / "plain").read_bytes()))
    found = documents(path, unit=unit)
    assert [(one.text, one.unit) for one in found] == [("One.", unit or "row"), ("Two.", unit or "row")]


PAGE = """<html><head><title>T</title>{head}</head><body><nav><a href="/">Home</a></nav><article>
<p>The bridge was closed on Monday because of the storm, the mayor said in a statement.</p>
<p>Это дорога, по которой никто не ездит, и мэр не знает, когда её откроют снова.</p></article></body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251"])
def test_html_gives_its_text_in_the_encoding_that_it_declares(tmp_path: Path, encoding: str) -> None:
    page = PAGE.format(head=f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">')
    path = write(tmp_path, "a.html", page.encode(encoding))
    [text] = texts(path)
    assert "The bridge was closed" in text
    assert "Это дорога" in text
    assert "<" not in text
    assert [one.splitlines()[0][:10] for one in texts(path, unit="row")] == ["The bridge", "Это дорога"]


@pytest.mark.parametrize("page", ["<html><body></body></html>", "<p>", "no <<< html"])
def test_html_without_text_is_said_or_read(tmp_path: Path, page: str) -> None:
    path = write(tmp_path, "a.html", page)
    try:
        assert texts(path) == [page]
    except InputError as error:
        assert "no text that could be extracted" in error.message  # noqa: PT017


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("a.txt", None, [("a.txt", "sentence", "text")]),
        ("a.txt", "row", [("a.txt#1", "row", "text"), ("a.txt#3", "row", "text")]),
        ("a.md", None, [("a.md", "sentence", "markdown")]),
        ("a.csv", None, [("a.csv#2", "row", "text"), ("a.csv#3", "row", "text")]),
        ("a.csv", "sentence", [("a.csv#2", "sentence", "text"), ("a.csv#3", "sentence", "text")]),
        ("a.tsv", None, [("a.tsv#2", "row", "text"), ("a.tsv#3", "row", "text")]),
        ("a.jsonl", "sentence", [("a.jsonl#1", "sentence", "text"), ("a.jsonl#2", "sentence", "text")]),
    ],
)
def test_ids_units_and_formats(
    tmp_path: Path, name: str, unit: str | None, expected: list[tuple[str, str, str]]
) -> None:
    found = documents(write(tmp_path, name, FILES[name][0]), unit=unit)
    assert [(one.id, one.unit, one.format) for one in found] == expected


def test_folder_is_searched_for_known_endings(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.md", "a/.hidden/d.txt", ".e.txt", "f.log", "g", "z.TXT", "h.txt.gz"):
        write(tmp_path, name, gzip.compress(b"x") if name.endswith("gz") else "x")
    assert [one.id for one in documents(tmp_path)] == ["a/c.md", "b.txt", "h.txt.gz", "z.TXT"]


def test_folder_that_holds_earlier_output_is_read_as_if_it_did_not(tmp_path: Path) -> None:
    manifest = '{"run": "0123456789abcdef", "finished": true, "settings": {"reading": {}}}'
    for name in ("a.txt", "out.jsonl", "out.jsonl.manifest.json", "run/manifest.json", "run/annotations/part-0.jsonl"):
        write(tmp_path, name, manifest)
    assert [one.id for one in documents(tmp_path)] == ["a.txt"]


def test_globs_and_repeated_inputs(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "sub/a.txt", "c.md"):
        write(tmp_path, name, name)
    assert texts(str(tmp_path / "*.txt"), tmp_path / "a.txt") == ["a.txt", "b.txt"]
    assert texts(str(tmp_path / "**/*.txt")) == ["a.txt", "b.txt", "sub/a.txt"]
    ids = [one.id for one in documents(str(tmp_path / "**/*.txt"))]
    assert len(set(ids)) == 3
    assert ids[1] == "b.txt"


@pytest.mark.parametrize(
    ("file_type", "data", "expected"),
    [
        (None, b"One. Two.", ["One. Two."]),
        ("csv", b"text\nOne.\nTwo.\n", ["One.", "Two."]),
        ("jsonl", b'{"text": "One."}\n', ["One."]),
        ("tsv", b"n\ttext\n1\tOne.\n", ["One."]),
    ],
)
def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, file_type: str | None, data: bytes, expected: list[str]
) -> None:
    feed(monkeypatch, data)
    assert texts("-", file_type=file_type) == expected


def test_standard_input_is_named_and_read_beside_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, b"From a pipe.")
    found = documents("-", write(tmp_path, "a.txt", "From a file."))
    assert [(one.id, one.text) for one in found] == [("stdin", "From a pipe."), ("a.txt", "From a file.")]


def test_inputs_after_standard_input_are_checked_too(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'text'"):
        Corpus(["-", write(tmp_path, "a.csv", "words\nOne.\n")])


@pytest.mark.parametrize(("name", "data"), [("a.txt", b"One."), ("a.csv", b"text\nOne.\n")])
def test_a_pipe_is_read_once(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=[data], daemon=True)
    writer.start()
    assert texts(path) == ["One."]
    writer.join(5)


@pytest.mark.parametrize(("unit", "expected"), [(None, "row"), ("sentence", "sentence")])
def test_dataset_folder(tmp_path: Path, unit: str | None, expected: str) -> None:
    Dataset.from_list([{"text": "One.", "n": 1}, {"text": "Two.", "n": 2}]).save_to_disk(tmp_path / "set")
    found = documents(tmp_path / "set", unit=unit)
    assert [(one.id, one.text, one.unit, one.columns) for one in found] == [
        ("set#1", "One.", expected, {"n": 1}),
        ("set#2", "Two.", expected, {"n": 2}),
    ]


def test_dataset_dict_folder_names_its_splits(tmp_path: Path) -> None:
    splits = {"train": Dataset.from_dict({"text": ["One."]}), "test": Dataset.from_dict({"text": ["Two."]})}
    DatasetDict(splits).save_to_disk(tmp_path / "set")
    assert [(one.id, one.text) for one in documents(tmp_path / "set")] == [
        ("set/train#1", "One."),
        ("set/test#1", "Two."),
    ]


def test_damaged_dataset_folder(tmp_path: Path) -> None:
    Dataset.from_dict({"text": ["One."]}).save_to_disk(tmp_path)
    next(tmp_path.glob("*.arrow")).write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be loaded as a dataset"):
        documents(tmp_path)


def test_own_columns_stay_and_the_id_column_names_the_row(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", '{"id": 7, "review": "One.", "text": "t"}\n{"id": null, "review": "Two."}\n')
    first, second = documents(path, text_column="review", id_column="id")
    assert (first.id, first.text, first.columns) == ("7", "One.", {"id": 7, "text": "t"})
    assert second.id == "a.jsonl#2"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("null", "missing"),
        ("5", "not a string but int"),
        ('["a"]', "not a string but list"),
        ('""', "empty"),
        ('" \\n "', "empty"),
        ('"a\\u0000b"', "NUL"),
        ('"a\\ud800b"', "half of a surrogate pair"),
        ('"a\\udfffb"', "half of a surrogate pair"),
    ],
)
def test_text_that_is_none_fails_its_row_and_keeps_its_columns(tmp_path: Path, value: str, fault: str) -> None:
    path = write(tmp_path, "a.jsonl", f'{{"text": {value}, "n": 1}}\n{{"text": "Good."}}\n')
    bad, good = documents(path)
    assert isinstance(bad, Unreadable)
    assert (bad.id, bad.failure.kind, bad.columns) == ("a.jsonl#1", "bad_row", {"n": 1})
    assert fault in bad.failure.message
    assert isinstance(good, Document)


def test_lone_surrogates_elsewhere_cost_nothing_but_themselves(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", '{"text": "Good.", "k\\ud800": ["v\\udc00"], "id": "\\ud801"}\n')
    [one] = documents(path, id_column="id")
    assert (one.id, one.columns) == ("\ufffd", {"k\ufffd": ["v\ufffd"], "id": "\ufffd"})
    json.dumps(one.columns, ensure_ascii=False).encode()


def test_file_name_that_is_no_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(path)).write_text("One.")
    assert [one.id for one in documents(tmp_path)] == ["caf\ufffd.txt"]


@pytest.mark.parametrize("bad", ["{\n", "[1]\n"])
def test_good_rows_after_many_bad_ones_are_found(tmp_path: Path, bad: str) -> None:
    assert texts(write(tmp_path, "a.jsonl", bad * 50 + '{"text": "Good."}\n')) == ["!bad_row"] * 50 + ["Good."]


@pytest.mark.parametrize(
    ("name", "size"),
    [("a.txt.gz", 1000), ("a.csv.gz", 1000), ("a.jsonl.gz", 1000), ("a.jsonl.gz", 60_000), ("a.csv.zst", 60_000)],
)
def test_damaged_end_of_a_compressed_file_keeps_what_stands_before_it(tmp_path: Path, name: str, size: int) -> None:
    line = {"txt": "Text {}.", "csv": "1,Text {}.", "jsonl": '{{"text": "Text {}."}}'}[name.split(".")[1]]
    lines = ["n,text"] * name.startswith("a.csv") + [line.format(os.urandom(9).hex()) for _ in range(size)]
    data = PACK["." + name.rpartition(".")[2]]("\n".join(lines).encode())
    found = texts(write(tmp_path, name, data[: len(data) * 9 // 10]), unit="row")
    assert len(found) > size * 0.3
    assert found[-1] == "!bad_file"
    assert all(one.startswith("Text") for one in found[:-1])


def test_bad_file_among_good_ones_is_a_record(tmp_path: Path) -> None:
    for name, data in {"a.txt": b"Good.", "b.txt": b"", "c.txt": b"\0" * 9, "d.jsonl": b"{", "e.txt": b"Fine."}.items():
        write(tmp_path, name, data)
    assert texts(tmp_path) == ["Good.", "!bad_file", "!bad_file", "!bad_file", "Fine."]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n\t\n", "is empty"),
        ("a.txt", b"\xef\xbb\xbf", "is empty"),
        ("a.csv", b"", "no header line"),
        ("a.csv", b"n,text\n", "no rows"),
        ("a.jsonl", b"\n\n", "no rows"),
        ("a.csv", b"n,words\n1,One\n", "no column 'text'"),
        ("a.jsonl", b"{\n[\n", "no readable row"),
        ("a.parquet", b"PAR1", "not a readable Parquet"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0", "not a text file"),
        ("a.txt.gz", b"no gzip", "cannot be decompressed"),
    ],
)
@pytest.mark.parametrize("unit", [None, "row"])
def test_only_input_that_cannot_be_read_raises(
    tmp_path: Path, name: str, data: bytes, message: str, unit: str | None
) -> None:
    with pytest.raises(InputError, match=message):
        documents(write(tmp_path, name, data), unit=unit)


def test_text_after_much_white_space_is_found(tmp_path: Path) -> None:
    assert texts(write(tmp_path, "a.txt", " \n" * 5000 + "One.")) == [" \n" * 5000 + "One."]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: [folder / "none.txt"], "does not exist"),
        (lambda folder: [str(folder / "*.none")], "does not exist"),
        (lambda folder: [folder], "no file that can be read"),
        (lambda folder: [], "no input"),
        (lambda folder: ["Prices will fall. " * 40], "is no path"),
    ],
)
def test_inputs_that_are_not_there(tmp_path: Path, make: Callable[[Path], list[str | Path]], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Corpus(make(tmp_path))
    assert caught.value.hint


def test_wrong_column_is_an_error_among_many_inputs_and_names_the_columns(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "One.")
    write(tmp_path, "b.csv", "n,words\n1,One\n")
    with pytest.raises(InputError, match=r"b\.csv has no column 'text'") as caught:
        Corpus([tmp_path])
    assert "n, words" in caught.value.hint


def test_progress_counts_the_bytes_of_the_files(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", FILES["a.csv"][0])
    write(tmp_path, "b.txt", "One.")
    corpus = Corpus([tmp_path], ReadOptions())
    list(corpus.documents())
    assert corpus.bytes_read == corpus.bytes_total == len(FILES["a.csv"][0]) + 4


def test_repeated_ids_go_by_file_and_row(tmp_path: Path) -> None:
    a = write(tmp_path, "a.csv", "k,text\n1,One.\n1,Two.\nb.csv#2,Three.\na.txt,Four.\n,Five.\n")
    b = write(tmp_path, "b.csv", "k,text\n1,Six.\n2,Seven.\n")
    c = write(tmp_path, "a.txt", "Eight.")
    corpus = Corpus([a, b, c], ReadOptions(id_column="k"))
    expected = ["1", "a.csv#3", "b.csv#2", "a.csv#5", "a.csv#6", "b.csv#2#2", "2", "a.txt"]
    assert [one.id for one in corpus.documents()] == expected
    assert [one.id for one in corpus.documents()] == expected


def test_file_called_like_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "-", "From the file.")
    monkeypatch.chdir(tmp_path)
    feed(monkeypatch, b"From the stream.")
    assert texts("./-") == texts("[-]") == ["From the file."]
    assert texts("./-", "-") == ["From the file.", "From the stream."]


def test_empty_jsonl_has_no_rows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.jsonl has no rows"):
        Corpus([write(tmp_path, "a.jsonl", "")])
