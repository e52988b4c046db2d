"""A run as `claimkit annotate` wrote it, read back for its page and for export; the texts are found again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.annotate.documents import manifest_of, read_again
from toolkit.annotate.output import read_rows
from toolkit.corpus.write import EXTRAS, FIELDS, KIND, LABEL_SET, RATIONALE
from toolkit.errors import InputError
from toolkit.exchange.page import LabelView
from toolkit.labels import load_labels
from toolkit.records import Annotation, Failure, Sentence


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
        return {name: document.text for name, document in read_again(self.manifest, {*wanted}).items()}


def read_run(path: Path) -> Run:
    """Read a run folder or a file of annotations.

    Raises:
        InputError: There is no such run, or nothing in it.
    """
    annotations = [_annotation(row) for row in read_rows(path)]
    if not annotations:
        raise InputError(f"{path} has no annotations in it.", hint="Run `claimkit annotate` first.")
    manifest = manifest_of(path)
    return Run(path.resolve().name, annotations, _labels(manifest, annotations), manifest)


def fits(text: str, annotations: Iterable[Annotation]) -> bool:
    """Whether a text is the one that the annotations were made on."""
    return all(text[a.sentence.start : a.sentence.end] == a.sentence.text for a in annotations)


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
