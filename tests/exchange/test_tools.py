"""Exports are what the tools take: real packages where they are light, their documented format where not."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock
from xml.etree import ElementTree as Xml

import pytest
from exchange.exchanging import NAMES, annotation, bundle, documents, rows
from hypothesis import given, settings

from toolkit.exchange import argilla, brat, conll, doccano, label_studio, prodigy, spacy
from toolkit.records import Annotation

TEXT = "Heading\n\nPrices will fall. What now?\n\nSo it goes."
MINE = [
    annotation("Prices will fall.", start=9, attributed=True),
    annotation("What now?", start=27, label=None),
    annotation("So it goes.", start=38, label="rhetoric"),
]
DOCUMENT = {"a.txt": TEXT}


@pytest.fixture(scope="module")
def rg() -> Iterator[Any]:
    """Argilla with a client that reaches no server; its own models use what pydantic has deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        argilla_itself = pytest.importorskip("argilla")
    argilla_itself.Argilla._default_client = MagicMock()
    yield argilla_itself
    argilla_itself.Argilla._default_client = None


@pytest.mark.parametrize("unit", ["sentence", "document"])
def test_argilla_reads_settings_and_records(tmp_path: Path, rg: Any, unit: str) -> None:
    from argilla._models import DatasetModel

    argilla.write(bundle(MINE, unit, texts=DOCUMENT), tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rg.Settings.from_json(tmp_path / ".argilla" / "settings.json")
        found.validate()
        records = [rg.Record.from_dict(one) for one in json.loads((tmp_path / "records.json").read_text())]
        models = [record.api_model() for record in records]
        DatasetModel(**json.loads((tmp_path / ".argilla" / "dataset.json").read_text()))
    assert found.questions["label"].labels == list(NAMES)
    if unit == "sentence":
        assert found.questions["attributed"].labels == ["attributed", "not attributed"]
        assert [one.suggestions["label"].value for one in (records[0], records[2])] == ["prediction", "rhetoric"]
        assert records[0].suggestions["label"].score == 0.7
        assert "label" not in records[1].suggestions.to_dict()
        assert [model.external_id for model in models] == [a.sentence.id for a in MINE]
    else:
        spans = records[0].suggestions["label"].value
        assert [TEXT[one["start"] : one["end"]] for one in spans] == ["Prices will fall.", "So it goes."]


@settings(max_examples=30, deadline=None)
@given(documents())
def test_spacy_has_every_sentence_as_a_span(made: tuple[str, list[Annotation]]) -> None:
    loaded = pytest.importorskip("spacy")
    text, annotations = made
    with tempfile.TemporaryDirectory() as folder:
        spacy.write(bundle(annotations, "document", texts={"a.txt": text}), Path(folder) / "out.spacy")
        (doc,) = loaded.tokens.DocBin().from_disk(Path(folder) / "out.spacy").get_docs(loaded.blank("xx").vocab)
    assert doc.text == text
    assert doc.user_data["claimkit"]["faithful"] is True
    spans = [*doc.spans["sc"], *doc.spans["unlabelled"]]
    assert sorted((one.start_char, one.end_char, one.label_) for one in spans) == sorted(
        (a.sentence.start, a.sentence.end, a.label or "") for a in annotations
    )
    labelled = [a for a in annotations if a.label is not None]
    assert list(doc.spans["sc"].attrs["scores"]) == [0.7] * len(labelled)
    assert [one["attributed_prob"] for one in doc.spans["sc"].attrs["claimkit"]] == [
        a.attributed_prob for a in labelled
    ]
    starts = {sentence.start_char for sentence in doc.sents}
    assert {a.sentence.start for a in annotations} <= starts


def test_spacy_sentences_have_categories(tmp_path: Path) -> None:
    loaded = pytest.importorskip("spacy")
    spacy.write(bundle(MINE), tmp_path / "out.spacy")
    docs = list(loaded.tokens.DocBin().from_disk(tmp_path / "out.spacy").get_docs(loaded.blank("xx").vocab))
    assert [doc.text for doc in docs] == [a.sentence.text for a in MINE]
    assert docs[0].cats == {name: float(name == "prediction") for name in NAMES} | {"attributed": 1.0}
    assert docs[1].cats == {"attributed": 0.0}
    assert docs[1].user_data["claimkit"]["abstained"] is True


@settings(max_examples=30, deadline=None)
@given(documents())
def test_conll_is_read_by_conllu(made: tuple[str, list[Annotation]]) -> None:
    conllu = pytest.importorskip("conllu")
    text, annotations = made
    with tempfile.TemporaryDirectory() as folder:
        conll.write(bundle(annotations), Path(folder) / "out")
        found = conllu.parse((Path(folder) / "out").read_text(encoding="utf-8"))
    assert len(found) == len(annotations)
    for sentence, a in zip(found, annotations, strict=True):
        assert sentence.metadata["sent_id"] == a.sentence.id
        assert sentence.metadata["label"] == (a.label or "null")
        ranges = [tuple(map(int, token["misc"]["TokenRange"].split(":"))) for token in sentence]
        assert [text[start:end] for start, end in ranges] == [token["form"] for token in sentence]
        assert "".join(token["form"] for token in sentence) == "".join(a.sentence.text.split())
        tags = [token["claimkit:label"] for token in sentence]
        assert tags == (["O"] * len(tags) if a.label is None else [f"B-{a.label}"] + [f"I-{a.label}"] * (len(tags) - 1))


@settings(max_examples=30, deadline=None)
@given(documents())
def test_brat_keeps_to_its_standoff_format(made: tuple[str, list[Annotation]]) -> None:
    text, annotations = made
    with tempfile.TemporaryDirectory() as folder:
        brat.write(bundle(annotations, "document", texts={"a.txt": text}), Path(folder))
        assert (Path(folder) / "a_txt.txt").read_bytes().decode() == text
        lines = (Path(folder) / "a_txt.ann").read_bytes().decode().split("\n")[:-1]
    spans, flags, notes = {}, set(), {}
    for line in lines:
        name, what, *rest = line.split("\t", 2)
        if name[0] == "T":
            kind, place = what.split(" ", 1)
            parts = [tuple(map(int, part.split())) for part in place.split(";")]
            assert " ".join(text[start:end] for start, end in parts) == rest[0]
            assert "\n" not in rest[0]
            spans[name] = (parts[0][0], parts[-1][1], kind)
        elif name[0] == "A":
            flags.add(what.split()[1])
        else:
            notes[what.split()[1]] = json.loads(rest[0])
    assert [spans[f"T{i}"] for i in range(1, len(spans) + 1)] == [
        (a.sentence.start, a.sentence.end, a.label or "Unlabelled") for a in annotations
    ]
    assert flags == {f"T{i}" for i, a in enumerate(annotations, start=1) if a.attributed}
    assert [notes[f"T{i}"]["row_id"] for i in range(1, len(spans) + 1)] == [a.sentence.id for a in annotations]


SPAN = {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}, {"type": "string"}], "minItems": 3}
DOCCANO = {
    "sentence": {"required": ["text", "label"], "properties": {"label": {"items": {"type": "string", "minLength": 1}}}},
    "document": {"required": ["text", "label"], "properties": {"label": {"items": SPAN}}},
}
PRODIGY_TOKEN = {"required": ["text", "start", "end", "id", "ws"]}
PRODIGY = {
    "sentence": {
        "required": ["text", "options", "accept", "meta"],
        "properties": {"options": {"items": {"required": ["id", "text"]}}, "accept": {"items": {"type": "string"}}},
    },
    "document": {
        "required": ["text", "tokens", "spans"],
        "properties": {
            "tokens": {"items": PRODIGY_TOKEN},
            "spans": {"items": {"required": ["start", "end", "token_start", "token_end", "label"]}},
        },
    },
}


@pytest.mark.parametrize("unit", ["sentence", "document"])
@pytest.mark.parametrize(("tool", "schemas"), [(doccano, DOCCANO), (prodigy, PRODIGY)])
def test_items_have_the_documented_form(tmp_path: Path, tool: Any, schemas: dict[str, Any], unit: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    tool.write(bundle(MINE, unit, texts=DOCUMENT), tmp_path / "out.jsonl")
    for item in rows(tmp_path / "out.jsonl"):
        jsonschema.validate(item, {"type": "object"} | schemas[unit])


def test_doccano_counts_code_units(tmp_path: Path) -> None:
    text = "🙂 So it goes."
    doccano.write(bundle([annotation("So it goes.", start=2)], "document", texts={"a.txt": text}), tmp_path / "out")
    (item,) = rows(tmp_path / "out")
    assert item["label"] == [[3, 14, "prediction"]]


def test_prodigy_tokens_end_where_spans_do(tmp_path: Path) -> None:
    joined = [annotation("One.", start=0), annotation("Two.", start=4, label="opinion")]
    prodigy.write(bundle(joined, "document", texts={"a.txt": "One.Two."}), tmp_path / "out")
    (item,) = rows(tmp_path / "out")
    assert "".join(token["text"] for token in item["tokens"]) == "One.Two."
    for span in item["spans"]:
        assert item["tokens"][span["token_start"]]["start"] == span["start"]
        assert item["tokens"][span["token_end"]]["end"] == span["end"]


@pytest.mark.parametrize("unit", ["sentence", "document"])
def test_label_studio_results_fit_the_config(tmp_path: Path, unit: str) -> None:
    """What the SDK's validator looks at, and that spans are where they say."""
    label_studio.write(bundle(MINE, unit, texts=DOCUMENT), tmp_path)
    config = (tmp_path / "labeling_config.xml").read_text()
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    controls = {one.get("name"): one for one in Xml.fromstring(config) if one.get("toName")}
    for task in tasks:
        for prediction in task.get("predictions", []):
            assert 0 <= prediction["score"] <= 1
            for one in prediction["result"]:
                control = controls[one["from_name"]]
                assert one["type"] == control.tag.lower()
                assert set(one["value"][one["type"]]) <= {child.get("value") for child in control}
                if unit == "document":
                    value = one["value"]
                    assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
    assert len(tasks) == (3 if unit == "sentence" else 1)


@pytest.mark.parametrize("unit", ["sentence", "document"])
def test_label_studio_itself_finds_nothing_wrong(tmp_path: Path, unit: str) -> None:
    sdk = pytest.importorskip("label_studio_sdk.label_interface", reason="no SDK of Label Studio: make setup")
    label_studio.write(bundle(MINE, unit, texts=DOCUMENT), tmp_path)
    interface = sdk.LabelInterface((tmp_path / "labeling_config.xml").read_text())
    interface.validate()
    for task in json.loads((tmp_path / "tasks.json").read_text()):
        for prediction in task.get("predictions", []):
            assert interface.validate_prediction(prediction, return_errors=True) == []
            prediction["result"][0]["from_name"] = "elsewhere"
            assert interface.validate_prediction(prediction, return_errors=True)


def test_labels_with_any_name_are_escaped_and_told_apart(tmp_path: Path) -> None:
    from toolkit.exchange.page import LabelView

    labels = [LabelView("what? & <so>", 'say "it"'), LabelView("what! & <so>", "")]
    mine = [annotation(label=None)]
    label_studio.write(bundle(mine, labels=labels), tmp_path)
    found = Xml.parse(tmp_path / "labeling_config.xml").iter("Choice")
    assert [one.get("value") for one in found][:2] == ["what? & <so>", "what! & <so>"]
    brat.write(bundle(mine, "document", labels=labels, texts={"a.txt": "Prices will fall."}), tmp_path)
    types = json.loads((tmp_path / "names.json").read_text())["types"]
    assert sorted(types.values()) == sorted(["what? & <so>", "what! & <so>", "Unlabelled"])
