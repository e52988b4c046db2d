"""What the review tools have in common: JSON, offsets in other units, neat names, and the sentences of a document."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from toolkit.corpus.write import atomic, jsonl_line
from toolkit.exchange.bundle import Export
from toolkit.exchange.select import probability
from toolkit.records import Annotation

ATTRIBUTED = "attributed"
NOT_ATTRIBUTED = "not attributed"


def write_json(value: Any, target: Path) -> None:
    """Write a value as JSON, atomically; NaN becomes null."""
    with atomic(target) as handle:
        handle.write(jsonl_line(value).encode("utf-8", "replace"))


def about(annotation: Annotation) -> dict[str, Any]:
    """Everything that was said of a sentence but its text, flat enough for the fields of a tool."""
    sentence = annotation.sentence
    return {
        "row_id": sentence.id,
        "doc_id": sentence.doc_id,
        "start": sentence.start,
        "end": sentence.end,
        "model_label": annotation.label,
        "model_prob": probability(annotation),
        "probs": dict(annotation.probs),
        "model_attributed": annotation.attributed,
        "attributed_prob": annotation.attributed_prob,
        "abstained": annotation.abstained,
        "rationale": annotation.rationale,
        "backend": annotation.backend,
        "run": annotation.run,
        "columns": json.loads(json.dumps(dict(annotation.columns), default=str)),
    }


def context(export: Export, annotation: Annotation) -> dict[str, str]:
    """What stands around a sentence, as far as there is something: ``title``, ``before`` and ``after``."""
    found = export.around.get(annotation.sentence.id)
    parts = {} if found is None else {"title": found.title, "before": found.before, "after": found.after}
    return {name: text.strip() for name, text in parts.items() if text.strip()}


def context_parts(export: Export) -> list[str]:
    """The parts of the context that any sentence has, for tools that want each in every item."""
    found = {name for annotation in export.annotations for name in context(export, annotation)}
    return [name for name in ("title", "before", "after") if name in found]


def sentences(annotations: Iterable[Annotation]) -> list[dict[str, Any]]:
    """The sentences of a document with all that was said of them, offsets in code points."""
    left_out = ("doc_id", "backend", "run", "columns")
    return [{name: value for name, value in about(a).items() if name not in left_out} for a in annotations]


def document_facts(annotations: Sequence[Annotation]) -> dict[str, Any]:
    """What a document knows of its run."""
    return {"backend": annotations[0].backend, "run": annotations[0].run}


def agent(annotation: Annotation) -> str:
    """Who made a suggestion."""
    return f"{annotation.backend} {annotation.run}"


def short_id(*parts: str) -> str:
    """Ten characters that name something, the same at every export."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:10]


class Utf16:
    """Offsets of a text in UTF-16 code units, which is what JavaScript counts.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self._units = [0, *accumulate(2 if ord(character) > 0xFFFF else 1 for character in text)]

    def units(self, offset: int) -> int:
        """Code units before a code point."""
        return self._units[offset]

    def points(self, units: int) -> int:
        """Code points before a code unit; half a pair counts as the whole character before it."""
        return min(bisect_left(self._units, units), len(self._units) - 1)


def slugs(names: Iterable[str], *, fallback: str = "item") -> Mapping[str, str]:
    """Names as identifiers of letters, digits, ``_`` and ``-``, each different even where case does not count."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        slug = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-") or fallback
        slug = slug if not slug[0].isdigit() else f"{fallback}_{slug}"
        if slug.casefold() in taken:
            slug = f"{slug}_{short_id(name)}"
        taken.add(slug.casefold())
        found[name] = slug
    return found


def has_flag(export: Export, annotation: Annotation) -> bool:
    """Whether there is something to suggest for the flag."""
    return export.flag and annotation.attributed is not None
