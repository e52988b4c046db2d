from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.examples import Example, read_examples
from toolkit.errors import InputError
from toolkit.labels import load_labels
from toolkit.training.config import ClassifierTrainConfig
from toolkit.training.data import Material, Pair, read_material, read_pairs, split_by_document

CLAIMS = load_labels()


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def taught(**changes: float) -> str:
    """A row with a teacher's probabilities."""
    flag = changes.pop("attributed_prob", 0.5)
    probs = dict.fromkeys(CLAIMS.names, 0.0) | {"opinion": 1.0} | changes
    return json.dumps({"text": "One.", "probs": probs, "attributed_prob": flag})


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
        ("a.csv", "words,label\nOne.,opinion\n", "a.csv, line 2: no column 'text' among words, label"),
        ("a.csv", "text\nOne.\n", "a.csv, line 2: no column 'label' among text"),
        ("a.csv", "text;label\nOne.;opinion\n", "a.csv, line 2: no column 'text' among text;label"),
        ("a.jsonl", '{"text": NaN, "label": "opinion"}\n', "a.jsonl, line 1: no text"),
        ("a.jsonl", '{"text": ["One."], "label": "opinion"}\n', "a.jsonl, line 1: no text"),
        ("a.jsonl", taught(opinion=3, rhetoric=-2), "a.jsonl, line 1: probs and attributed_prob are no probabilities"),
        ("a.jsonl", taught(attributed_prob=7), "a.jsonl, line 1: probs and attributed_prob are no probabilities"),
        ("a.jsonl", taught(opinion=0), "a.jsonl, line 1: probs and attributed_prob are no probabilities"),
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


def test_what_no_file_could_hold_is_replaced(tmp_path: Path) -> None:
    row = '{"text": "ab \\ud800 c", "label": "opinion"}'
    assert read_examples([write(tmp_path / "a.jsonl", row)], CLAIMS)[0].text == "ab \ufffd c"


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


LABELLED = "text,label,doc,attributed\n" + "".join(
    f"The {n}. {name} sentence of them all.,{name},d{n % 5},{'true' if n % 2 else ''}\n"
    for n in range(10)
    for name in CLAIMS.names
)


def material(tmp_path: Path, dev: str | None = None, *, data: str = LABELLED, **changes: object) -> Material:
    """What is learned from, of a file of ten sentences for each label in five documents."""
    write(tmp_path / "data.csv", data)
    if dev is not None:
        changes["dev"] = [write(tmp_path / "dev.csv", dev)]
    settings = {"kind": "classifier", "name": "mine", "backbone": {"folder": "."}, "data": [tmp_path / "data.csv"]}
    return read_material(ClassifierTrainConfig.model_validate(settings | changes), CLAIMS)


def test_documents_and_words_of_dev_are_not_learned_from(tmp_path: Path) -> None:
    dev = "text,label,doc\nAnother sentence.,opinion,d1\nTHE 2. opinion sentence – of them all!,opinion,other\n"
    found = material(tmp_path, dev)
    assert len(found.train) == 40 - 8 - 1
    assert "d1" not in {one.doc for one in found.train}
    assert "9 of 40 sentences are left out" in found.notes[0]
    assert "factual_claim, prediction, rhetoric" in found.notes[1]  # dev has opinions alone


def test_without_dev_what_only_a_teacher_labelled_is_kept_apart_too(tmp_path: Path) -> None:
    plain = material(tmp_path)
    probs = json.dumps(dict.fromkeys(CLAIMS.names, 0.25)).replace('"', '""')
    again = "".join(f'{one.text},,,,"{probs}"\n' for one in [*plain.train, *plain.dev])
    found = material(tmp_path, data=LABELLED.replace("\n", ",\n").replace("attributed,", "attributed,probs") + again)
    assert len(found.dev) == len(plain.dev)
    assert len(found.train) == 2 * len(plain.train)


@pytest.mark.parametrize("flag", [True, False])
def test_a_flag_that_no_row_tells_of_is_not_learned(tmp_path: Path, flag: bool) -> None:
    found = material(tmp_path, data=LABELLED if flag else LABELLED.replace("true", ""))
    assert [one.name for one in found.labels.flags] == (["attributed"] if flag else [])
    assert [note for note in found.notes if "attributed" in note] == (
        [] if flag else ["No row says whether it is attributed, so the model will not say it either."]
    )


def test_what_an_earlier_training_knows_may_be_missing(tmp_path: Path) -> None:
    some = "".join(line for line in LABELLED.splitlines(keepends=True) if "rhetoric" not in line).replace("true", "")
    with pytest.raises(InputError, match="Nothing that is trained on is labelled rhetoric"):
        material(tmp_path, data=some)
    found = material(tmp_path, data=some, start=tmp_path)
    assert found.labels == CLAIMS


def test_dev_that_is_all_of_the_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="All of the training data is in dev too"):
        material(tmp_path, LABELLED)


def test_a_test_split_is_not_learned_from(tmp_path: Path) -> None:
    text = "The river was sold to a company from the capital."
    write(tmp_path / "test.jsonl", json.dumps({"id": "t1", "text": text, "label": "factual_claim"}) + "\n")
    with pytest.raises(InputError, match="is in a test split too, as t1"):
        material(tmp_path, data=LABELLED + f"{text.upper()},factual_claim,d1,\n")
