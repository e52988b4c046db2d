"""The data of a page: columns of numbers beside the text, small enough for tens of thousands of sentences."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.exchange.views import AnnotatedDocument, Comparison, LabelView
from toolkit.records import Annotation

_CLAIMS = {"factual_claim": 0, "opinion": 1, "prediction": 2, "rhetoric": 3}  # the same colour at any position
_COLOURS, _UNDERLINES = 12, 5  # as in base.css; coprime, so that a pair of them comes back only after 60 labels

NOT_A_SENTENCE = -1
NO_ANSWER = -2
"""In a column of the other side: it has no such sentence."""

_STATES = [
    {"name": "abstained", "definition": "No label was likely enough.", "letter": "?", "css": "abstained"},
    {"name": "failed", "definition": "There is no answer.", "letter": "!", "css": "failed"},
]


def payload(
    documents: Sequence[AnnotatedDocument],
    labels: Sequence[LabelView],
    *,
    facts: Mapping[str, str],
    grouped_by: str = "",
    dated_by: str = "",
    comparison: Comparison | None = None,
) -> dict[str, Any]:
    """What the script of the page gets.

    Offsets count code points, as everywhere. Probabilities are in thousandths. A *kind* is the number of a label, or
    one of the two after them: abstained, failed.

    Args:
        documents: In order.
        labels: The label set.
        facts: About the run.
        grouped_by: What the groups of the documents are.
        dated_by: Where their dates come from.
        comparison: The other side.

    Raises:
        ValueError: An annotation does not fit its text, overlaps another, or has a label outside the set.
    """
    kinds = {label.name: number for number, label in enumerate(labels)}
    sizes = [len(document.annotations) + len(document.extra) for document in documents]
    return {
        "labels": [*_looks(labels), *_STATES],
        "facts": list(facts.items()),
        "rows": len(documents) > 1 and 2 * sizes.count(1) > sum(sizes),
        "group": grouped_by,
        "date": dated_by,
        "against": _against(comparison, kinds) if comparison else None,
        "documents": [_document(document, kinds, compared=comparison is not None) for document in documents],
    }


def _looks(labels: Sequence[LabelView]) -> list[dict[str, str]]:
    """Gives each label a colour, an underline and a letter of its own."""
    reserved = {_CLAIMS[label.name] for label in labels if label.name in _CLAIMS}
    free = (slot for slot in itertools.count() if slot not in reserved)
    taken: set[str] = {"?", "!"}
    looks = []
    for label in labels:
        letters = itertools.chain(filter(str.isalnum, label.name.upper()), map(str, itertools.count(1)))
        letter = next(letter for letter in letters if letter not in taken)
        taken.add(letter)
        slot = _CLAIMS[label.name] if label.name in _CLAIMS else next(free)
        css = f"c{slot % _COLOURS} u{slot % _UNDERLINES}"
        looks.append({"name": label.name, "definition": label.definition, "letter": letter, "css": css})
    return looks


def _against(comparison: Comparison, kinds: Mapping[str, int]) -> dict[str, Any]:
    loose = [
        [annotation.sentence.doc_id, annotation.sentence.text, _kind(annotation, kinds)]
        for annotation in comparison.loose
    ]
    return {
        "own": comparison.own,
        "other": comparison.other,
        "gold": comparison.kind == "gold",
        "joined": dict(comparison.joined),
        "loose": loose,
    }


def _document(document: AnnotatedDocument, kinds: Mapping[str, int], *, compared: bool) -> dict[str, Any]:
    _check(document.text, document.annotations)
    _check(document.text, document.extra)
    found: dict[str, Any] = {"id": document.id, "text": document.text, "own": _columns(document.annotations, kinds)}
    if document.group:
        found["group"] = document.group
    if document.date:
        found["date"] = document.date
    if compared:
        answers = document.answers or [None] * len(document.annotations)
        if len(answers) != len(document.annotations):
            raise ValueError(f"{document.id}: {len(answers)} answers for {len(document.annotations)} annotations")
        found["other"] = _answers(answers, kinds)
        found["extra"] = _columns(document.extra, kinds)
    return found


def _columns(annotations: Sequence[Annotation], kinds: Mapping[str, int]) -> dict[str, Any]:
    places = [annotation.sentence for annotation in annotations]
    units = {number: place.kind for number, place in enumerate(places) if place.kind != "sentence"}
    columns = {"s": [place.start for place in places], "e": [place.end for place in places]}
    return columns | _answers(annotations, kinds) | ({"u": units} if units else {})


def _answers(answers: Sequence[Annotation | None], kinds: Mapping[str, int]) -> dict[str, Any]:
    """One entry for each in ``k`` (kind), ``a`` (attributed: 1, 0 or -1), ``q`` (its probability, or -1) and ``p``."""
    found: dict[str, Any] = {"k": [], "a": [], "q": [], "p": []}
    remarks: dict[str, dict[int, str]] = {"f": {}, "r": {}, "n": {}}
    for number, answer in enumerate(answers):
        found["k"].append(NO_ANSWER if answer is None else _kind(answer, kinds))
        flag = answer.attributed if answer else None
        found["a"].append(-1 if flag is None else int(flag))
        found["q"].append(-1 if answer is None or answer.attributed_prob is None else _mille(answer.attributed_prob))
        # A label that has no probability of its own is told apart from one of 0.
        probs = answer.probs if answer else {}
        found["p"].append([_mille(probs[name]) if name in probs else -1 for name in kinds] if probs else 0)
        if answer and answer.failure:
            remarks["f"][number] = f"{answer.failure.kind}: {answer.failure.message}"
        if answer and answer.rationale:
            remarks["r"][number] = answer.rationale
        if answer and answer.label_set and len(answer.label_set) > 1:
            remarks["n"][number] = ", ".join(name.replace("_", " ") for name in answer.label_set)
    return found | {name: told for name, told in remarks.items() if told}


def _kind(annotation: Annotation, kinds: Mapping[str, int]) -> int:
    if annotation.label is not None and annotation.label not in kinds:
        raise ValueError(f"{annotation.sentence.id}: label {annotation.label!r} is not in the label set")
    if annotation.failure:
        return len(kinds) + 1
    if annotation.sentence.kind != "sentence":
        return NOT_A_SENTENCE
    if annotation.abstained:
        return len(kinds)
    return NOT_A_SENTENCE if annotation.label is None else kinds[annotation.label]


def _mille(probability: float) -> int:
    return round(1000 * probability)


def _check(text: str, annotations: Sequence[Annotation]) -> None:
    cursor = 0
    for annotation in annotations:
        sentence = annotation.sentence
        if not cursor <= sentence.start <= sentence.end:
            raise ValueError(f"{sentence.id}: begins before the end of the annotation before it")
        if sentence.end > len(text) or text[sentence.start : sentence.end] != sentence.text:
            raise ValueError(f"{sentence.id}: the document has another text at these offsets")
        cursor = sentence.end
