"""Annotated documents as one self-contained HTML page; its looks and behaviour are in ``templates/page.*``."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toolkit.records import Annotation
from toolkit.web.template import environment, writable

_CLAIMS = {"factual_claim": 0, "opinion": 1, "prediction": 2, "rhetoric": 3}  # the same colour at any position
_COLOURS, _UNDERLINES = 12, 5  # as in page.css; coprime, so that a pair of them comes back only after 60 labels

_PARAGRAPH_END = re.compile(r"(\n(?:[^\S\n]*\n)*)")
_LAYOUT = re.compile(r"^[^\S\n]|[^\S\n]{2}|\t", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A text and what was said of its sentences.

    Attributes:
        id: Shown as the heading of the document.
        text: The whole text, which the offsets of the annotations index.
        annotations: In order of their start, without overlaps; what lies between them is shown uncoloured.
    """

    id: str
    text: str
    annotations: Sequence[Annotation]


@dataclass(frozen=True, slots=True)
class LabelView:
    """A label as the reader of the page meets it."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class _Group:
    """What a sentence counts as: one of the labels, abstained or failed."""

    key: str
    name: str
    marker: str
    css: str
    definition: str


_ABSTAINED = _Group("abstained", "abstained", "?", "abstained", "No label was likely enough.")
_FAILED = _Group("failed", "failed", "!", "failed", "There is no answer.")


@dataclass(frozen=True, slots=True)
class _Document:
    """A document cut into units and the text between them, and how many characters come before it."""

    id: str
    position: int
    size: int
    paragraphs: list[list[str | Annotation]]
    marks: list[tuple[_Group, Annotation]]
    counts: Counter[str]


def render_page(
    documents: Sequence[AnnotatedDocument], labels: Sequence[LabelView], *, title: str, facts: Mapping[str, str]
) -> str:
    """Renders documents with their sentences coloured by label.

    When most documents consist of one annotation, as the rows of a table do, they become a compact list.

    Args:
        documents: What to show, in this order.
        labels: The label set; its order gives the order of the legend and the colours.
        title: Heading of the page.
        facts: What the reader should know about the run, shown at the foot.

    Returns:
        The HTML, to be written as UTF-8.

    Raises:
        ValueError: An annotation does not fit its text, overlaps another, or has a label outside the set.
    """
    groups = _groups(labels)
    positions = itertools.accumulate((len(document.text) for document in documents), initial=0)
    views = [_cut(document, groups, position) for document, position in zip(documents, positions, strict=False)]
    rows = len(documents) > 1 and 2 * sum(len(document.annotations) <= 1 for document in documents) > len(documents)
    pages = environment("toolkit.exchange", "page")
    pages.filters["white_space"] = _white_space
    template = pages.get_template("page.html.jinja")
    html = template.render(
        title=title or "Annotated documents",
        facts=facts,
        rows=rows,
        documents=views,
        group_of=lambda annotation: _group(annotation, groups),
        strips=[_strip(views)] if rows else [_strip([view]) for view in views],
        labels=list(groups.values()),
        groups=[*groups.values(), _ABSTAINED, _FAILED],
        counts=sum((view.counts for view in views), Counter()),
        voices=Counter(annotation.attributed for view in views for _, annotation in view.marks),
    )
    return writable(html)


def _groups(labels: Sequence[LabelView]) -> dict[str, _Group]:
    """Gives each label a colour, an underline and a letter of its own."""
    reserved = {_CLAIMS[label.name] for label in labels if label.name in _CLAIMS}
    free = (slot for slot in itertools.count() if slot not in reserved)
    groups: dict[str, _Group] = {}
    for index, label in enumerate(labels):
        taken = {group.marker for group in groups.values()}
        marker = next((letter for letter in label.name.upper() if letter.isalnum() and letter not in taken), str(index))
        slot = _CLAIMS[label.name] if label.name in _CLAIMS else next(free)
        css = f"c{slot % _COLOURS} u{slot % _UNDERLINES}"
        groups[label.name] = _Group(str(index), label.name, marker, css, label.definition)
    return groups


def _group(annotation: Annotation, groups: Mapping[str, _Group]) -> _Group | None:
    if annotation.label is not None and annotation.label not in groups:
        raise ValueError(f"{annotation.sentence.id}: label {annotation.label!r} is not in the label set")
    if annotation.failure:
        return _FAILED
    if annotation.sentence.kind != "sentence":
        return None
    return _ABSTAINED if annotation.abstained else groups.get(annotation.label or "")


def _cut(document: AnnotatedDocument, groups: Mapping[str, _Group], position: int) -> _Document:
    paragraphs: list[list[str | Annotation]] = [[]]

    def add_gap(text: str) -> None:
        for part in filter(None, _PARAGRAPH_END.split(text)):
            paragraphs[-1].append(part)
            # The blank line stays, at the end of its paragraph: the page holds the text unchanged.
            if _PARAGRAPH_END.fullmatch(part):
                paragraphs.append([])

    cursor = 0
    for annotation in document.annotations:
        sentence = annotation.sentence
        if not cursor <= sentence.start <= sentence.end:
            raise ValueError(f"{sentence.id}: begins before the end of the annotation before it")
        if document.text[sentence.start : sentence.end] != sentence.text or sentence.end > len(document.text):
            raise ValueError(f"{sentence.id}: the document has another text at these offsets")
        add_gap(document.text[cursor : sentence.start])
        paragraphs[-1].append(annotation)
        cursor = sentence.end
    add_gap(document.text[cursor:])
    marks = [(group, annotation) for annotation in document.annotations if (group := _group(annotation, groups))]
    counts = Counter(group.key for group, _ in marks)
    return _Document(document.id, position, len(document.text), list(filter(None, paragraphs)), marks, counts)


def _strip(views: Sequence[_Document]) -> list[tuple[_Group, bool | None, str]]:
    """One SVG path per kind of sentence, so that 20,000 of them are still a handful of elements."""
    paths: defaultdict[tuple[_Group, bool | None], list[str]] = defaultdict(list)
    for view in views:
        for group, annotation in view.marks:
            start, width = annotation.sentence.start + view.position, len(annotation.sentence.text)
            paths[group, annotation.attributed].append(f"M{start - views[0].position} 0h{width}v1h-{width}z")
    return [(group, attributed, "".join(parts)) for (group, attributed), parts in paths.items()]


def _white_space(paragraph: Sequence[str | Annotation]) -> str:
    """Running text need not keep its spaces, and then its coloured lines end where the words do."""
    texts = (piece if isinstance(piece, str) else piece.sentence.text for piece in paragraph)
    return "kept" if _LAYOUT.search("".join(texts)) else "flowing"
