"""Cuts a document to its sentences: structure first, then the sentences of the running text."""

from __future__ import annotations

from toolkit.corpus import boundaries, structure
from toolkit.corpus.paragraphs import trim
from toolkit.records import Document, Kind, Sentence


def sentences(document: Document, *, all_units: bool = False) -> list[Sentence]:
    """The sentences of a document, in order, each with its exact place in the text.

    Args:
        document: A text, split as its ``unit`` says: into sentences, or taken whole as one row.
        all_units: Also give headings, captions and all else that is no sentence, with their ``kind``.

    Returns:
        Non-empty, trimmed, non-overlapping spans with ``document.text[start:end] == text``.
    """
    text = document.text
    if document.unit == "row":
        start, end = trim(text, 0, len(text))
        return [_unit(document, start, end)] if start < end else []
    units = []
    blocks = structure.blocks(text, format=document.format)
    notes = any(block.kind == "footnote" for block in blocks)
    for block in blocks:
        if block.kind == "sentence":
            for start, end in boundaries.spans(text[block.start : block.end], notes=notes):
                units.append(_unit(document, block.start + start, block.start + end))
        elif all_units:
            units.append(_unit(document, block.start, block.end, block.kind))
    return units


def _unit(document: Document, start: int, end: int, kind: Kind = "sentence") -> Sentence:
    return Sentence(document.id, start, end, document.text[start:end], kind)
