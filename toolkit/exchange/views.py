"""What the page of a run is made from: documents, labels, and what somebody else said of the same sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from toolkit.records import Annotation


@dataclass(frozen=True, slots=True)
class LabelView:
    """A label as the reader of the page meets it."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A text and what was said of its sentences.

    Attributes:
        id: Shown as the heading of the document.
        text: The whole text, which the offsets of the annotations index.
        annotations: In order of their start, without overlaps; what lies between them is shown uncoloured.
        answers: What the other side said, one for each annotation; None where it has no such sentence.
            Empty when nothing is compared.
        extra: Sentences of the text that only the other side has.
        group: What the document is counted under, such as its folder; empty when there is no such thing.
        date: ``2026``, ``2026-11`` or ``2026-11-25``; empty when it is not known.
    """

    id: str
    text: str
    annotations: Sequence[Annotation]
    answers: Sequence[Annotation | None] = ()
    extra: Sequence[Annotation] = ()
    group: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another run, or a gold set, that the documents are shown against.

    Attributes:
        own: What the run is called.
        other: What the other side is called.
        kind: Whether the other side is a run or labels by hand.
        joined: How many sentences were found by what they have in common: ``id``, ``span`` or ``text``.
        loose: Sentences of the other side that have no place in any document that is shown.
    """

    own: str
    other: str
    kind: Literal["run", "gold"]
    joined: Mapping[str, int] = field(default_factory=dict)
    loose: Sequence[Annotation] = ()
