"""spaCy: a DocBin of whole documents with a span group of sentences, or of sentences with categories."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.corpus.write import atomic
from toolkit.errors import MissingExtraError
from toolkit.exchange.bundle import DocumentText, Export
from toolkit.exchange.items import about, has_flag, sentences
from toolkit.records import Annotation

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

LABELLED = "sc"
"""The span group of labelled sentences: the one that spaCy's span categorizer trains on."""
UNLABELLED = "unlabelled"
"""The span group of sentences without a label, because the backend abstained or failed."""
KEY = "claimkit"
"""What was said of the sentences, in ``doc.user_data``."""


def write(export: Export, target: Path) -> Sequence[str]:
    """Write a DocBin with user data.

    Raises:
        MissingExtraError: spaCy is not installed.
    """
    try:
        import spacy
        from spacy.tokens import DocBin
    except ImportError:
        raise MissingExtraError("spaCy", "export") from None
    language = spacy.blank("xx")
    attributes = ["ORTH", "SPACY", "SENT_START"]
    if export.unit == "document":
        docs = [_document(document, language) for document in export.documents()]
    else:
        docs = [_sentence(annotation, export, language) for annotation in export.annotations]
    data = DocBin(attrs=attributes, docs=docs, store_user_data=True).to_bytes()
    with atomic(target) as handle:
        handle.write(data)
    return ()


def _document(document: DocumentText, language: Language) -> Doc:
    found = document.annotations
    doc = _doc(document.text, [a.sentence.start for a in found], [a.sentence.end for a in found], language)
    for name, own in (
        (LABELLED, [a for a in found if a.label is not None]),
        (UNLABELLED, [a for a in found if a.label is None]),
    ):
        facts = sentences(own)
        # The list of scores is what the span categorizer leaves there too.
        doc.spans[name] = [_span(doc, a) for a in own]
        doc.spans[name].attrs |= {"scores": [fact["model_prob"] for fact in facts], KEY: facts}
    doc.user_data[KEY] = {
        "doc_id": document.id,
        "faithful": document.faithful,
        "backend": found[0].backend,
        "run": found[0].run,
    }
    return doc


def _sentence(annotation: Annotation, export: Export, language: Language) -> Doc:
    doc = _doc(annotation.sentence.text, [0], [len(annotation.sentence.text)], language)
    if annotation.label is not None:
        doc.cats = {name: float(name == annotation.label) for name in export.names}
    if has_flag(export, annotation):
        doc.cats["attributed"] = float(bool(annotation.attributed))
    doc.user_data[KEY] = about(annotation)
    return doc


def _span(doc: Doc, annotation: Annotation) -> Span:
    sentence = annotation.sentence
    span = doc.char_span(sentence.start, sentence.end, label=annotation.label or "", span_id=sentence.id)
    if span is None:  # cannot be: the document was cut at its edges
        raise AssertionError(f"{sentence.id} does not begin and end with a token")
    return span


def _doc(text: str, starts: Sequence[int], ends: Sequence[int], language: Language) -> Doc:
    """A document whose tokens end where a sentence does; the rest is the tokenizer's."""
    from spacy.tokens import Doc

    words: list[str] = []
    spaces: list[bool] = []
    begins: list[bool | int | None] = []
    cuts = sorted({0, len(text), *starts, *ends})
    for start, end in itertools.pairwise(cuts):
        piece = text[start:end]
        if piece.startswith(" ") and words and not spaces[-1] and start not in starts:
            spaces[-1], piece = True, piece[1:]
        made: Any = language.make_doc(piece)
        words += [token.text for token in made]
        spaces += [bool(token.whitespace_) for token in made]
        begins += [place == 0 for place in range(len(made))]
    return Doc(language.vocab, words=words, spaces=spaces, sent_starts=begins)
