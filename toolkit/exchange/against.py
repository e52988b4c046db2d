"""Another run, or a gold set, put beside a run: sentence by sentence, and nothing passed over in silence."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from toolkit.errors import InputError
from toolkit.evaluation.goldset import SPLITS, GoldRow, load_gold
from toolkit.exchange.run import Run, read_run
from toolkit.exchange.views import LabelView
from toolkit.labels import Label, LabelSet, load_labels
from toolkit.records import Annotation, Sentence


class Answer(NamedTuple):
    """What the other side said of a sentence, and what it calls it."""

    id: str
    placed: bool
    """Whether the offsets of its sentence mean anything."""
    annotation: Annotation


@dataclass(frozen=True, slots=True)
class Other:
    """The other side.

    Attributes:
        name: Of its run or gold set.
        kind: Which of the two it is.
        answers: In order.
        labels: Of its label set.
        run: The run, or None.
    """

    name: str
    kind: Literal["run", "gold"]
    answers: Sequence[Answer]
    labels: Sequence[LabelView]
    run: Run | None = None


@dataclass(slots=True)
class Joined:
    """What belongs together.

    Attributes:
        pairs: Position in the run to the answer of the other side.
        left: Answers to sentences that the run does not have.
        by: How many were joined by ``id``, ``span`` or ``text``.
    """

    pairs: dict[int, Annotation] = field(default_factory=dict)
    left: list[Answer] = field(default_factory=list)
    by: Counter[str] = field(default_factory=Counter)


def read_other(path: Path, run: Run) -> Other:
    """Read what a run is to be shown against.

    Args:
        path: A run, or a gold set: its folder or one file.
        run: Its label set decides what a gold set may hold.

    Raises:
        InputError: It is neither, or has a label that the run does not know.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist.", hint="Give a run of `claimkit annotate`, or a gold set.")
    if files := _gold_files(path):
        labels = _label_set(run)
        answers = [_from_gold(row) for file in files for row in load_gold(file, labels).rows]
        return Other(
            path.resolve().name, "gold", answers, [LabelView(one.name, one.definition) for one in labels.labels]
        )
    found = read_run(path)
    answers = [Answer(a.sentence.id, True, a) for a in found.annotations if a.sentence.kind == "sentence"]
    return Other(found.name, "run", answers, found.labels, found)


def join(own: Sequence[Annotation], answers: Sequence[Answer]) -> Joined:
    """Find the same sentences on both sides.

    By id first, which for two runs is document and span; then by document and span; then by text, where it
    occurs once on either side. Whatever the way, the text must be the same.

    Args:
        own: Annotations of the run.
        answers: Of the other side; none is used twice.
    """
    joined = Joined()
    asked = {place for place, annotation in enumerate(own) if annotation.sentence.kind == "sentence"}
    free = dict(enumerate(answers))
    ways: list[tuple[str, Callable[[Annotation], Hashable], Callable[[Answer], Hashable]]] = [
        ("id", lambda a: (a.sentence.id, _plain(a)), lambda o: (o.id, _plain(o.annotation))),
        ("id", lambda a: (a.sentence.doc_id, _plain(a)), lambda o: (o.id, _plain(o.annotation))),
        ("span", lambda a: (a.sentence.id, _plain(a)), lambda o: (o.placed and o.annotation.sentence.id, _plain(o[2]))),
        ("text", _plain, lambda o: _plain(o.annotation)),
    ]
    for name, key, other_key in ways:
        if not (asked and free):
            break
        mine = _unique((place, key(own[place])) for place in sorted(asked))
        theirs = _unique((place, other_key(answer)) for place, answer in free.items())
        for value in mine.keys() & theirs.keys():
            place, number = mine[value], theirs[value]
            joined.pairs[place] = answers[number].annotation
            joined.by[name] += 1
            asked.discard(place)
            del free[number]
    joined.left = list(free.values())
    return joined


def all_labels(own: Sequence[LabelView], other: Sequence[LabelView], answers: Iterable[Answer]) -> list[LabelView]:
    """Labels of the run, then those that only the other side has and uses."""
    names = {label.name for label in own}
    used = {answer.annotation.label for answer in answers} | {p for answer in answers for p in answer.annotation.probs}
    return [*own, *(label for label in other if label.name not in names and label.name in used)]


def _unique(keys: Iterable[tuple[int, Hashable]]) -> dict[Hashable, int]:
    places: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, key in keys:
        places[key].append(place)
    return {key: found[0] for key, found in places.items() if len(found) == 1}


def _plain(annotation: Annotation) -> str:
    return " ".join(annotation.sentence.text.split())


def _gold_files(path: Path) -> list[Path]:
    if path.is_dir():
        files = [path / f"{split}.jsonl" for split in SPLITS]
        return [] if (path / "manifest.json").exists() else [file for file in files if file.is_file()]
    return [path] if path.suffix == ".jsonl" and _is_gold(path) else []


def _is_gold(path: Path) -> bool:
    """Whether the first line is a row of a gold set and no annotation."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            first = json.loads(next((line for line in lines if line.strip()), "null"))
    except (OSError, ValueError):
        return False  # the reader of runs says what is wrong
    return isinstance(first, Mapping) and "label" in first and "doc_id" not in first


def _label_set(run: Run) -> LabelSet:
    found = [Label(name=label.name, definition=label.definition) for label in run.labels]
    if "labels" not in run.manifest:
        names = {label.name for label in found}
        found += [label for label in load_labels("claims").labels if label.name not in names]
    return LabelSet(name="the run", labels=tuple(found))


def _from_gold(row: GoldRow) -> Answer:
    start, end = row.columns.get("start"), row.columns.get("end")
    placed = isinstance(start, int) and isinstance(end, int) and end - start == len(row.text)
    begin = start if placed and isinstance(start, int) else 0
    sentence = Sentence(row.doc, begin, begin + len(row.text), row.text)
    return Answer(row.id, placed, Annotation(sentence, "gold", "", label=row.label, attributed=row.attributed))
