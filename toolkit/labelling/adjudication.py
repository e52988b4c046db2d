"""From several annotators' answers to a gold set: what is agreed on, what somebody has to rule on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from toolkit.errors import InputError
from toolkit.evaluation.answers import Answer as Given
from toolkit.evaluation.answers import Answers
from toolkit.labelling.answers import Answer
from toolkit.labelling.items import Item

Rule = Literal["ask", "majority"]
"""What settles a disagreement: the adjudicator alone, or first what more than half of the annotators said."""


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence and what was said of it.

    Attributes:
        item: The sentence.
        given: The answers, in the order of the annotators; a skip is one without a label.
        label: What is settled; None where somebody has to rule.
        attributed: The flag that is settled; None where it is open or nobody was asked.
        reason: Why somebody has to rule, in words; empty where nobody has to.
    """

    item: Item
    given: Sequence[Given]
    label: str | None
    attributed: bool | None
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody has to rule."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the rows.

    Attributes:
        rows: Those that have a label, for the gold set.
        agreed: How many of them were settled by the answers.
        ruled: How many by the adjudicator.
        single: How many of them only one annotator labelled.
        open: Rows that still wait for a ruling.
        left_out: Rows that nobody labelled, or that the adjudicator skipped.
    """

    rows: Sequence[tuple[Item, str, bool | None]]
    agreed: int
    ruled: int
    single: int
    open: int
    left_out: int


def compare(answers: Answers, items: Sequence[Item], labels: Sequence[str], *, rule: Rule = "ask") -> list[Row]:
    """Put the answers to each sentence side by side.

    Args:
        answers: Of all annotators.
        items: The sample that was labelled, for its surroundings and columns; may lack rows or be empty.
        labels: What may be a label.
        rule: What settles a disagreement.

    Raises:
        InputError: An answer is no label of the set, or the text of a row is not known.
    """
    known = {item.id: item for item in items}
    order = {item.id: place for place, item in enumerate(items)}
    given: dict[str, list[Given]] = {}
    for answer in answers.given:
        label = answer.given.get("label")
        if label is not None and label not in labels:
            raise InputError(
                f"{answer.annotator} answered {label!r} to {answer.row!r}, which is not a label.",
                hint=f"Labels: {', '.join(labels)}; name another label set with --labels.",
            )
        given.setdefault(answer.row, []).append(answer)
    asked = "attributed" in answers.questions
    return [
        _row(known.get(one) or _bare(one, answers), said, asked=asked, rule=rule)
        for one, said in sorted(given.items(), key=lambda pair: order.get(pair[0], len(order)))
    ]


def _bare(row: str, answers: Answers) -> Item:
    text = answers.texts.get(row)
    if not text:
        raise InputError(
            f"The sentence of {row!r} is not known.", hint="Name the sample that was labelled: --sample FILE."
        )
    return Item(row, answers.document(row), text)


def _row(item: Item, given: Sequence[Given], *, asked: bool, rule: Rule) -> Row:
    labels = Counter(label for one in given if (label := one.given.get("label")) is not None)
    said = labels.total()
    flags = Counter(flag for one in given if asked and (flag := one.given.get("attributed")) is not None)
    if not said:
        return Row(item, given, None, None, "nobody gave a label")
    label, flag = _settled(labels, said, rule), _settled(flags, flags.total(), rule)
    reasons = []
    if label is None:
        reasons.append("label")
    if flags and flag is None:
        reasons.append("attributed")
    reason = f"they differ on {' and '.join(reasons)}" if reasons else ""
    if not reason and said < len(given):
        reason = "somebody gave no label" if rule == "ask" else ""
    return Row(item, given, label, None if flag is None else flag == "true", reason)


def _settled(votes: Counter[str], voters: int, rule: Rule) -> str | None:
    if not votes:
        return None
    most, count = votes.most_common(1)[0]
    return most if count == voters or (rule == "majority" and 2 * count > voters) else None


def settle(rows: Sequence[Row], rulings: Mapping[str, Answer]) -> Settled:
    """Put rulings in where somebody had to rule; a ruling on a row that is agreed on by now still holds.

    Args:
        rows: All rows.
        rulings: Item to the adjudicator's answer.
    """
    found: list[tuple[Item, str, bool | None]] = []
    agreed = ruled = single = still = left_out = 0
    for row in rows:
        ruling = rulings.get(row.item.id)
        if ruling is not None and ruling.is_done:
            if ruling.label is None:
                left_out += 1
                continue
            ruled += 1
            found.append((row.item, ruling.label, ruling.attributed))
        elif row.is_open or row.label is None:
            still += 1
            continue
        else:
            agreed += 1
            found.append((row.item, row.label, row.attributed))
        single += sum(one.given.get("label") is not None for one in row.given) == 1
    return Settled(found, agreed, ruled, single, still, left_out)
