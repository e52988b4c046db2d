from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.tables import Row, csv_rows, dataset_rows, jsonl_rows, parquet_rows
from toolkit.errors import InputError


def read_csv(text: str | bytes, **options: str) -> list[Row]:
    data = text.encode() if isinstance(text, str) else text
    return list(csv_rows(io.BytesIO(data), "x.csv", options.get("encoding"), options.get("delimiter")))


def read_jsonl(text: str | bytes) -> list[Row]:
    return list(jsonl_rows(io.BytesIO(text.encode() if isinstance(text, str) else text), "x.jsonl", None))


def outcomes(rows: list[Row]) -> list[str]:
    return ["!" if row.fault else row.columns["text"] for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text,n\nOne.,1\nTwo.,2\n", ["One.", "Two."]),
        ("n,text\r\n1,One.\r\n2,Two.", ["One.", "Two."]),
        ("text\rOne.\rTwo.\r", ["One.", "Two."]),
        ('n,text\n1,"One, two,\nthree"\n2,Four\n', ["One, two,\nthree", "Four"]),
        ('n,text\n1,"He said ""no"" and left"\n', ['He said "no" and left']),
        ("n;text\n1;One, two\n", ["One, two"]),
        ("n|text\n1|One, two\n", ["One, two"]),
        ('"a,b,c";text\n1;One\n', ["One"]),
        ("n\ttext\n1\tOne, two\n", ["One, two"]),
        ("\n\nn;text\n\n1;One\n\n", ["One"]),
        (" n , text \n1,One\n", ["One"]),
        ("\ufeffn,text\n1,One\n", ["One"]),
        (",text\n0,One\n", ["One"]),
        ('n,text\n1,"line\n\nafter a gap"\n', ["line\n\nafter a gap"]),
        ("n,text\n1,One\n2\n3,Three,3\n4,Four\n", ["One", "!", "!", "Four"]),
        ('n,text\n1,One\n2,"stray\n3,Three\n4,Four\n', ["One", "!", "Three", "Four"]),
        ('n,text\n1,"stray\n2,"good"\n3,"other"\n', ["!", "good", "other"]),
        ('n,text\n1,"He said "no" again"\n2,Two\n', ['He said no" again"', "Two"]),
        ('n,text\n1,"cut "here" and\nthere"\n2,Two\n', ['cut here" and', "!", "Two"]),
        ('n,text\n1,ends with"\n2,Two\n', ['ends with"', "Two"]),
        ("n,text\n1,a\0b\n2,Two\n", ["a\0b", "Two"]),
        ("text\tn\n\t\nOne\t1\n", ["", "One"]),
    ],
)
def test_rows_of_delimited_text(text: str, expected: list[str]) -> None:
    assert outcomes(read_csv(text)) == expected


def test_quotation_that_is_opened_on_one_line_and_ends_badly_on_a_later_one_costs_no_half_text() -> None:
    rows = read_csv('n,text\n1,"begins here\nand "goes" on"\n2,Two\n')
    assert outcomes(rows) == ["!", "!", "Two"]


@pytest.mark.parametrize("strays", [1, 300, 3000])
def test_stray_quotation_marks_cost_their_own_row_and_linear_time(strays: int) -> None:
    lines = []
    for number in range(strays):
        lines += [f'{number},"stray', f"{number},good", f'{number},"quoted, good"']
    started = time.process_time()
    rows = read_csv("n,text\n" + "\n".join(lines) + "\n")
    assert time.process_time() - started < 1 + strays / 1000
    assert outcomes(rows) == ["!", "good", "quoted, good"] * strays


def test_stray_mark_far_before_the_end_is_given_up() -> None:
    rows = read_csv('n,text\n0,"stray\n' + "".join(f"{n},good\n" for n in range(5000)))
    assert outcomes(rows) == ["!"] + ["good"] * 5000


def test_a_long_quoted_field_is_one_row() -> None:
    text = "\n".join(f"line {number}" for number in range(700))
    assert read_csv(f'n,text\n1,"{text}"\n2,Two\n') == [
        Row(2, {"n": "1", "text": text}),
        Row(702, {"n": "2", "text": "Two"}),
    ]


def test_faults_say_the_line_and_what_is_wrong() -> None:
    rows = read_csv('n,text\n1,"two\nlines"\n2,a,b\n3,"open\n')
    assert [(row.number, row.fault) for row in rows] == [
        (2, None),
        (4, "3 fields where the header has 2"),
        (5, "a quotation mark is opened and never closed"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no header line"), ("\n\n", "no header line"), ("a,text,a\n1,2,3\n", "two columns called 'a'")],
)
def test_header_that_cannot_be_used(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_csv(text)


def test_header_without_rows() -> None:
    assert read_csv("n,text\n") == []


def test_tab_is_given_for_tsv() -> None:
    assert read_csv("text\nOne, two\n", delimiter="\t")[0].columns == {"text": "One, two"}


def test_undecodable_bytes_cost_one_row() -> None:
    data = "n,text\n1,Été\n2,Été\n".encode() + b"3,caf\xff\n" + "4,Été\n".encode()
    assert outcomes(read_csv(data)) == ["Été", "Été", "!", "Été"]
    assert outcomes(read_csv(b"n,text\n1,good\n2,b\xff\xfed\n3,good\n", encoding="utf-8")) == ["good", "!", "good"]


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda cell: "\ufeff" not in cell)


@given(st.lists(st.tuples(cells, cells), max_size=8))
def test_what_the_csv_module_writes_comes_back(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("n", "text"), *rows])
    found = list(csv_rows(io.BytesIO(out.getvalue().encode()), "x", "utf-8"))
    assert [tuple(row.columns.values()) for row in found] == rows


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "not valid JSON"),
        ('{"text": "a"} {', "not valid JSON"),
        ("[1, 2]", "not a JSON object but list"),
        ('"text"', "not a JSON object but str"),
        ("null", "not a JSON object but NoneType"),
        ("[" * 100_000, "not valid JSON"),
        ('{"n": ' + "1" * 5000 + "}", "not valid JSON"),
    ],
)
def test_bad_jsonl_line_costs_itself(line: str, fault: str) -> None:
    rows = read_jsonl(f'{{"text": "One"}}\n{line}\n\n{{"text": "Two"}}')
    assert outcomes(rows) == ["One", "!", "Two"]
    assert [row.number for row in rows] == [1, 2, 4]
    assert str(rows[1].fault).startswith(fault)


def test_undecodable_bytes_cost_one_jsonl_line() -> None:
    good = json.dumps({"text": "Été"}, ensure_ascii=False).encode() + b"\n"
    assert outcomes(read_jsonl(good + b'{"text": "\xff"}\n' + good)) == ["Été", "!", "Été"]


def test_parquet_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": ["One", None], "n": [1, 2]}), path)
    expected = [Row(1, {"text": "One", "n": 1}), Row(2, {"text": None, "n": 2})]
    assert list(parquet_rows(path, "x")) == expected
    assert list(parquet_rows(io.BytesIO(path.read_bytes()), "x")) == expected


@pytest.mark.parametrize("text_twice", [True, False])
def test_parquet_with_two_columns_of_one_name_is_refused(tmp_path: Path, text_twice: bool) -> None:
    names = ["text", "text"] if text_twice else ["text", "n", "n"]
    pq.write_table(pa.table([["One."]] * len(names), names=names), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=f"two columns called '{names[-1]}'") as caught:
        list(parquet_rows(tmp_path / "x.parquet", "x"))
    assert caught.value.hint


def test_dataset_that_is_damaged_further_on_is_said(tmp_path: Path) -> None:
    Dataset.from_dict({"text": [f"Text {number}." for number in range(3000)]}).save_to_disk(tmp_path)
    file = next(tmp_path.glob("*.arrow"))
    data = file.read_bytes()
    at = 2000  # among the offsets of the texts, which are looked at when a row is
    file.write_bytes(data[:at] + b"\xff" * 40 + data[at + 40 :])
    with pytest.raises(InputError, match="cannot be loaded as a dataset") as caught:
        list(dataset_rows(tmp_path))
    assert caught.value.hint


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "overwritten"])
def test_damaged_parquet_is_said(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": [f"text {number}" for number in range(2000)]}), path)
    data = path.read_bytes()
    broken = {"empty": b"", "text": b"text\n", "cut": data[:-5], "overwritten": b"PAR1" + b"\xff" * 400 + data[404:]}
    path.write_bytes(broken[damage])
    with pytest.raises(InputError, match="not a readable Parquet file"):
        list(parquet_rows(path, "x"))


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", " \n\n"])
def test_jsonl_without_anything_in_it_has_no_rows(text: str) -> None:
    assert read_jsonl(text) == []
