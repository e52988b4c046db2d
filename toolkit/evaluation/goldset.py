"""Hand-labelled sets: a folder with a card, guidelines, and one JSONL file per split."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolkit.annotate.context import add_context
from toolkit.backends.prompt_config import ContextConfig
from toolkit.errors import ConfigError, InputError
from toolkit.evaluation.schemes import Scheme, label_scheme
from toolkit.labels import LabelSet
from toolkit.records import Sentence

SPLITS = ("dev", "test")


@dataclass(frozen=True, slots=True)
class GoldRow:
    """One hand-labelled sentence.

    Attributes:
        id: Unique in the set.
        doc: The document that it stands in; intervals resample documents, not sentences.
        text: The sentence.
        label: The adjudicated label.
        attributed: The flag, or None where the set does not say.
        columns: Everything else in the file, such as ``genre``.
    """

    id: str
    doc: str
    text: str
    label: str
    attributed: bool | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GoldSet:
    """The rows of one split.

    Attributes:
        name: Name of the set: its folder, or its file.
        split: ``dev`` or ``test``; empty for a single file.
        rows: In file order.
        digest: SHA-256 of the file.
        scheme: What is scored; the labels are its classes.
        keep_text: Whether sentences may stand in what is written.
        benchmark: Facts of a public set: source, licence, citation and the like.
        folder: Where other splits and ``annotators.jsonl`` lie, or None.
    """

    name: str
    split: str
    rows: Sequence[GoldRow]
    digest: str
    scheme: Scheme
    keep_text: bool = True
    benchmark: Mapping[str, str] | None = None
    folder: Path | None = None


def sentences_of(rows: Sequence[GoldRow], wanted: ContextConfig | None = None) -> list[Sentence]:
    """The rows as sentences, in order, each with the rows of its document around it if that is wanted.

    Args:
        rows: The rows; those of one document stand in its order.
        wanted: What the backend wants to see; a column ``title`` tells the title.
    """
    sentences = [Sentence(row.id, 0, len(row.text), row.text) for row in rows]
    if wanted is None:
        return sentences
    documents: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        documents.setdefault(row.doc, []).append(place)
    for places in documents.values():
        title = str(rows[places[0]].columns.get("title") or "")
        seen = add_context([sentences[place] for place in places], wanted, title=title)
        for place, sentence in zip(places, seen, strict=True):
            sentences[place] = sentence
    return sentences


def require_distinct(kind: str, names: Sequence[str]) -> None:
    """Check that what goes by name has a name of its own.

    Args:
        kind: What they are, in the plural.
        names: Their names.

    Raises:
        ConfigError: Two have the same one.
    """
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"Two {kind} are called {name!r}.", hint="Give each a name of its own.")


def load_gold(path: Path, labels: LabelSet, *, split: str = "test") -> GoldSet:
    """Load a split of a gold set.

    Args:
        path: Folder with ``dev.jsonl`` and ``test.jsonl``, or one .jsonl file.
        labels: The label set; every gold label must be in it.
        split: Which split of a folder.

    Raises:
        InputError: Missing, malformed, empty, a repeated id, or a label that is not in the set; names the line.
    """
    file = path / f"{split}.jsonl" if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            f"The gold file {file} does not exist.", hint="A gold set is a folder with dev.jsonl and test.jsonl."
        )
    try:
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"The gold file {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{file}, line {number}: not valid UTF-8.", hint="Save the file as UTF-8.") from error
    rows: list[GoldRow] = []
    seen: set[str] = set()
    # JSON may hold U+2028 and other ends of lines as they are, so only "\n" ends one here.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            row = _row(line, f"{file}, line {number}", labels)
            if row.id in seen:
                raise InputError(f"{file}, line {number}: the id {row.id!r} occurs twice.", hint="Ids must be unique.")
            seen.add(row.id)
            rows.append(row)
    if not rows:
        raise InputError(f"The gold file {file} is empty.", hint="Put one labelled sentence on each line.")
    name, part = (path.resolve().name, split) if path.is_dir() else (path.stem, "")
    digest = hashlib.sha256(data).hexdigest()
    return GoldSet(name, part, rows, digest, label_scheme(labels), folder=path if path.is_dir() else path.parent)


def _row(line: str, place: str, labels: LabelSet) -> GoldRow:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: not valid JSON: {error}.", hint="One JSON object per line.") from None
    if not isinstance(value, dict):
        raise InputError(f"{place}: not a JSON object.", hint="Each line needs id, text and label.")
    missing = [key for key in ("id", "text", "label") if not str(value.get(key) or "").strip() and value.get(key) != 0]
    if missing:
        raise InputError(f"{place}: no {' and no '.join(missing)}.", hint="Each line needs id, text and label.")
    if not isinstance(value["text"], str):
        raise InputError(f"{place}: text is {value['text']!r}.", hint="It must be a string.")
    if value["label"] not in labels.names:
        raise InputError(
            f"{place}: {value['label']!r} is not a label of {labels.name!r}.",
            hint=f"Labels: {', '.join(labels.names)}.",
        )
    flag = value.get("attributed")
    if not isinstance(flag, bool | None):
        raise InputError(f"{place}: attributed is {flag!r}.", hint="Write true, false or leave it out.")
    known = {"id", "doc", "text", "label", "attributed"}
    columns = {key: item for key, item in value.items() if key not in known}
    document = value["id"] if value.get("doc") in (None, "") else value["doc"]
    return GoldRow(str(value["id"]), str(document), value["text"], value["label"], flag, columns)
