"""From a run to its page: finds the documents again, so that headings and layout are shown around the sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from toolkit.corpus.write import atomic
from toolkit.exchange.page import AnnotatedDocument, render_page
from toolkit.exchange.run import Run, fits, read_run
from toolkit.records import Annotation, Sentence


def write_page(run: Path, output: Path, *, title: str | None = None) -> int:
    """Write the page of a run.

    The text around the sentences comes from the inputs, which are read again; a document that is gone or has
    changed is shown as its sentences alone.

    Args:
        run: Run folder, or file of annotations.
        output: HTML file to write.
        title: Title of the page.

    Returns:
        Number of documents shown.

    Raises:
        InputError: There is no such run, or nothing in it.
    """
    found = read_run(run)
    own = found.by_document()
    texts = found.texts(own)
    documents = [_document(name, annotations, texts.get(name)) for name, annotations in own.items()]
    page = render_page(documents, found.labels, title=title or _title(list(own)), facts=_facts(found))
    with atomic(output) as handle:
        handle.write(page.encode())
    return len(documents)


def _document(name: str, annotations: list[Annotation], text: str | None) -> AnnotatedDocument:
    if text is None or not fits(text, annotations):
        text, annotations = _sentences_alone(annotations)
    return AnnotatedDocument(name, text, annotations)


def _sentences_alone(annotations: Iterable[Annotation]) -> tuple[str, list[Annotation]]:
    """A text made of the sentences, with a break wherever something stood between two of them."""
    parts: list[str] = []
    moved: list[Annotation] = []
    length, end = 0, None
    for annotation in annotations:
        sentence = annotation.sentence
        shown = sentence.text or (annotation.failure.message if annotation.failure else "")
        if end is not None:
            gap = " " if sentence.start - end <= 1 else "\n\n"
            parts.append(gap)
            length += len(gap)
        place = Sentence(sentence.doc_id, length, length + len(shown), shown, sentence.kind)
        moved.append(replace(annotation, sentence=place))
        parts.append(shown)
        length, end = length + len(shown), sentence.end
    return "".join(parts), moved


def _facts(run: Run) -> dict[str, str]:
    first = run.annotations[0]
    facts = {"Annotations": run.name, "Backend": str(first.backend), "Run": str(first.run)}
    settings = run.manifest.get("settings", {})
    if "claimkit version" in settings:
        facts |= {"claimkit": settings["claimkit version"], "Label set": settings["label set"]}
    if "ended" in run.manifest:
        facts["Finished"] = str(run.manifest["ended"]).replace("T", " ")
    return facts


def _title(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} documents"
