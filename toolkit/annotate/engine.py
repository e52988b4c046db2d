"""The one loop: items in, annotations out, a window at a time. Evaluation takes it too."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolkit.annotate.context import add_context
from toolkit.backends.asking import predict
from toolkit.backends.base import Backend
from toolkit.backends.prompt_config import ContextConfig
from toolkit.corpus.pieces import START, Place
from toolkit.corpus.read import Corpus
from toolkit.corpus.segment import sentences
from toolkit.records import NOTHING, Annotation, Context, Document, Failure, Prediction, Sentence, Unreadable, Usage

WINDOW_CHARS = 8_000_000
"""A window ends here, however few items it has, so that memory stays bounded."""

MAX_CHARS = 20_000
"""A longer unit is a failure: no model reads it, so any label would be a guess from its beginning."""


@dataclass(frozen=True, slots=True)
class Item:
    """One unit on its way through the engine, with what has to stand beside it in the output."""

    sentence: Sentence
    columns: Mapping[str, Any] = field(default_factory=dict)
    failure: Failure | None = None


def items_of(
    document: Document | Unreadable, *, all_units: bool = False, context: ContextConfig | None = None
) -> list[Item]:
    """The items of a document; one with a failure if it could not be read.

    Args:
        document: What the corpus gave.
        all_units: Keep headings, bylines and the like; they pass through without a label.
        context: What the backend wants to see around each sentence.
    """
    if isinstance(document, Unreadable):
        return [Item(Sentence(document.id, 0, 0, ""), document.columns, document.failure)]
    units = sentences(document, all_units=all_units or context is not None)
    if context is not None:
        heading = next((unit.text.strip("#=* \t\n") for unit in units if unit.kind == "heading"), "")
        own = [unit for unit in units if unit.kind == "sentence"]
        seen = add_context(own, context, title=document.title or heading)
        units = sorted(seen + [unit for unit in units if all_units and unit.kind != "sentence"], key=_start)
    return [_item(sentence, document) for sentence in units]


def _start(sentence: Sentence) -> int:
    return sentence.start


def _item(sentence: Sentence, document: Document) -> Item:
    length = sentence.end - sentence.start
    if sentence.kind == "sentence" and length > MAX_CHARS:
        return Item(sentence, document.columns, Failure("too_long", f"{length} characters, more than {MAX_CHARS}"))
    return Item(sentence, document.columns)


class ItemStream:
    """The items of a corpus, and an estimate of how many there are.

    Attributes:
        seen: Items read so far.
        documents: Documents read so far.
        without_sentences: How many of them have no sentence.
    """

    def __init__(self, corpus: Corpus, *, all_units: bool = False, context: ContextConfig | None = None) -> None:
        self.corpus = corpus
        self.context = context
        self.all_units = all_units
        self.seen = self.documents = self.without_sentences = 0

    def __iter__(self) -> Iterator[Item]:
        return self.between(START)

    def between(self, begin: Place, end: Place | None = None) -> Iterator[Item]:
        """The items of a piece of the corpus.

        Args:
            begin: One of the `toolkit.corpus.pieces.places`.
            end: Another of them; None for the end of the corpus.
        """
        self.seen = self.documents = self.without_sentences = 0
        for document in self.corpus.documents(begin, end):
            items = items_of(document, all_units=self.all_units, context=self.context)
            self.seen += len(items)
            if isinstance(document, Document):
                self.documents += 1
                self.without_sentences += all(item.sentence.kind != "sentence" for item in items)
            yield from items

    def total(self) -> int | None:
        """How many items there will be, by the share of bytes that these came from; None when that is unknown."""
        corpus = self.corpus
        if not corpus.bytes_total or not corpus.bytes_read:
            # One document in one file: it was read whole, so all of its items are known.
            return self.seen if corpus.bytes_total and len(corpus.sources) == 1 else None
        return max(self.seen, round(self.seen * corpus.bytes_total / corpus.bytes_read))


def windows(items: Iterable[Item], size: int) -> Iterator[tuple[int, str, list[Item]]]:
    """Cut a stream into numbered windows with a digest each; where texts are huge, a window holds fewer of them.

    Args:
        items: The stream.
        size: Most items in a window.

    Yields:
        The window's number, the digest of its items, and the items.
    """
    index = length = 0
    window: list[Item] = []
    described: list[str] = []
    for item in items:
        window.append(item)
        described.append(description(item))
        length += len(described[-1])
        if len(window) == size or length >= WINDOW_CHARS:
            yield index, _digest(described), window
            index, length, window, described = index + 1, 0, [], []
    if window:
        yield index, _digest(described), window


def annotate_window(items: Sequence[Item], backend: Backend, run: str) -> tuple[list[Annotation], Usage]:
    """Annotate some items: equal texts are asked once, what failed before is not asked at all.

    Args:
        items: Units to annotate.
        backend: Who answers.
        run: Fingerprint for the records.

    Returns:
        One annotation per item, in order, and what it took.
    """
    first: dict[tuple[str, Context | None], int] = {}
    asked: list[Sentence] = []
    for item in items:
        sentence = item.sentence
        key = (sentence.text, sentence.context)
        if item.failure is None and sentence.kind == "sentence" and key not in first:
            first[key] = len(asked)
            asked.append(sentence)
    predictions = predict(asked, backend)
    usage = sum((prediction.usage for prediction in predictions if prediction.usage is not NOTHING), NOTHING)
    annotations = []
    for item in items:
        if item.failure is not None:
            prediction = Prediction(failure=item.failure)
        elif item.sentence.kind == "sentence":
            prediction = predictions[first[item.sentence.text, item.sentence.context]]
        else:
            prediction = Prediction()
        annotations.append(_annotation(item, prediction, backend.config.name, run))
    return annotations, usage


def _annotation(item: Item, prediction: Prediction, backend: str, run: str) -> Annotation:
    return Annotation(
        item.sentence,
        backend,
        run,
        label=prediction.label,
        probs=prediction.probs,
        attributed=prediction.attributed,
        attributed_prob=prediction.attributed_prob,
        abstained=prediction.abstained,
        failure=prediction.failure,
        columns=item.columns,
        label_set=prediction.label_set,
        rationale=prediction.rationale,
    )


def description(item: Item) -> str:
    """Everything that can change what is written of an item; the windows are cut by its length."""
    sentence = item.sentence
    failure = item.failure.kind if item.failure else ""
    # What stands around it may be in another window.
    context = "" if sentence.context is None else f"\0{sentence.context}"
    return (
        f"{sentence.doc_id}:{sentence.start}-{sentence.end}\0{sentence.text}\0{failure}\0{item.columns or ''}{context}"
    )


def _digest(described: Sequence[str]) -> str:
    return hashlib.sha256("\1".join([*described, ""]).encode("utf-8", "surrogatepass")).hexdigest()
