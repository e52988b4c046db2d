"""What stands around a sentence: cut from its document, or made of the run's other sentences where that is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from toolkit.annotate.documents import read_again
from toolkit.records import Document, Sentence


class Room(NamedTuple):
    """How much is shown, in characters at most."""

    before: int = 1200
    after: int = 600
    """Enough for the sentence that explains it."""


WIDE = Room()


class Surroundings(NamedTuple):
    """Text around a sentence, and the title of its document where it has one."""

    before: str
    after: str
    title: str = ""


def surroundings(
    manifest: Mapping[str, Any], sentences: Iterable[Sentence], room: Room = WIDE
) -> dict[str, Surroundings]:
    """Id of a sentence to what stands around it.

    Args:
        manifest: Of the run, whose inputs are read again.
        sentences: All of the run; whole rows of a table have nothing around them.
        room: How much is wanted.
    """
    by_document: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_document.setdefault(sentence.doc_id, []).append(sentence)
    documents = read_again(manifest, {name for name, own in by_document.items() if len(own) > 1 or own[0].start})
    found: dict[str, Surroundings] = {}
    for name, own in by_document.items():
        document = documents.get(name)
        if document is not None and all(document.text[one.start : one.end] == one.text for one in own):
            found |= _cut(document, own, room)
        else:
            found |= _among(own, room)
    return found


def around(text: str, start: int, end: int, room: Room = WIDE, title: str = "") -> Surroundings:
    """What stands before and after a span, cut between words."""
    before, after = text[max(0, start - room.before) : start], text[end : end + room.after]
    if start > room.before:
        before = "…" + before[_first_space(before) :]
    if len(text) > end + room.after:
        after = after[: len(after) - _first_space(after[::-1])] + "…"
    return Surroundings(before, after, title)


def _cut(document: Document, sentences: Sequence[Sentence], room: Room) -> dict[str, Surroundings]:
    return {one.id: around(document.text, one.start, one.end, room, document.title) for one in sentences}


def _first_space(text: str) -> int:
    """Where the first word that may be cut ends; 0 in writing without spaces."""
    return next((place for place, letter in enumerate(text[:80]) if letter.isspace()), 0)


def _among(sentences: Sequence[Sentence], room: Room) -> dict[str, Surroundings]:
    """From the sentences alone; a paragraph begins wherever something else stood between two of them."""
    ordered = sorted(sentences, key=lambda one: (one.start, one.end))
    places = [0]
    for one, following in pairwise(ordered):
        gap = 1 if following.start - one.end <= 1 else 2
        places.append(places[-1] + len(one.text) + gap)
    text = ""
    for one, place in zip(ordered, places, strict=True):
        gap = place - len(text)
        text += (" " if gap == 1 else "\n\n" if gap else "") + one.text
    return {
        one.id: around(text, place, place + len(one.text), room) for one, place in zip(ordered, places, strict=True)
    }
