"""What there is to label: sentences with what stands around them, and what a model said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from toolkit.annotate.documents import manifest_of
from toolkit.annotate.output import read_rows
from toolkit.annotate.surroundings import Surroundings, surroundings
from toolkit.corpus.write import CLASH_PREFIX, FIELDS, KIND, LABEL_SET
from toolkit.errors import InputError
from toolkit.evaluation.answers import read_table
from toolkit.records import Sentence

OWN = ("id", "doc", "text", "before", "after", "suggestion", "sampled", "weight")
"""Fields of a row of a sample; every other one is a column of the user's."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a model said of a sentence.

    Attributes:
        label: Its label; None when it abstained or failed.
        probs: Label to probability; empty where it gave none.
        attributed: The flag, or None.
        backend: Who said it.
    """

    label: str | None
    probs: Mapping[str, float] = field(default_factory=dict)
    attributed: bool | None = None
    backend: str = ""

    def to_row(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "label": self.label,
            "probs": dict(self.probs) or None,
            "attributed": self.attributed,
            "backend": self.backend,
        }


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence to label.

    Attributes:
        id: Unique among the items; the id of the annotation, if it came from a run.
        doc: The document that it stands in.
        text: The sentence.
        before: What stands before it in the document, as far as it is to be shown.
        after: What stands after it.
        suggestion: What a model said, or None.
        sampled: How it was chosen; empty if that is not known.
        weight: How many sentences of the run it stands for; None where the choice has no known probability.
        columns: The user's own columns.
    """

    id: str
    doc: str
    text: str
    before: str = ""
    after: str = ""
    suggestion: Suggestion | None = None
    sampled: str = ""
    weight: float | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """The row of a sample."""
        row: dict[str, Any] = {"id": self.id, "doc": self.doc, "text": self.text}
        row |= {"before": self.before, "after": self.after}
        row["suggestion"] = self.suggestion.to_row() if self.suggestion else None
        row |= {"sampled": self.sampled, "weight": self.weight}
        for name, value in self.columns.items():
            row[f"{CLASH_PREFIX}{name}" if name in OWN else name] = value
        return row


def is_run(path: Path) -> bool:
    """Whether a path holds annotations of `claimkit annotate` rather than a sample or a plain table."""
    if path.is_dir() or path.suffix.lower() == ".parquet":
        return True
    first = next(iter(read_table(path)), None)
    return first is not None and first[1].keys() >= {*FIELDS}


def read_items(path: Path, labels: Sequence[str] = ()) -> list[Item]:
    """Read a sample, a run, or any .jsonl, .csv or .tsv with the columns id and text.

    Args:
        path: The file, or a run folder.
        labels: The labels that will be asked about; a suggestion of any other is left out.

    Raises:
        InputError: Missing, malformed, empty, or an id that occurs twice.
    """
    items = items_of_run(path) if is_run(path) else [_item(row, place) for place, row in read_table(path)]
    if not items:
        raise InputError(f"{path} has nothing to label in it.", hint="Give what `claimkit sample -o` wrote.")
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise InputError(f"{path}: the id {item.id!r} occurs twice.", hint="Ids must be unique.")
        seen.add(item.id)
    return [_fitted(item, labels) for item in items] if labels else items


def items_of_run(path: Path) -> list[Item]:
    """Every sentence of a run that has a text, in the order of the documents, with its surroundings.

    Raises:
        InputError: It is no run.
    """
    rows = [row for row in read_rows(path) if row["text"].strip() and (row.get(KIND) or "sentence") == "sentence"]
    sentences = [Sentence(row["doc_id"], row["start"], row["end"], row["text"]) for row in rows]
    around = surroundings(manifest_of(path), sentences)
    return [_of_annotation(row, around[one.id]) for row, one in zip(rows, sentences, strict=True)]


def _of_annotation(row: Mapping[str, Any], around: Surroundings) -> Item:
    columns = {
        name: value
        for name, value in row.items()
        if name not in FIELDS and name not in (KIND, LABEL_SET) and value is not None
    }
    suggestion = Suggestion(row["label"], row["probs"] or {}, row["attributed"], str(row["backend"]))
    return Item(row["id"], row["doc_id"], row["text"], around.before, around.after, suggestion, columns=columns)


def _item(row: Mapping[str, Any], place: str) -> Item:
    missing = [name for name in ("id", "text") if not str("" if row.get(name) is None else row[name]).strip()]
    if missing:
        raise InputError(f"{place}: no {' and no '.join(missing)}.", hint="Each row to label needs an id and a text.")
    if not isinstance(row["text"], str):
        raise InputError(f"{place}: text is {row['text']!r}.", hint="It must be a string.")
    return Item(
        str(row["id"]),
        str(row["id"] if row.get("doc") in (None, "") else row["doc"]),
        row["text"],
        str(row.get("before") or ""),
        str(row.get("after") or ""),
        _suggestion(row.get("suggestion"), place),
        str(row.get("sampled") or ""),
        _number(row.get("weight")),
        # An earlier answer is neither a column nor a suggestion, and nobody may see it.
        {name: value for name, value in row.items() if name not in (*OWN, "label", "attributed")},
    )


def _number(value: Any) -> float | None:
    try:
        return float(value)  # a string in a CSV
    except (TypeError, ValueError):
        return None


def _suggestion(value: Any, place: str) -> Suggestion | None:
    if value in (None, ""):
        return None
    if not isinstance(value, dict):
        raise InputError(
            f"{place}: suggestion is {value!r:.60}.", hint="It must be an object with a label, or left out."
        )
    probs = value.get("probs") or {}
    return Suggestion(value.get("label"), probs, value.get("attributed"), str(value.get("backend") or ""))


def _fitted(item: Item, labels: Sequence[str]) -> Item:
    """Without the suggestion of a model that was asked about other labels."""
    said = item.suggestion
    foreign = said is not None and not {*said.probs, *filter(None, [said.label])} <= {*labels}
    return replace(item, suggestion=None) if foreign else item
