"""doccano: JSONL for text classification or sequence labelling, and its export back in.

Without its grapheme mode doccano counts what JavaScript counts, UTF-16 code units, so spans are written and read so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from toolkit.corpus.write import write_jsonl
from toolkit.errors import InputError
from toolkit.exchange.bundle import DocumentText, Export
from toolkit.exchange.given import Given, Span, from_spans, read_json, said, sentence_place, text_of, without_flag
from toolkit.exchange.items import ATTRIBUTED, Utf16, about, context, context_parts, document_facts, has_flag, sentences
from toolkit.records import Annotation

HINT = "In doccano choose Export dataset, then JSONL."


def write(export: Export, target: Path) -> Sequence[str]:
    """Write one example a line; whatever is not text or label becomes metadata of the example."""
    if export.unit == "document":
        write_jsonl((_document(document) for document in export.documents()), target)
    else:
        parts = context_parts(export)
        write_jsonl((_sentence(annotation, export, parts) for annotation in export.annotations), target)
    return ()


def _sentence(annotation: Annotation, export: Export, parts: Sequence[str]) -> dict[str, Any]:
    labels = [annotation.label] if annotation.label is not None else []
    labels += [ATTRIBUTED] if has_flag(export, annotation) and annotation.attributed else []
    said = about(annotation)
    place = {name: said.pop(name) for name in ("row_id", "doc_id", "start", "end")}
    around = dict.fromkeys(parts, "") | context(export, annotation)
    # doccano makes a table of the lines. Where one lacks a value there, or a number is null, it refuses them all; what
    # is inside of a value it leaves as it is.
    known = {**around, **place, "flag": export.flag, "model": said}
    return {"text": annotation.sentence.text, "label": labels, **known}


def _document(document: DocumentText) -> dict[str, Any]:
    units = Utf16(document.text).units
    spans = [
        [units(a.sentence.start), units(a.sentence.end), a.label] for a in document.annotations if a.label is not None
    ]
    return {
        "text": document.text,
        "label": spans,
        "doc_id": document.id,
        "faithful": document.faithful,
        **document_facts(document.annotations),
        "sentences": sentences(document.annotations),
    }


def read(path: Path) -> Iterator[Given]:
    """Read an export. doccano puts each annotator in a file of their own, whose name is the annotator's.

    Raises:
        InputError: It is something else.
    """
    for place, example in read_json(path, wanted=("text",), hint=HINT):
        text = text_of(example, place)
        given = example.get("label", example.get("entities"))
        if not isinstance(given, list):
            raise InputError(f"{place}: no list of labels.", hint=HINT)
        note = " ".join(map(str, example.get("Comments") or []))
        if "sentences" in example or any(not isinstance(one, str) for one in given):
            spans = [_span(one, Utf16(text), place) for one in given]
            yield from from_spans(text, example, spans, annotator="", skipped=not spans, note=note)
            continue
        labels = without_flag(given)
        yield Given(
            **sentence_place({**example, "id": example.get("row_id") or f"doccano-{example.get('id', '')}"}, place),
            **said(labels, note=note),
            annotator="",
            attributed=ATTRIBUTED in given if labels and example.get("flag") else None,
        )


def _span(one: Any, text: Utf16, place: str) -> Span:
    """A span as ``[start, end, label]`` or, in projects with relations, as an object."""
    try:
        start, end, label = (one["start_offset"], one["end_offset"], one["label"]) if isinstance(one, dict) else one
        return Span(text.points(int(start)), text.points(int(end)), str(label))
    except (TypeError, ValueError, KeyError):
        raise InputError(f"{place}: {one!r} is no span.", hint=HINT) from None
