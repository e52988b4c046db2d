"""brat standoff, which INCEpTION and UIMA readers such as DKPro Core's take too: a .txt and an .ann a document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from toolkit.exchange.bundle import DocumentText, Export
from toolkit.exchange.items import about, slugs
from toolkit.records import Annotation

UNLABELLED = "Unlabelled"
"""The type of a sentence without a label, because the backend abstained or failed."""
ATTRIBUTED = "Attributed"


def write(export: Export, target: Path) -> Sequence[str]:
    """Write ``NAME.txt`` and ``NAME.ann`` for each document, ``annotation.conf``, and what the names stand for."""
    target.mkdir(exist_ok=True)
    documents = export.documents()
    types = slugs([*export.names, UNLABELLED], fallback="label")
    files = slugs([document.id for document in documents], fallback="document")
    for document in documents:
        # Bytes, so that a carriage return stays one and the offsets fit on every system.
        (target / f"{files[document.id]}.txt").write_bytes(document.text.encode("utf-8", "replace"))
        lines = "".join(f"{line}\n" for line in _lines(document, types))
        (target / f"{files[document.id]}.ann").write_bytes(lines.encode("utf-8", "replace"))
    (target / "annotation.conf").write_text(_config(list(types.values())), encoding="utf-8")
    names = {
        "documents": {files[document.id]: {"id": document.id, "faithful": document.faithful} for document in documents},
        "types": {slug: name for name, slug in types.items()},
    }
    text = json.dumps(names, indent=2, ensure_ascii=False)
    (target / "names.json").write_bytes(text.encode("utf-8", "replace") + b"\n")
    return ()


def _lines(document: DocumentText, types: Mapping[str, str]) -> Iterator[str]:
    """Text-bound annotations, the flag as an attribute, and the rest as a note in JSON."""
    flags = 0
    for number, annotation in enumerate(document.annotations, start=1):
        kind = types[UNLABELLED if annotation.label is None else annotation.label]
        parts = list(_fragments(annotation))
        place = ";".join(f"{start} {end}" for start, end in parts)
        text = " ".join(document.text[start:end] for start, end in parts)
        yield f"T{number}\t{kind} {place}\t{text}"
        if annotation.attributed:
            flags += 1
            yield f"A{flags}\t{ATTRIBUTED} T{number}"
        facts = {name: value for name, value in about(annotation).items() if name not in ("start", "end", "doc_id")}
        yield f"#{number}\tAnnotatorNotes T{number}\t{json.dumps(facts, ensure_ascii=True)}"


def _fragments(annotation: Annotation) -> Iterator[tuple[int, int]]:
    """A span without the ends of lines in it, which brat cannot annotate across."""
    at = annotation.sentence.start
    for part in annotation.sentence.text.split("\n"):
        if part:
            yield at, at + len(part)
        at += len(part) + 1


def _config(types: Sequence[str]) -> str:
    entities = "\n".join(types)
    return f"[entities]\n{entities}\n\n[relations]\n\n[events]\n\n[attributes]\n{ATTRIBUTED}\tArg:<ENTITY>\n"
