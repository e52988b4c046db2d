"""Argilla 2: a dataset folder as `argilla.Dataset.from_disk` reads it, and exported records back in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.exchange.bundle import DocumentText, Export
from toolkit.exchange.given import Given, Span, from_spans, read_json, said, sentence_place, text_of
from toolkit.exchange.items import (
    ATTRIBUTED,
    NOT_ATTRIBUTED,
    agent,
    context,
    context_parts,
    has_flag,
    sentences,
    slugs,
    write_json,
)
from toolkit.exchange.page import LabelView
from toolkit.exchange.select import probability
from toolkit.records import Annotation

HINT = "Export with `dataset.records.to_json(PATH)` in Python."


def write(export: Export, target: Path) -> Sequence[str]:
    """Write ``records.json``, ``.argilla/settings.json`` and ``.argilla/dataset.json``."""
    records = (
        [_document_record(document) for document in export.documents()]
        if export.unit == "document"
        else [_sentence_record(annotation, export) for annotation in export.annotations]
    )
    write_json(records, target / "records.json")
    write_json(settings(export), target / ".argilla" / "settings.json")
    write_json({"name": slugs([export.name])[export.name], "status": "draft"}, target / ".argilla" / "dataset.json")
    return ()


def settings(export: Export) -> dict[str, Any]:
    """Fields, questions and metadata of the dataset, as `argilla.Settings.from_json` reads them."""
    options = [{"value": label.name, "text": label.name, "description": label.definition} for label in export.labels]
    if export.unit == "document":
        span = {"type": "span", "field": "text", "allow_overlapping": False, "visible_options": max(3, len(options))}
        questions = [_question("label", span | {"options": options}, "What kind of content is each sentence?")]
        metadata = [_metadata("doc_id", "terms")]
    else:
        questions = [_question("label", _selection(options), "What kind of content does the sentence put forward?")]
        if export.flag:
            flag = [{"value": name, "text": name, "description": None} for name in (ATTRIBUTED, NOT_ATTRIBUTED)]
            title = "Does somebody other than the author say it?"
            questions.append(_question(ATTRIBUTED, _selection(flag), title, required=False))
        metadata = [_metadata("doc_id", "terms"), _metadata("prob", "float"), _metadata("abstained", "terms")]
    questions.append(_question("note", {"type": "text", "use_markdown": False}, "Note", required=False))
    shown = ["text", *context_parts(export)]
    return {
        "guidelines": _guidelines(export.labels),
        "fields": [_field(name) for name in ("title", "before", "text", "after") if name in shown],
        "questions": questions,
        "metadata": metadata,
        "vectors": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "mapping": None,
    }


def _question(name: str, how: Mapping[str, Any], title: str, *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "title": title, "description": None, "required": required, "settings": how}


def _field(name: str) -> dict[str, Any]:
    how = {"type": "text", "use_markdown": False}
    return {"name": name, "title": name, "required": name == "text", "settings": how}


def _selection(options: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    # Argilla wants at least three options to be visible, or the number left open.
    visible = {"visible_options": len(options)} if len(options) >= 3 else {}
    return {"type": "label_selection", "options": options} | visible


def _metadata(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "title": name, "visible_for_annotators": True, "settings": {"type": kind}}


def _guidelines(labels: Sequence[LabelView]) -> str:
    return "\n".join(f"- **{label.name}**: {label.definition}" for label in labels)


def _sentence_record(annotation: Annotation, export: Export) -> dict[str, Any]:
    sentence, prob, who = annotation.sentence, probability(annotation), agent(annotation)
    suggestions: dict[str, Any] = {}
    if annotation.label is not None:
        suggestions["label"] = {"value": annotation.label, "score": prob, "agent": who}
    if has_flag(export, annotation):
        yes = annotation.attributed_prob
        score = yes if annotation.attributed or yes is None else 1 - yes
        said_by = ATTRIBUTED if annotation.attributed else NOT_ATTRIBUTED
        suggestions[ATTRIBUTED] = {"value": said_by, "score": score, "agent": who}
    metadata = {
        "doc_id": sentence.doc_id,
        "start": sentence.start,
        "end": sentence.end,
        "prob": prob,
        "abstained": str(annotation.abstained).lower(),
        "probs": json.dumps(dict(annotation.probs)),
        "backend": annotation.backend,
        "run": annotation.run,
    }
    return _record(sentence.id, {**context(export, annotation), "text": sentence.text}, metadata, suggestions)


def _document_record(document: DocumentText) -> dict[str, Any]:
    labelled = [a for a in document.annotations if a.label is not None]
    spans = [{"start": a.sentence.start, "end": a.sentence.end, "label": a.label} for a in labelled]
    scores = [probability(a) for a in labelled]
    suggestion = {"value": spans, "score": None if None in scores else scores, "agent": agent(document.annotations[0])}
    metadata = {
        "doc_id": document.id,
        "faithful": str(document.faithful).lower(),
        # Values of metadata are single ones, so what has parts is JSON.
        "sentences": json.dumps(sentences(document.annotations), ensure_ascii=False),
        "backend": document.annotations[0].backend,
        "run": document.annotations[0].run,
    }
    return _record(document.id, {"text": document.text}, metadata, {"label": suggestion} if spans else {})


def _record(
    name: str, fields: Mapping[str, str], metadata: Mapping[str, Any], suggestions: Mapping[str, Any]
) -> dict[str, Any]:
    known = {key: value for key, value in metadata.items() if value is not None}
    return {
        "id": name,
        "fields": dict(fields),
        "metadata": known,
        "suggestions": suggestions,
        "responses": {},
        "vectors": {},
    }


def read(path: Path) -> Iterator[Given]:
    """Read exported records: each annotator goes by the id that Argilla has for them.

    Raises:
        InputError: It is something else.
    """
    for place, record in read_json(path, wanted=("fields", "responses"), hint=HINT):
        data = {"row_id": record.get("id"), **(record.get("metadata") or {}), "text": record["fields"].get("text")}
        answers: dict[str, dict[str, Any]] = {}
        for question, responses in (record["responses"] or {}).items():
            for response in responses:
                answers.setdefault(str(response.get("user_id") or ""), {})[question] = response
        for annotator, given in answers.items():
            yield from _given(data, given, annotator, place)


def _given(data: dict[str, Any], given: Mapping[str, Mapping[str, Any]], annotator: str, place: str) -> Iterator[Given]:
    value = {question: response.get("value") for question, response in given.items()}
    skipped = value.get("label") is None or any(r.get("status") in ("discarded", "draft") for r in given.values())
    note = str(value.get("note") or "")
    if "sentences" in data or isinstance(value.get("label"), list):
        own = {**data, "sentences": json.loads(data.get("sentences") or "[]")}
        spans = [Span(int(one["start"]), int(one["end"]), str(one["label"])) for one in value.get("label") or []]
        text = text_of(data, place)
        yield from from_spans(text, own, [] if skipped else spans, annotator=annotator, skipped=skipped, note=note)
        return
    yield Given(
        **sentence_place(data, place),
        **said([] if skipped else [str(value["label"])], skipped=skipped, note=note),
        annotator=annotator,
        attributed=None if skipped else {ATTRIBUTED: True, NOT_ATTRIBUTED: False}.get(str(value.get(ATTRIBUTED))),
    )
