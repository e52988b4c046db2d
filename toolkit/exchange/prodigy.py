"""Prodigy: JSONL for the ``choice`` interface or for ``spans_manual``, and its output back in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.corpus.write import write_jsonl
from toolkit.exchange.bundle import DocumentText, Export
from toolkit.exchange.given import Given, Span, from_spans, read_json, said, sentence_place, text_of, without_flag
from toolkit.exchange.items import ATTRIBUTED, about, context, document_facts, has_flag, sentences
from toolkit.exchange.select import probability
from toolkit.exchange.tokens import tokens
from toolkit.records import Annotation


def write(export: Export, target: Path) -> Sequence[str]:
    """Write one task a line; ``choice_style`` must be ``multiple`` where the flag is one of the options."""
    if export.unit == "document":
        write_jsonl((_document_task(document) for document in export.documents()), target)
    else:
        options = [{"id": label.name, "text": label.name} for label in export.labels]
        options += [{"id": ATTRIBUTED, "text": ATTRIBUTED}] if export.flag else []
        write_jsonl((_sentence_task(annotation, export, options) for annotation in export.annotations), target)
    return ()


def _sentence_task(annotation: Annotation, export: Export, options: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    accept = [annotation.label] if annotation.label is not None else []
    accept += [ATTRIBUTED] if has_flag(export, annotation) and annotation.attributed else []
    facts = about(annotation)
    meta = {"doc": annotation.sentence.doc_id, "score": probability(annotation), "backend": annotation.backend}
    meta |= context(export, annotation)
    return {"text": annotation.sentence.text, "options": options, "accept": accept, "meta": meta, **facts}


def _document_task(document: DocumentText) -> dict[str, Any]:
    found = document.annotations
    boundaries = [edge for a in found for edge in (a.sentence.start, a.sentence.end)]
    cut = list(tokens(document.text, boundaries))
    first = {token.start: place for place, token in enumerate(cut)}
    last = {token.end: place for place, token in enumerate(cut)}
    spans = [
        {
            "start": a.sentence.start,
            "end": a.sentence.end,
            "token_start": first[a.sentence.start],
            "token_end": last[a.sentence.end],
            "label": a.label,
            "score": probability(a),
            ATTRIBUTED: a.attributed,
        }
        for a in found
        if a.label is not None
    ]
    facts = document_facts(found)
    return {
        "text": document.text,
        "tokens": [
            # Spaces are tokens of their own, so no token is followed by one.
            {"text": token.text, "start": token.start, "end": token.end, "id": place, "ws": False}
            for place, token in enumerate(cut)
        ],
        "spans": spans,
        "meta": {"doc": document.id, "backend": facts["backend"]},
        "doc_id": document.id,
        "faithful": document.faithful,
        **facts,
        "sentences": sentences(found),
    }


def read(path: Path) -> Iterator[Given]:
    """Read what ``prodigy db-out`` wrote: choices, binary decisions, or spans.

    Raises:
        InputError: It is something else.
    """
    for place, task in read_json(path, wanted=("text", "answer"), hint="Run `prodigy db-out DATASET > answers.jsonl`."):
        annotator = str(task.get("_annotator_id") or task.get("_session_id") or "")
        skipped, rejected = task["answer"] == "ignore", task["answer"] == "reject"
        note = str(task.get("user_input") or "")
        if "spans" in task and "options" not in task:
            spans = [
                Span(int(one["start"]), int(one["end"]), str(one["label"]), one.get(ATTRIBUTED))
                for one in task["spans"]
                if task["answer"] == "accept"
            ]
            text = text_of(task, place)
            yield from from_spans(text, task, spans, annotator=annotator, skipped=skipped, rejected=rejected, note=note)
            continue
        chosen = [str(value) for value in task.get("accept") or []]
        binary = "options" not in task and "label" in task
        if binary and rejected:
            note = " ".join(filter(None, [f"[not {task['label']}]", note]))
        labels = [str(task["label"])] if binary else without_flag(chosen)
        told = any(option.get("id") == ATTRIBUTED for option in task.get("options") or [])
        yield Given(
            **sentence_place(task, place),
            **said(labels, skipped=skipped, rejected=rejected, note=note),
            annotator=annotator,
            attributed=ATTRIBUTED in chosen if told and task["answer"] == "accept" else None,
        )
