"""The words on the screen, from label set, task and case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from toolkit.evaluation.answers import Answer
from toolkit.labelling.adjudicate import Case
from toolkit.labelling.keys import label_keys
from toolkit.labelling.label import Task
from toolkit.labelling.terminal.screen import Said, Wording
from toolkit.labels import LabelSet


def task_wording(task: Task, guideline: str, *, source: str) -> Wording:
    """For `claimkit label`."""
    return _wording(task.labels, f"{source} · {task.annotator} · {task.mode}", guideline, flag=bool(task.labels.flags))


def case_wording(case: Case, guideline: str, *, names: bool) -> Wording:
    """For `claimkit adjudicate`.

    Args:
        case: What is to be settled.
        guideline: Markdown.
        names: Whether to show who said what, or letters instead.
    """
    shown = _names(case.answers.annotators, names=names)
    said = {row.item.id: [_said(one, shown) for one in row.given] for row in case.disputed}
    reasons = {row.item.id: row.reason for row in case.disputed}
    flag = "attributed" in case.answers.questions
    title = f"{case.folder.name} · adjudicator"
    return _wording(case.labels, title, guideline, flag=flag, said=said, reasons=reasons)


def _names(annotators: Sequence[str], *, names: bool) -> dict[str, str]:
    """Letters by default: a ruling should go by the answer, not by who gave it."""
    letters = [chr(ord("A") + place) if place < 26 else str(place + 1) for place in range(len(annotators))]
    return dict(zip(annotators, annotators if names else letters, strict=True))


def _said(answer: Answer, names: Mapping[str, str]) -> Said:
    flag = answer.given.get("attributed")
    return Said(
        names[answer.annotator], answer.given.get("label"), None if flag is None else flag == "true", answer.note
    )


def _wording(
    labels: LabelSet,
    title: str,
    guideline: str,
    *,
    flag: bool,
    said: Mapping[str, Sequence[Said]] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> Wording:
    described = labels.flags[0].definition if labels.flags else ""
    return Wording(
        title,
        label_keys(labels.names),
        {label.name: " ".join(label.definition.split()) for label in labels.labels},
        " ".join(described.split()) if flag else "",
        guideline,
        said or {},
        reasons or {},
    )
