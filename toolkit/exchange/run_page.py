"""From a run to its page: finds the documents again, so that headings and layout are shown around the sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from toolkit.corpus.write import atomic
from toolkit.exchange.against import Answer, Joined, Other, all_labels, join, read_other
from toolkit.exchange.facets import dates, groups
from toolkit.exchange.page import AnnotatedDocument, Comparison, render_page
from toolkit.exchange.run import Run, fits, read_run
from toolkit.records import Annotation, Sentence


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What a page shows besides the sentences and their labels.

    Attributes:
        title: Heading; made from what is shown when None.
        against: Another run, or a gold set, to show the run against.
        by: Column that the documents are counted by; the folder or file when None.
        date: Column with their dates; found by its name when None.
    """

    title: str | None = None
    against: Path | None = None
    by: str | None = None
    date: str | None = None


def write_page(run: Path, output: Path, options: PageOptions | None = None) -> int:
    """Write the page of a run.

    The text around the sentences comes from the inputs, which are read again; a document that is gone or has
    changed is shown as its sentences alone.

    Args:
        run: Run folder, or file of annotations.
        output: HTML file to write.
        options: What else to show.

    Returns:
        Number of documents shown.

    Raises:
        InputError: There is no such run, or nothing in it; no other side, or no column of the name.
    """
    options = options or PageOptions()
    found = read_run(run)
    own = found.by_document()
    grouped_by, group = groups(own, options.by)
    dated_by, date = dates(own, options.date)
    other = read_other(options.against, found) if options.against else None
    texts = found.texts(own)
    comparison = None
    if other:
        documents, comparison = _side_by_side(found, own, texts, other)
    else:
        documents = [_document(name, units, texts.get(name)) for name, units in own.items()]
    documents = [replace(one, group=group.get(one.id, ""), date=date.get(one.id, "")) for one in documents]
    page = render_page(
        documents,
        all_labels(found.labels, other.labels, other.answers) if other else found.labels,
        title=options.title or _title(found, [one.id for one in documents]),
        facts=_facts(found) | (_facts_of_other(other) if other else {}),
        grouped_by=grouped_by,
        dated_by=dated_by,
        comparison=comparison,
    )
    with atomic(output) as handle:
        handle.write(page.encode())
    return len(documents)


def _side_by_side(
    run: Run, own: Mapping[str, list[Annotation]], texts: Mapping[str, str], other: Other
) -> tuple[list[AnnotatedDocument], Comparison]:
    """The documents of the run, then those that only the other side has a text of."""
    joined = join([unit for units in own.values() for unit in units], other.answers)
    left: dict[str, list[Answer]] = {}
    for answer in joined.left:
        left.setdefault(answer.annotation.sentence.doc_id, []).append(answer)
    documents: list[AnnotatedDocument] = []
    loose: list[Annotation] = []
    position = 0
    for name, units in own.items():
        shown = _document(name, units, texts.get(name))
        answers = [joined.pairs.get(position + place) for place in range(len(units))]
        extra, rest = _placed(left.pop(name, []), shown.text if name in texts else None)
        documents.append(replace(shown, answers=answers, extra=extra))
        loose += rest
        position += len(units)
    gone = other.run.texts(left) if other.run and left else {}
    for name, answers_left in left.items():
        extra, rest = _placed(answers_left, gone.get(name))
        if extra:
            documents.append(AnnotatedDocument(name, gone[name], [], extra=extra))
        loose += rest
    return documents, Comparison(*_names(run, other), other.kind, _told(joined), loose)


def _placed(answers: Sequence[Answer], text: str | None) -> tuple[list[Annotation], list[Annotation]]:
    """Those that stand in the text, and those that have no place in it."""
    inside: list[Annotation] = []
    outside: list[Annotation] = []
    cursor = 0
    for answer in sorted(answers, key=lambda one: one.annotation.sentence.start):
        place = answer.annotation.sentence
        fitting = text is not None and answer.placed and place.start >= cursor and fits(text, [answer.annotation])
        (inside if fitting else outside).append(answer.annotation)
        cursor = place.end if fitting else cursor
    return inside, outside


def _told(joined: Joined) -> dict[str, int]:
    return {name: joined.by[name] for name in ("id", "span", "text") if joined.by[name]}


def _names(run: Run, other: Other) -> tuple[str, str]:
    """What the two sides are called: by their backends, unless these are the same."""
    if other.run is None:
        return str(run.annotations[0].backend), f"gold ({other.name})"
    backends = str(run.annotations[0].backend), str(other.run.annotations[0].backend)
    return backends if backends[0] != backends[1] else (run.name, other.name)


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


def _facts_of_other(other: Other) -> dict[str, str]:
    if other.run is None:
        return {"Against": f"gold set {other.name}"}
    first = other.run.annotations[0]
    return {"Against": f"{other.name} (backend {first.backend}, run {first.run})"}


def _title(run: Run, names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    inputs = [str(entry) for entry in run.manifest.get("inputs", [])]
    return Path(inputs[0]).name if len(inputs) == 1 and Path(inputs[0]).name else f"{len(names):,} documents"
