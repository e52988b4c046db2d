"""What an export consists of, whatever the format: annotations in parts, whole documents, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from toolkit.annotate.surroundings import Surroundings
from toolkit.errors import InputError
from toolkit.exchange.page import LabelView
from toolkit.exchange.run import fits
from toolkit.records import Annotation

Unit = Literal["sentence", "document"]
"""What one item of an export is."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to export.

    Attributes:
        unit: What one item is; None takes the format's own way.
        dev: Share of dev; None is none, and a tenth for a dataset.
        test: Share of test; likewise.
        seed: Of splits, caps and samples.
        licence: Of the texts, for the card of a dataset.
        review: Whether a table has empty columns for answers.
    """

    unit: Unit | None = None
    dev: float | None = None
    test: float | None = None
    seed: int = 0
    licence: str | None = None
    review: bool = False


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A whole document.

    Attributes:
        id: Its name in the run.
        text: The text that the offsets index.
        annotations: In order, without overlaps.
        faithful: False when the source is gone or changed: then what stood between the sentences is blank.
    """

    id: str
    text: str
    annotations: Sequence[Annotation]
    faithful: bool


@dataclass(frozen=True, slots=True)
class Export:
    """What is written.

    Attributes:
        name: Of the run.
        labels: The label set.
        parts: Split to its annotations; one part without a name when there are no splits.
        unit: What one item is.
        settings: How to export.
        provenance: Where the labels come from.
        left_out: Why annotations of the run are not here, with how many.
        texts: Text of each document, where it is needed and was found.
        flag: Whether the backend tells who is speaking.
        around: Id of a sentence to what stands around it, where the format shows that to people.
    """

    name: str
    labels: Sequence[LabelView]
    parts: Mapping[str, Sequence[Annotation]]
    unit: Unit
    settings: Settings
    provenance: Mapping[str, Any]
    left_out: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    flag: bool = True
    around: Mapping[str, Surroundings] = field(default_factory=dict)

    @property
    def annotations(self) -> list[Annotation]:
        """Those of all parts."""
        return [annotation for part in self.parts.values() for annotation in part]

    @property
    def names(self) -> list[str]:
        """Names of the labels."""
        return [label.name for label in self.labels]

    def documents(self) -> list[DocumentText]:
        """Whole documents, each with those of its sentences that were selected."""
        own: dict[str, list[Annotation]] = {}
        for annotation in self.annotations:
            own.setdefault(annotation.sentence.doc_id, []).append(annotation)
        return [_document(name, annotations, self.texts.get(name)) for name, annotations in own.items()]


def _document(name: str, annotations: Sequence[Annotation], text: str | None) -> DocumentText:
    ordered = sorted(annotations, key=lambda annotation: annotation.sentence.start)
    if text is not None and fits(text, ordered):
        return DocumentText(name, text, ordered, True)
    parts: list[str] = []
    end = 0
    for annotation in ordered:
        sentence = annotation.sentence
        gap = sentence.start - end
        if gap < 0 or sentence.end - sentence.start != len(sentence.text):
            raise InputError(
                f"{sentence.id} does not have the length of its text, or overlaps another sentence.",
                hint="Give what `claimkit annotate -o` wrote.",
            )
        parts += [" " if gap == 1 else "\n" + " " * (gap - 2) + "\n" if gap else "", sentence.text]
        end = sentence.end
    return DocumentText(name, "".join(parts), ordered, False)
