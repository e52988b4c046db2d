from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.examples import Example, read_examples
from toolkit.errors import InputError
from toolkit.labels import load_labels
from toolkit.training.data import Pair, read_pairs, split_by_document

CLAIMS = load_labels()


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "text,label,attributed,doc\nOne.,opinion,true,d\n"),
        ("a.CSV", "doc,label,attributed,text,more\nd,opinion,1,One.,x\n"),
        ("a.csv", "\ufefftext,label,attributed,doc\r\n\r\n One. ,opinion,Yes,d\r\n"),
        ("a.jsonl", '{"text": "One.", "label": "opinion", "attributed": true, "doc": "d"}\n\n'),
    ],
)
def test_a_row(tmp_path: Path, name: str, text: str) -> None:
    assert read_examples([write(tmp_path / name, text)], CLAIMS) == [Example("One.", "opinion", True, "d")]


@pytest.mark.parametrize("text", ["text,label\nOne.,opinion\n", "text,label,attributed\nOne.,opinion,\n"])
def test_attributed_may_be_left_out(tmp_path: Path, text: str) -> None:
    assert read_examples([write(tmp_path / "a.csv", text)], CLAIMS)[0].attributed is None


def test_a_sentence_without_a_document_keeps_its_repetitions_with_it(tmp_path: Path) -> None:
    one, two, three = read_examples(
        [write(tmp_path / "a.csv", "text,label\nA.,opinion\nB.,opinion\nA.,opinion\n")], CLAIMS
    )
    assert one.doc == three.doc != two.doc


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "text,label\nOne.,opinion\nTwo.,joke\n", "a.csv, line 3: 'joke' is not a label of 'claims'"),
        ("a.csv", 'text,label\n"One\ntwo.",opinion\n,opinion\n', "a.csv, line 4: no text"),
        ("a.csv", "words,label\nOne.,opinion\n", "a.csv, line 2: no text"),
        ("a.csv", "text\nOne.\n", "a.csv, line 2: None is not a label"),
        ("a.csv", "text,label,attributed\nOne.,opinion,maybe\n", "a.csv, line 2: attributed is 'maybe'"),
        ("a.csv", "text,label\n", "a.csv: no rows"),
        ("a.csv", b"text,label\n\xff,opinion\n", "a.csv cannot be read"),
        ("a.jsonl", '{"text": "One.", "label": "opinion"}\n{"text"\n', "a.jsonl, line 2: not valid JSON"),
        ("a.jsonl", "[1]\n", "a.jsonl, line 1: not a JSON object"),
        ("a.jsonl", '{"text": "One.", "label": ["opinion"]}\n', "a.jsonl, line 1: ['opinion'] is not a label"),
        ("a.jsonl", "", "a.jsonl: no rows"),
    ],
)
def test_a_fault_names_the_line(tmp_path: Path, name: str, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError) as error:
        read_examples([write(tmp_path / name, text)], CLAIMS)
    assert said in error.value.message


def test_a_long_field_is_read(tmp_path: Path) -> None:
    text = "x" * 200_000
    assert read_examples([write(tmp_path / "a.csv", f"text,label\n{text},opinion\n")], CLAIMS)[0].text == text


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_examples([tmp_path / "none.csv"], CLAIMS)


@pytest.mark.parametrize(
    ("label", "entailed"),
    [("entailment", True), ("neutral", False), ("contradiction", False), ("not_entailment", False)],
)
def test_a_pair(tmp_path: Path, label: str, entailed: bool) -> None:
    line = json.dumps({"premise": "A.", "hypothesis": "B.", "label": label})
    assert read_pairs([write(tmp_path / "p.jsonl", line)]) == [Pair("A.", "B.", entailed)]


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ({"premise": "A.", "label": "neutral"}, "line 1: a pair needs premise, hypothesis and label"),
        ({"premise": "A.", "hypothesis": "B.", "label": "ENTAILMENT"}, "line 1: 'ENTAILMENT' is not a label"),
        ({"premise": "A.", "hypothesis": "B.", "label": 1}, "line 1: 1 is not a label"),
    ],
)
def test_a_pair_that_cannot_be_used(tmp_path: Path, pair: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_pairs([write(tmp_path / "p.jsonl", json.dumps(pair))])


@given(
    st.lists(st.integers(0, 9), min_size=2).filter(lambda docs: len(set(docs)) > 1),
    st.floats(0.01, 0.49),
    st.integers(),
)
def test_a_document_is_on_one_side_only(docs: list[int], share: float, seed: int) -> None:
    examples = [Example(str(i), "opinion", None, str(doc)) for i, doc in enumerate(docs)]
    train, dev = split_by_document(examples, share, seed)
    assert train
    assert dev
    assert not {one.doc for one in train} & {one.doc for one in dev}
    assert sorted(train + dev) == sorted(examples)


def test_the_split_depends_on_the_seed_alone() -> None:
    examples = [Example(str(i), "opinion", None, str(i)) for i in range(40)]
    splits = [split_by_document(list(order), 0.3, seed)[1] for order in (examples, examples) for seed in (1, 2)]
    assert splits[0] == splits[2] != splits[1]


def test_a_single_document_cannot_be_split() -> None:
    with pytest.raises(InputError, match="only one document"):
        split_by_document([Example("a", "opinion", None, "d"), Example("b", "opinion", None, "d")], 0.1, 0)
