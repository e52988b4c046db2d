"""A run as `claimkit annotate` wrote it, read back for its page and for export; the texts are found again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.annotate.manifest import read_manifest
from toolkit.annotate.output import read_rows
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.corpus.write import EXTRAS, FIELDS, KIND, LABEL_SET, RATIONALE
from toolkit.errors import InputError, ToolkitError
from toolkit.exchange.page import LabelView
from toolkit.labels import load_labels
from toolkit.records import Annotation, Document, Failure, Sentence


@dataclass(frozen=True, slots=True)
class Run:
    """What a run wrote.

    Attributes:
        name: Of its folder or file.
        annotations: In the order of the run.
        labels: The label set, as far as it is known.
        manifest: What the run recorded of itself; empty when there is no manifest.
    """

    name: str
    annotations: Sequence[Annotation]
    labels: Sequence[LabelView]
    manifest: Mapping[str, Any]

    def by_document(self) -> dict[str, list[Annotation]]:
        """Document to its annotations, in order of their start."""
        found: dict[str, list[Annotation]] = {}
        for annotation in self.annotations:
            found.setdefault(annotation.sentence.doc_id, []).append(annotation)
        for own in found.values():
            own.sort(key=lambda annotation: (annotation.sentence.start, annotation.sentence.end))
        return found

    def texts(self, wanted: Iterable[str]) -> dict[str, str]:
        """Texts of documents, read again from the inputs; those that are gone are missing, and one may have changed."""
        return _texts(self.manifest, set(wanted))


def read_run(path: Path) -> Run:
    """Read a run folder or a file of annotations.

    Raises:
        InputError: There is no such run, or nothing in it.
    """
    annotations = [_annotation(row) for row in read_rows(path)]
    if not annotations:
        raise InputError(f"{path} has no annotations in it.", hint="Run `claimkit annotate` first.")
    manifest = _manifest(path)
    return Run(path.resolve().name, annotations, _labels(manifest, annotations), manifest)


def fits(text: str, annotations: Iterable[Annotation]) -> bool:
    """Whether a text is the one that the annotations were made on."""
    return all(text[a.sentence.start : a.sentence.end] == a.sentence.text for a in annotations)


def _manifest(run: Path) -> Mapping[str, Any]:
    place = run / "manifest.json" if run.is_dir() else run.with_name(f"{run.name}.manifest.json")
    return read_manifest(place) or {}


def _texts(manifest: Mapping[str, Any], wanted: set[str]) -> dict[str, str]:
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


def _labels(manifest: Mapping[str, Any], annotations: Iterable[Annotation]) -> list[LabelView]:
    """The label set of the run: from its manifest, else by the labels that occur."""
    if "labels" in manifest:
        return [LabelView(label["name"], label["definition"]) for label in manifest["labels"]]
    every = (name for annotation in annotations for name in (*annotation.probs, annotation.label))
    names = [name for name in dict.fromkeys(every) if name is not None]
    known = {label.name: label.definition for label in load_labels("claims").labels}
    return [LabelView(name, known.get(name, "")) for name in names]
