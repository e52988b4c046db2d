"""Label Studio: tasks with predictions, the labelling config, and its JSON export back in.

Offsets of text regions are in code points, which is what Label Studio keeps since its pull request 1559.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from toolkit.exchange.bundle import DocumentText, Export
from toolkit.exchange.given import Given, Span, from_spans, read_json, said, sentence_place, text_of
from toolkit.exchange.items import (
    ATTRIBUTED,
    NOT_ATTRIBUTED,
    about,
    agent,
    context,
    context_parts,
    document_facts,
    has_flag,
    sentences,
    short_id,
    write_json,
)
from toolkit.exchange.select import probability
from toolkit.records import Annotation

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
"""Okabe and Ito's palette, which colour-blind people can tell apart."""


def write(export: Export, target: Path) -> Sequence[str]:
    """Write ``tasks.json`` to import and ``labeling_config.xml`` to paste into the project's settings."""
    tasks = (
        [_document_task(document, export) for document in export.documents()]
        if export.unit == "document"
        else [_sentence_task(annotation, export) for annotation in export.annotations]
    )
    target.mkdir(exist_ok=True)
    write_json(tasks, target / "tasks.json")
    (target / "labeling_config.xml").write_text(config(export), encoding="utf-8")
    return ()


def config(export: Export) -> str:
    """The labelling interface: the label, the flag where there is one, and a note."""
    view = Xml.Element("View")
    if export.unit == "document":
        labels = Xml.SubElement(view, "Labels", name="label", toName="text")
        for place, label in enumerate(export.labels):
            Xml.SubElement(
                labels, "Label", value=label.name, hint=label.definition, background=COLOURS[place % len(COLOURS)]
            )
        Xml.SubElement(view, "Text", name="text", value="$text", granularity="word")
    else:
        shown = context_parts(export)
        _around(view, [name for name in ("title", "before") if name in shown])
        sentence = Xml.SubElement(view, "View", style="margin: 0.8em 0") if shown else view
        Xml.SubElement(sentence, "Text", name="text", value="$text")
        _around(view, [name for name in ("after",) if name in shown])
        choices = Xml.SubElement(view, "Choices", name="label", toName="text", choice="single", required="true")
        for label in export.labels:
            Xml.SubElement(choices, "Choice", value=label.name, hint=label.definition)
    if export.flag:
        region = {"perRegion": "true"} if export.unit == "document" else {}
        flag = Xml.SubElement(
            view, "Choices", {"name": ATTRIBUTED, "toName": "text", "choice": "single", "showInline": "true"} | region
        )
        for value in (ATTRIBUTED, NOT_ATTRIBUTED):
            Xml.SubElement(flag, "Choice", value=value)
    Xml.SubElement(view, "TextArea", name="note", toName="text", rows="2", placeholder="Note")
    Xml.indent(view)
    return Xml.tostring(view, encoding="unicode") + "\n"


def _around(view: Xml.Element, names: Sequence[str]) -> None:
    """Text that is read and not labelled, paler than the sentence."""
    for name in names:
        Xml.SubElement(Xml.SubElement(view, "View", style="opacity: 0.6"), "Text", name=name, value=f"${name}")


def _sentence_task(annotation: Annotation, export: Export) -> dict[str, Any]:
    result = []
    if annotation.label is not None:
        result.append(_choice(annotation, "label", annotation.label))
    if has_flag(export, annotation):
        result.append(_choice(annotation, ATTRIBUTED, ATTRIBUTED if annotation.attributed else NOT_ATTRIBUTED))
    # Every task has each part of the context that the config shows: Label Studio refuses one that lacks it.
    around = dict.fromkeys(context_parts(export), "") | context(export, annotation)
    task: dict[str, Any] = {"data": {"text": annotation.sentence.text, **around, **about(annotation)}}
    if result:
        task["predictions"] = [_prediction(result, annotation, probability(annotation))]
    return task


def _document_task(document: DocumentText, export: Export) -> dict[str, Any]:
    result: list[dict[str, Any]] = []
    for annotation in document.annotations:
        if annotation.label is None:
            continue
        sentence = annotation.sentence
        place = {"start": sentence.start, "end": sentence.end, "text": sentence.text}
        region = {"id": short_id(sentence.id), "to_name": "text"}
        score = probability(annotation)
        result.append(
            region
            | {"from_name": "label", "type": "labels", "value": place | {"labels": [annotation.label]}}
            | ({} if score is None else {"score": score})
        )
        if has_flag(export, annotation):
            said = ATTRIBUTED if annotation.attributed else NOT_ATTRIBUTED
            result.append(region | {"from_name": ATTRIBUTED, "type": "choices", "value": place | {"choices": [said]}})
    data = {
        "text": document.text,
        "doc_id": document.id,
        "faithful": document.faithful,
        **document_facts(document.annotations),
        "sentences": sentences(document.annotations),
    }
    scores = [score for a in document.annotations if (score := probability(a)) is not None]
    mean = sum(scores) / len(scores) if scores else None
    return {"data": data, "predictions": [_prediction(result, document.annotations[0], mean)]}


def _choice(annotation: Annotation, name: str, value: str) -> dict[str, Any]:
    return {
        "id": short_id(annotation.sentence.id, name),
        "from_name": name,
        "to_name": "text",
        "type": "choices",
        "value": {"choices": [value]},
    }


def _prediction(result: Sequence[Any], annotation: Annotation, score: float | None) -> dict[str, Any]:
    return {"model_version": agent(annotation), "result": result} | ({} if score is None else {"score": score})


def read(path: Path) -> Iterator[Given]:
    """Read what annotators answered: the export of a project as JSON.

    Raises:
        InputError: It is something else, such as JSON-MIN.
    """
    hint = "In Label Studio choose Export, then JSON (not JSON-MIN)."
    for place, task in read_json(path, wanted=("data", "annotations"), hint=hint):
        data = task["data"]
        for annotation in task["annotations"]:
            annotator = _annotator(annotation.get("completed_by"))
            skipped = bool(annotation.get("was_cancelled"))
            result = annotation.get("result") or []
            note = " ".join(text for one in result if one.get("type") == "textarea" for text in one["value"]["text"])
            if "sentences" in data:
                spans = [] if skipped else _spans(result)
                yield from from_spans(
                    text_of(data, place), data, spans, annotator=annotator, skipped=skipped, note=note
                )
            else:
                yield Given(
                    **sentence_place(data, place),
                    **said(_chosen(result, "label"), skipped=skipped, note=note),
                    annotator=annotator,
                    attributed=None if skipped else _flag(_chosen(result, ATTRIBUTED)),
                )


def _annotator(completed: Any) -> str:
    if isinstance(completed, Mapping):
        return str(completed.get("email") or completed.get("id") or "")
    return "" if completed is None else str(completed)


def _chosen(result: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [str(value) for one in result if one.get("from_name") == name for value in one["value"].get("choices", [])]


def _spans(result: Sequence[Mapping[str, Any]]) -> list[Span]:
    flags = {one["id"]: _flag(one["value"].get("choices", [])) for one in result if one.get("from_name") == ATTRIBUTED}
    return [
        Span(int(one["value"]["start"]), int(one["value"]["end"]), str(label), flags.get(one.get("id")))
        for one in result
        if one.get("type") == "labels"
        for label in one["value"].get("labels", [])
    ]


def _flag(chosen: Sequence[str]) -> bool | None:
    return {ATTRIBUTED: True, NOT_ATTRIBUTED: False}.get(chosen[0]) if len(chosen) == 1 else None
