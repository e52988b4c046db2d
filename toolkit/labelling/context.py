"""What stands around a sentence: cut from its document, or made of the run's other sentences where that is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.labelling.documents import document_texts

BEFORE = 1200
"""Characters that are shown before a sentence, at most."""
AFTER = 600
"""Characters after it: enough for the sentence that explains it."""


class Surroundings(NamedTuple):
    """Text around a sentence."""

    before: str
    after: str


def surroundings(run: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, Surroundings]:
    """Annotation id to what stands around it.

    Args:
        run: The run, whose inputs are read again.
        rows: Its annotations; whole rows of a table have nothing around them.
    """
    by_document: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_document.setdefault(row["doc_id"], []).append(row)
    texts = document_texts(run, {name for name, own in by_document.items() if len(own) > 1 or own[0]["start"]})
    found: dict[str, Surroundings] = {}
    for name, own in by_document.items():
        text = texts.get(name)
        if text is not None and all(text[row["start"] : row["end"]] == row["text"] for row in own):
            found |= {row["id"]: around(text, row["start"], row["end"]) for row in own}
        else:
            found |= _among(own)
    return found


def around(text: str, start: int, end: int) -> Surroundings:
    """What stands before and after a span, cut between words."""
    before, after = text[max(0, start - BEFORE) : start], text[end : end + AFTER]
    if start > BEFORE:
        before = "…" + before[_first_space(before) :]
    if len(text) > end + AFTER:
        after = after[: len(after) - _first_space(after[::-1])] + "…"
    return Surroundings(before, after)


def _first_space(text: str) -> int:
    """Where the first word that may be cut ends; 0 in writing without spaces."""
    return next((place for place, letter in enumerate(text[:80]) if letter.isspace()), 0)


def _among(rows: Sequence[Mapping[str, Any]]) -> dict[str, Surroundings]:
    """From the sentences alone; a paragraph begins wherever something else stood between two of them."""
    ordered = sorted(rows, key=lambda row: (row["start"], row["end"]))
    places = [0]
    for one, following in pairwise(ordered):
        gap = 1 if following["start"] - one["end"] <= 1 else 2
        places.append(places[-1] + len(one["text"]) + gap)
    text = ""
    for row, place in zip(ordered, places, strict=True):
        gap = place - len(text)
        text += (" " if gap == 1 else "\n\n" if gap else "") + row["text"]
    return {
        row["id"]: around(text, place, place + len(row["text"])) for row, place in zip(ordered, places, strict=True)
    }
