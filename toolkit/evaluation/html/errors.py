"""Every wrong row, in the compact form that the error browser of the page reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from toolkit.errors import InputError

Rows = Sequence[Mapping[str, Any]]

WRONG, ABSTAINED, FAILED = range(3)


def wrong_rows(gold: Rows, answers: Mapping[str, Rows], classes: Sequence[str], backends: Sequence[str]) -> Any:
    """The rows of one gold set that one backend or more has wrong.

    Args:
        gold: Rows of ``gold/<set>.jsonl``.
        answers: Backend to rows of ``predictions/<set>/<backend>.jsonl``.
        classes: What is scored.
        backends: Names of all backends; their positions stand for them.

    Returns:
        ``rows`` as lists of id, document, text, class, flag, agreement, and ``wrong`` as lists of row, backend, kind,
        answer, scores in thousandths, flag answered, and the message of a failure. A class is its position, -1 is none.

    Raises:
        InputError: Gold and predictions are not of the same rows.
    """
    kept: dict[int, int] = {}
    wrong: list[list[Any]] = []
    place = {name: position for position, name in enumerate(classes)}
    for backend, rows in answers.items():
        if len(rows) != len(gold) or any(one["id"] != row["doc_id"] for one, row in zip(gold, rows, strict=True)):
            raise InputError(f"The predictions of {backend} are not of the gold rows.", hint="Evaluate again.")
        for position, (one, row) in enumerate(zip(gold, rows, strict=True)):
            if row["answer"] != one["label"]:
                shown = kept.setdefault(position, len(kept))
                wrong.append([shown, backends.index(backend), *_answer(row, classes, place)])
    return {"rows": [_row(gold[position], place) for position in kept], "wrong": wrong}


def _row(one: Mapping[str, Any], place: Mapping[str, int]) -> list[Any]:
    text, flag = one.get("text"), one.get("attributed")
    agreement = one.get("agreement")
    return [one["id"], one["doc"], text, place.get(one["label"], -1), None if flag is None else int(flag), agreement]


def _answer(row: Mapping[str, Any], classes: Sequence[str], place: Mapping[str, int]) -> list[Any]:
    failure = row.get("failure")
    kind = FAILED if failure else ABSTAINED if row["answer"] is None else WRONG
    scores = row.get("scores")
    shares = [round(1000 * scores[name]) for name in classes] if scores else None
    flag = row.get("attributed")
    message = [f"{failure['kind']}: {failure['message']}"] if failure else []
    return [kind, place.get(row["answer"], -1), shares, None if flag is None else int(flag), *message]


def as_script(value: Any) -> Markup:
    """JSON for a ``script`` element, which nothing in it can end or turn into a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace("\0", "\\u0000"))
