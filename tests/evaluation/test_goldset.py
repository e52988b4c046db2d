from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from toolkit.errors import InputError
from toolkit.evaluation.goldset import GoldRow, load_gold
from toolkit.labels import load_labels

CLAIMS = load_labels()
ROW = {"id": "a", "doc": "d", "text": "One.", "label": "opinion", "attributed": True, "genre": "news"}
GOOD = json.dumps(ROW)


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(path: Path) -> list[GoldRow]:
    return list(load_gold(path, CLAIMS).rows)


def test_a_row(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "g.jsonl", GOOD)) == [GoldRow("a", "d", "One.", "opinion", True, {"genre": "news"})]


@pytest.mark.parametrize("split", ["dev", "test"])
def test_a_folder_has_splits(tmp_path: Path, split: str) -> None:
    for name in ("dev", "test"):
        write(tmp_path / "mine" / f"{name}.jsonl", GOOD.replace('"a"', f'"{name}"'))
    gold = load_gold(tmp_path / "mine", CLAIMS, split=split)
    assert (gold.name, gold.split, gold.rows[0].id) == ("mine", split, split)


def test_a_file_goes_by_its_name(tmp_path: Path) -> None:
    gold = load_gold(write(tmp_path / "mine.jsonl", GOOD), CLAIMS)
    assert (gold.name, gold.split) == ("mine", "")
    assert gold.digest == hashlib.sha256(GOOD.encode()).hexdigest()


def test_the_folder_above_has_a_name_too(tmp_path: Path) -> None:
    write(tmp_path / "mine" / "test.jsonl", GOOD)
    (tmp_path / "mine" / "configs").mkdir()
    assert load_gold(tmp_path / "mine" / "configs" / "..", CLAIMS).name == "mine"


@pytest.mark.parametrize(("doc", "name"), [({}, "7"), ({"doc": None}, "7"), ({"doc": ""}, "7"), ({"doc": 0}, "0")])
def test_a_sentence_without_a_document_is_its_own(tmp_path: Path, doc: dict[str, object], name: str) -> None:
    line = json.dumps({"id": 7, "text": "One.", "label": "opinion", **doc})
    assert rows(write(tmp_path / "g.jsonl", line))[0].doc == name


def test_an_id_may_be_nought(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "g.jsonl", GOOD.replace('"a"', "0")))[0].id == "0"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\u00a0"])
def test_only_a_newline_ends_a_line(tmp_path: Path, separator: str) -> None:
    text = f"One{separator}two."
    line = json.dumps({**ROW, "text": text}, ensure_ascii=False)
    assert rows(write(tmp_path / "g.jsonl", line))[0].text == text


@pytest.mark.parametrize("whole", [f"\ufeff{GOOD}\n", f"\n{GOOD}\r\n\r\n", f"  {GOOD}  "])
def test_what_editors_leave_does_not_matter(tmp_path: Path, whole: str) -> None:
    assert [row.id for row in rows(write(tmp_path / "g.jsonl", whole))] == ["a"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (GOOD, "line 3: the id 'a' occurs twice"),
        ('{"id": "b"', "line 3: not valid JSON"),
        ("[1]", "line 3: not a JSON object"),
        ("3", "line 3: not a JSON object"),
        ('{"text": "One.", "label": "opinion"}', "line 3: no id"),
        ('{"id": "b", "label": ""}', "line 3: no text and no label"),
        ('{"id": "b", "text": "  ", "label": "opinion"}', "line 3: no text"),
        ('{"id": "b", "text": 5, "label": "opinion"}', "line 3: text is 5"),
        ('{"id": "b", "text": "One.", "label": "joke"}', "line 3: 'joke' is not a label of 'claims'"),
        ('{"id": "b", "text": "One.", "label": ["opinion"]}', "is not a label"),
        ('{"id": "b", "text": "One.", "label": "opinion", "attributed": "no"}', "line 3: attributed is 'no'"),
        (b'{"id": "b\xff"}', "line 3: not valid UTF-8"),
    ],
)
def test_a_fault_names_the_line(tmp_path: Path, line: str | bytes, said: str) -> None:
    data = line if isinstance(line, bytes) else line.encode()
    path = write(tmp_path / "g.jsonl", GOOD.encode() + b"\n\n" + data + b"\n")
    with pytest.raises(InputError) as error:
        rows(path)
    assert said in error.value.message
    assert str(path) in error.value.message


@pytest.mark.parametrize("name", ["none.jsonl", "folder"])
def test_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="does not exist"):
        rows(tmp_path / name)


def test_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is empty"):
        rows(write(tmp_path / "g.jsonl", "\n\n"))
