from __future__ import annotations

import csv
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT

from toolkit.annotate.output import read_rows
from toolkit.corpus.arrow import concatenate, to_table, unify, write_parquet
from toolkit.corpus.write import FIELDS, atomic, jsonl_line, to_row, write_csv, write_jsonl
from toolkit.errors import InputError, OutputError
from toolkit.records import Annotation, Failure, Sentence

LABELS = ("yes", "no")


def annotation(text: str = "It is.", **fields: Any) -> Annotation:
    filled = {"label": "yes", "probs": {"yes": 0.75, "no": 0.25}, "attributed": False, "attributed_prob": 0.1, **fields}
    return Annotation(Sentence("d", 3, 3 + len(text), text), "cues", "f00", **filled)


def test_row_has_the_fields_of_the_record_in_order() -> None:
    row = to_row(annotation())
    assert tuple(row) == FIELDS
    assert row == {
        "id": "d:3-9",
        "doc_id": "d",
        "start": 3,
        "end": 9,
        "text": "It is.",
        "label": "yes",
        "probs": {"yes": 0.75, "no": 0.25},
        "attributed": False,
        "attributed_prob": 0.1,
        "abstained": False,
        "backend": "cues",
        "run": "f00",
        "failure": None,
    }


def test_failure_kind_and_own_columns_in_a_row() -> None:
    failed = Annotation(Sentence("d", 0, 0, ""), "b", "r", failure=Failure("bad_row", "why"), columns={"id": 7, "n": 1})
    row = to_row(failed, kind=True)
    assert (row["failure"], row["probs"], row["label"]) == ({"kind": "bad_row", "message": "why"}, None, None)
    assert list(row)[len(FIELDS) :] == ["kind", "input_id", "n"]


def test_label_sets_are_a_column_where_there_are_any() -> None:
    assert "label_set" not in to_row(annotation())
    assert to_row(annotation(label_set=("yes", "no")))["label_set"] == ["yes", "no"]
    assert to_row(annotation(), label_set=True)["label_set"] is None


def test_clashing_columns_never_overwrite_each_other() -> None:
    row = to_row(annotation(columns={"id": 1, "input_id": 2, "kind": 3, "text": "other"}))
    assert (row["input_input_id"], row["input_id"], row["input_kind"], row["input_text"]) == (1, 2, 3, "other")
    assert row["id"] == "d:3-9"


def test_json_line_is_strict_json() -> None:
    row = {"a": float("nan"), "b": [float("inf"), 1.5], "c": datetime.date(2024, 5, 1), "d": "Été"}
    assert json.loads(jsonl_line(row), parse_constant=pytest.fail) == {
        "a": None,
        "b": [None, 1.5],
        "c": "2024-05-01",
        "d": "Été",
    }
    assert "Été" in jsonl_line(row)


any_text = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(any_text, any_text), min_size=1, max_size=5))
@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, ending: str, given_texts: Any) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    rows = [to_row(annotation(text, columns={"own": own})) for text, own in given_texts]
    if ending == ".jsonl":
        write_jsonl(rows, path)
    elif ending == ".csv":
        write_csv(rows, path, [*FIELDS, "own"])
    else:
        write_parquet(rows, path, LABELS)
    assert list(read_rows(path)) == rows


def test_csv_cells(tmp_path: Path) -> None:
    row = to_row(annotation(label=None, abstained=True, attributed=None, failure=Failure("timeout", "a, b")))
    write_csv([row], tmp_path / "x.csv", FIELDS)
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as handle:
        [cells] = csv.DictReader(handle)
    assert json.loads(cells["probs"]) == {"yes": 0.75, "no": 0.25}
    assert json.loads(cells["failure"]) == {"kind": "timeout", "message": "a, b"}
    assert (cells["abstained"], cells["attributed"], cells["label"]) == ("true", "", "")
    assert list(read_rows(tmp_path / "x.csv")) == [row]


def test_parquet_types_do_not_depend_on_the_rows() -> None:
    failed = to_row(Annotation(Sentence("d", 0, 0, ""), "b", "r", failure=Failure("bad_row", "why")))
    types = dict.fromkeys(FIELDS, pa.string()) | {
        "start": pa.int64(),
        "end": pa.int64(),
        "abstained": pa.bool_(),
        "attributed": pa.bool_(),
        "attributed_prob": pa.float64(),
        "probs": pa.struct({"yes": pa.float64(), "no": pa.float64()}),
        "failure": pa.struct({"kind": pa.string(), "message": pa.string()}),
    }
    for rows in ([failed], [to_row(annotation())], []):
        assert to_table(rows, LABELS).schema == pa.schema(types)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def own(values: list[Any]) -> list[dict[str, Any]]:
    return [to_row(annotation(columns={} if value is ... else {"own": value})) for value in values]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, "a", None], ["1", "a", None]),
        ([{}, {}], ["{}", "{}"]),
        ([[{}]], ["[{}]"]),
        ([{"a": 1}, [2]], ['{"a": 1}', "[2]"]),
        ([1, 2.5], [1.0, 2.5]),
        ([True, 2], ["true", "2"]),
        ([2**53 + 1, 0.5], ["9007199254740993", "0.5"]),
        ([2**70, 1], ["1180591620717411303424", "1"]),
        ([datetime.date(2024, 5, 1), "later"], ["2024-05-01", "later"]),
        ([..., 1], [None, 1]),
        ([nested(30)], [nested(30)]),
        ([nested(31), [1]], ["[" * 31 + "]" * 31, "[1]"]),
        ([nested(60)], ["[" * 60 + "]" * 60]),  # Parquet would write it, and could not read it
        ([nested(500)], ["[" * 500 + "]" * 500]),
    ],
)
def test_own_column_of_one_part(values: list[Any], expected: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    write_parquet(own(values), path, LABELS)
    assert pq.read_table(path)["own"].to_pylist() == expected


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([[1], ["a"]], ["1", "a"]),
        ([[1], [0.5]], [1.0, 0.5]),
        ([[None], [1]], [None, 1]),
        ([[...], ["a"]], [None, "a"]),
        ([[None], [None]], [None, None]),
        ([[2**53 + 1], [0.5], ["a"]], ["9007199254740993", "0.5", "a"]),
        ([[2**53 + 1], [0.5]], ["9007199254740993", "0.5"]),
        ([[True], [1]], ["true", "1"]),
        ([[[]], [["a"]]], [[], ["a"]]),
        ([[{"a": 1}], [{"b": "x"}]], [{"a": 1, "b": None}, {"a": None, "b": "x"}]),
        ([[nested(500)], [[1]]], ["[" * 500 + "]" * 500, "[1]"]),
        ([[{"a": 1}], ["x"]], ['{"a": 1}', "x"]),
        ([[datetime.date(2024, 5, 1)], [datetime.datetime(2024, 5, 1, 2)]], ["2024-05-01", "2024-05-01 02:00:00"]),  # noqa: DTZ001
    ],
)
def test_own_column_whose_type_changes_between_parts(windows: list[list[Any]], expected: Any, tmp_path: Path) -> None:
    parts = [tmp_path / f"part-{index}.parquet" for index in range(len(windows))]
    for part, values in zip(parts, windows, strict=True):
        write_parquet(own(values), part, LABELS)
    concatenate(parts, tmp_path / "all.parquet")
    assert pq.read_table(tmp_path / "all.parquet")["own"].to_pylist() == expected
    assert {pq.read_schema(part) for part in parts} == {unify(parts)}


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet", ""])
@pytest.mark.parametrize("content", [b"nothing of ours\n", b'{"a": 1}\n', b"5\n", b"\xff\xfe"])
def test_what_is_no_annotations_file_is_said(tmp_path: Path, ending: str, content: bytes) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as annotations"):
        list(read_rows(path))


def test_missing_runs_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        list(read_rows(tmp_path / "none.jsonl"))
    with pytest.raises(InputError, match="not a run folder"):
        list(read_rows(tmp_path))


def test_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic(path) as handle:
        handle.writelines(b"half" if number else bytes(1 // number) for number in (1, 0))
    assert [one.name for one in tmp_path.iterdir()] == ["x.txt"]
    assert path.read_text() == "old"


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "x.jsonl", Path("/proc/none/x.jsonl"), tmp_path / ("x" * 300)):
        with pytest.raises(OutputError, match="cannot be written"):
            write_jsonl([], path)


def test_one_file_of_many_parts_has_few_row_groups(tmp_path: Path) -> None:
    parts = [tmp_path / f"{number}.parquet" for number in range(70)]
    for number, part in enumerate(parts):
        pq.write_table(pa.table({"n": range(number * 1000, number * 1000 + 1000)}), part)
    concatenate(parts, tmp_path / "all.parquet")
    assert pq.read_metadata(tmp_path / "all.parquet").num_row_groups == 2
    assert pq.read_table(tmp_path / "all.parquet")["n"].to_pylist() == list(range(70_000))


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace to watch the system calls with")
def test_file_is_on_disk_before_it_has_its_name_and_its_name_before_it_counts(tmp_path: Path) -> None:
    code = "import sys, pathlib; from toolkit.corpus.write import write_jsonl as w; w([{}], pathlib.Path(sys.argv[1]))"
    command = ["strace", "-f", "-y", "-e", "trace=fsync,rename,mkdir", sys.executable, "-c", code]
    traced = subprocess.run(
        [*command, tmp_path / "new" / "a"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    calls = [line.split("]")[-1].strip() for line in traced.stderr.splitlines() if str(tmp_path) in line]
    place = re.escape(str(tmp_path))
    expected = [
        rf"mkdir\(.{place}/new",
        rf"fsync\(\d+<{place}>",
        rf"fsync\(\d+<{place}/new/\.a\.\w+\.tmp>",
        rf"rename\(.{place}/new/\.a\.\w+\.tmp., .{place}/new/a.",
        rf"fsync\(\d+<{place}/new>",
    ]
    assert len(calls) == len(expected), calls
    assert all(re.match(pattern, call) for pattern, call in zip(expected, calls, strict=True)), calls
