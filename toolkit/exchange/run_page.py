"""From a run to its page: finds the documents again, so that headings and layout are shown around the sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from toolkit.annotate.manifest import read_manifest
from toolkit.annotate.output import read_rows
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.corpus.write import EXTRAS, FIELDS, KIND, LABEL_SET, RATIONALE, atomic
from toolkit.errors import InputError, ToolkitError
from toolkit.exchange.page import AnnotatedDocument, LabelView, render_page
from toolkit.labels import load_labels
from toolkit.records import Annotation, Document, Failure, Sentence


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
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in read_rows(run):
        rows.setdefault(row["doc_id"], []).append(row)
    if not rows:
        raise InputError(f"{run} has no annotations in it.", hint="Run `claimkit annotate` first.")
    manifest = _manifest(run)
    texts = _texts(manifest, set(rows))
    documents = [_document(name, own, texts.get(name)) for name, own in rows.items()]
    facts = _facts(next(iter(rows.values()))[0], manifest, run)
    page = render_page(documents, _labels(manifest, rows.values()), title=title or _title(list(rows)), facts=facts)
    with atomic(output) as handle:
        handle.write(page.encode())
    return len(documents)


def _manifest(run: Path) -> Mapping[str, Any]:
    place = run / "manifest.json" if run.is_dir() else run.with_name(f"{run.name}.manifest.json")
    return read_manifest(place) or {}


def _texts(manifest: Mapping[str, Any], wanted: set[str]) -> dict[str, str]:
    """Texts of the documents, read again from the inputs; none where they cannot be."""
    reading = manifest.get("settings", {}).get("reading", {})
    options = ReadOptions(**{name: reading[name] for name in ReadOptions.__dataclass_fields__ if name in reading})
    texts = {}
    for entry in manifest.get("inputs", []):
        if entry == "-" or options.unit == "row":
            continue
        try:
            for document in Corpus([entry], options).documents():
                if isinstance(document, Document):
                    texts[_name_in_run(document.id, Path(entry), wanted)] = document.text
        except ToolkitError:
            continue
    return texts


def _name_in_run(name: str, source: Path, wanted: set[str]) -> str:
    """What the run called a document: a file of a folder goes by its path in it, and by its name when read alone."""
    parts = (source.as_posix() + name.removeprefix(source.name)).split("/")
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if end in wanted), name)


def _document(name: str, rows: Sequence[Mapping[str, Any]], text: str | None) -> AnnotatedDocument:
    annotations = [_annotation(row) for row in sorted(rows, key=lambda row: (row["start"], row["end"]))]
    if text is None or any(text[a.sentence.start : a.sentence.end] != a.sentence.text for a in annotations):
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


def _annotation(row: Mapping[str, Any]) -> Annotation:
    failure = row["failure"]
    columns = {name: value for name, value in row.items() if name not in FIELDS and name not in EXTRAS}
    return Annotation(
        Sentence(row["doc_id"], row["start"], row["end"], row["text"], row.get(KIND) or "sentence"),
        row["backend"],
        row["run"],
        label=row["label"],
        probs=row["probs"] or {},
        attributed=row["attributed"],
        attributed_prob=row["attributed_prob"],
        abstained=row["abstained"],
        failure=Failure(failure["kind"], failure["message"]) if failure else None,
        columns=columns,
        label_set=row.get(LABEL_SET),
        rationale=row.get(RATIONALE),
    )


def _labels(manifest: Mapping[str, Any], rows: Iterable[Sequence[Mapping[str, Any]]]) -> list[LabelView]:
    """The label set of the run: from its manifest, else by the labels that occur."""
    if "labels" in manifest:
        return [LabelView(label["name"], label["definition"]) for label in manifest["labels"]]
    every = (name for own in rows for row in own for name in (*(row["probs"] or {}), row["label"]))
    names = [name for name in dict.fromkeys(every) if name is not None]
    known = {label.name: label.definition for label in load_labels("claims").labels}
    return [LabelView(name, known.get(name, "")) for name in names]


def _facts(row: Mapping[str, Any], manifest: Mapping[str, Any], run: Path) -> dict[str, str]:
    facts = {"Annotations": run.name, "Backend": str(row["backend"]), "Run": str(row["run"])}
    settings = manifest.get("settings", {})
    if "claimkit version" in settings:
        facts |= {"claimkit": settings["claimkit version"], "Label set": settings["label set"]}
    if "ended" in manifest:
        facts["Finished"] = str(manifest["ended"]).replace("T", " ")
    return facts


def _title(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} documents"
