"""CoNLL-U Plus: one token a line, with the label of its sentence as BIO, and all else in comments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from toolkit.corpus.write import atomic
from toolkit.exchange.bundle import Export
from toolkit.exchange.items import slugs
from toolkit.exchange.tokens import tokens
from toolkit.records import Annotation

COLUMNS = ("ID", "FORM", "MISC", "CLAIMKIT:LABEL")
"""``MISC`` holds the attributes of Universal Dependencies: TokenRange in the document, SpaceAfter=No."""


def write(export: Export, target: Path) -> Sequence[str]:
    """Write the sentences, document by document."""
    tags = slugs(export.names, fallback="label")
    with atomic(target) as handle:
        handle.write(f"# global.columns = {' '.join(COLUMNS)}\n".encode())
        document = None
        for annotation in export.annotations:
            lines = _sentence(annotation, tags[annotation.label] if annotation.label is not None else None)
            if annotation.sentence.doc_id != document:
                document = annotation.sentence.doc_id
                lines = [f"# newdoc id = {_line(document)}", *lines]
            handle.write(("\n".join(lines) + "\n\n").encode("utf-8", "replace"))
    return ()


def _sentence(annotation: Annotation, tag: str | None) -> list[str]:
    facts = {
        "sent_id": annotation.sentence.id,
        "text": annotation.sentence.text,
        "label": annotation.label,
        "probs": dict(annotation.probs),
        "attributed": annotation.attributed,
        "attributed_prob": annotation.attributed_prob,
        "abstained": annotation.abstained,
        "backend": annotation.backend,
        "run": annotation.run,
    }
    told = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in facts.items()
    }
    return [*(f"# {name} = {_line(value)}" for name, value in told.items()), *_tokens(annotation, tag)]


def _tokens(annotation: Annotation, tag: str | None) -> Iterator[str]:
    found = list(tokens(annotation.sentence.text))
    words = [(token, place) for place, token in enumerate(found) if not token.is_space]
    for number, (token, place) in enumerate(words, start=1):
        start = annotation.sentence.start + token.start
        misc = f"TokenRange={start}:{start + len(token.text)}"
        if place + 1 < len(found) and not found[place + 1].is_space:
            misc = f"SpaceAfter=No|{misc}"
        label = "O" if tag is None else f"{'B' if number == 1 else 'I'}-{tag}"
        yield "\t".join((str(number), token.text, misc, label))


def _line(value: str) -> str:
    """Text on one line."""
    return " ".join(value.split())
