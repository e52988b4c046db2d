"""`claimkit import`: answers of people become a gold set, with all answers kept and nothing decided for them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from toolkit.corpus.write import atomic, write_jsonl
from toolkit.errors import ConfigError, InputError, OutputError, UnknownNameError
from toolkit.evaluation.agree import disagreements
from toolkit.evaluation.annotators import FILE
from toolkit.evaluation.answers import ADJUDICATOR, Answer, Answers
from toolkit.exchange.given import Given
from toolkit.labels import LabelSet, load_labels

READERS: Mapping[str, str] = {
    "label-studio": "label_studio",
    "argilla": "argilla",
    "prodigy": "prodigy",
    "doccano": "doccano",
    "csv": "answers",
    "jsonl": "answers",
}
ADJUDICATE = "adjudicate.jsonl"
"""The sentences that annotators answered differently, to be ruled on."""
KEYS = ("label", "attributed")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to.

    Attributes:
        answers: Annotator to status to count, of the files.
        replaced: Answers that the same annotator had given before.
        gold: Sentences with a label that stands.
        open: Sentences to adjudicate.
        unlabelled: Sentences that nobody gave a label.
    """

    answers: Mapping[str, Mapping[str, int]]
    replaced: int
    gold: int
    open: int
    unlabelled: int


def import_answers(
    files: Sequence[Path],
    form: str,
    output: Path,
    *,
    names: Sequence[str] = (),
    labels: str = "claims",
    split: str = "test",
) -> Imported:
    """Import the answers of annotators.

    Args:
        files: What the tool exported.
        form: Name of the format.
        output: Folder of the gold set. Answers that are there already stay; a later one of the same annotator to the
            same sentence takes the place of the earlier.
        names: Who answered, where a file does not tell; or ``ID=NAME`` for what to call an ID of the tool.
        labels: Label set.
        split: ``dev`` or ``test``.

    Raises:
        UnknownNameError: No such format or label set.
        InputError: A file is something else, or holds no answer.
        OutputError: The folder holds a gold set that was not imported.
    """
    if form not in READERS:
        raise UnknownNameError("format", form, READERS)
    known = load_labels(labels)
    read: Callable[[Path], Iterator[Given]] = import_module(f"toolkit.exchange.{READERS[form]}").read
    new = [_named(given, path, names) for path in files for given in read(path)]
    if not new:
        raise InputError("The files hold no answer.", hint="Were the annotations exported with the tasks?")
    new = [_checked(given, known) for given in new]
    old = _earlier(output, split)
    every: dict[tuple[str, str], Given] = {}
    for given in [*old, *new]:
        every[given.id, given.annotator] = given
    rows = list(every.values())
    gold, unlabelled, disputed = _resolve(rows)
    write_jsonl(map(_answer_row, rows), output / FILE)
    for name, found in ((f"{split}.jsonl", gold), (ADJUDICATE, disputed)):
        write_jsonl(found, output / name) if found else (output / name).unlink(missing_ok=True)
    told: dict[str, Counter[str]] = {}
    for given in new:
        told.setdefault(given.annotator, Counter())[given.status] += 1
    report = Imported(told, len(old) + len(new) - len(rows), len(gold), len(disputed), unlabelled)
    _write_card(output, known, rows, gold, report)
    return report


def _named(given: Given, path: Path, names: Sequence[str]) -> Given:
    called = dict(name.split("=", 1) for name in names if "=" in name)
    plain = [name for name in names if "=" not in name]
    if len(plain) > 1:
        raise ConfigError(f"{plain[0]} and {plain[1]} cannot both be the annotator.", hint="Import file by file.")
    unnamed = plain[0] if plain else path.stem
    annotator = given.annotator or unnamed
    return replace(given, annotator=called.get(annotator, annotator))


def _checked(given: Given, labels: LabelSet) -> Given:
    if given.label is not None and given.label not in labels.names:
        raise InputError(
            f"{given.annotator} gave {given.id!r} the label {given.label!r}, which is not in {labels.name!r}.",
            hint=f"Labels: {', '.join(labels.names)}; name another label set with --labels.",
        )
    return given


def _earlier(output: Path, split: str) -> list[Given]:
    """Answers of an earlier import.

    Raises:
        OutputError: There is a gold set whose answers are not all here, so that writing it anew would lose labels.
    """
    place = output / FILE
    rows = _lines(place)
    try:
        found = [
            Given(**{name: row.get(name) for name in Given.__dataclass_fields__} | {"note": row.get("note") or ""})
            for row in rows
            if row["text"] and row["doc"] and row["status"]
        ]
    except KeyError:
        found = []
    answered = {given.id for given in found}
    gold = [str(row.get("id")) for row in _lines(output / f"{split}.jsonl")]
    if len(found) < len(rows) or not answered.issuperset(gold):
        raise OutputError(f"{output} holds a gold set that was not imported.", hint="Choose another folder with -o.")
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be read: {error}.", hint="Choose another folder with -o.") from None


def _answer_row(given: Given) -> dict[str, Any]:
    names = ("id", "annotator", "label", "attributed", "status", "note", "doc", "start", "end", "text")
    return {name: getattr(given, name) for name in names}


def _resolve(rows: Iterable[Given]) -> tuple[list[dict[str, Any]], int, list[dict[str, Any]]]:
    """Gold rows, how many nobody labelled, and the rows to adjudicate.

    A label stands when all who answered gave it, or the adjudicator did; the same goes for the flag.
    """
    by_row: dict[str, list[Given]] = {}
    for given in rows:
        by_row.setdefault(given.id, []).append(given)
    gold, unlabelled, open_rows = [], 0, []
    for name, own in by_row.items():
        answered = [given for given in own if given.status == "answered"]
        ruled = [given for given in answered if given.annotator == ADJUDICATOR]
        said = {key: {value for g in answered if (value := getattr(g, key)) is not None} for key in KEYS}
        said |= {key: {value} for key in KEYS for g in ruled if (value := getattr(g, key)) is not None}
        if not said["label"]:
            unlabelled += 1
        elif any(len(values) > 1 for values in said.values()):
            open_rows += [given for given in answered if given.annotator != ADJUDICATOR]
        else:
            first = own[0]
            place = {} if first.start is None else {"start": first.start, "end": first.end}
            flag = {"attributed": next(iter(said["attributed"]))} if said["attributed"] else {}
            label = next(iter(said["label"]))
            gold.append({"id": name, "doc": first.doc, **place, "text": first.text, "label": label, **flag})
    return gold, unlabelled, _to_adjudicate(open_rows)


def _to_adjudicate(rows: Sequence[Given]) -> list[dict[str, Any]]:
    def text(value: Any) -> str | None:
        return str(value).lower() if isinstance(value, bool) else value

    return disagreements(
        Answers(
            [Answer(g.id, g.annotator, {key: text(getattr(g, key)) for key in KEYS}, g.note) for g in rows],
            KEYS,
            {g.id: g.doc for g in rows},
            {g.id: g.text for g in rows},
        )
    )


def _write_card(
    output: Path, labels: LabelSet, rows: Sequence[Given], gold: Sequence[Mapping[str, Any]], report: Imported
) -> None:
    """A card where there is none; one that somebody wrote stays."""
    place = output / "card.md"
    mark = "<!-- made by `claimkit import`; remove this line to keep your own text -->"
    if place.is_file() and mark not in place.read_text(encoding="utf-8"):
        return
    counts = Counter(row["label"] for row in gold)
    answers: dict[str, Counter[str]] = {}
    for given in rows:
        answers.setdefault(given.annotator, Counter())[given.status] += 1
    statuses = ("answered", "skipped", "rejected", "unclear")
    lines = [
        mark,
        f"# {output.resolve().name}",
        "",
        f"Hand-labelled with the label set {labels.name!r} (version {labels.version}). {report.gold} sentences have a "
        f"label that stands, {report.open} are to be adjudicated, {report.unlabelled} got no label.",
        "",
        "| label | sentences |",
        "| --- | ---: |",
        *(f"| {name} | {counts[name]} |" for name in labels.names),
        "",
        f"| annotator | {' | '.join(statuses)} |",
        f"| --- | {' | '.join('---:' for _ in statuses)} |",
        *(f"| {who} | {' | '.join(str(own[status]) for status in statuses)} |" for who, own in answers.items()),
        "",
        f"All answers are in `{FILE}`. A label stands when all who answered gave it, or the annotator "
        f"`{ADJUDICATOR}` did.",
    ]
    with atomic(place) as handle:
        handle.write(("\n".join(lines) + "\n").encode("utf-8", "replace"))
