"""`claimkit adjudicate` from its arguments to the session, and from the rulings to the gold set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from toolkit.errors import InputError
from toolkit.evaluation.agree import measure
from toolkit.evaluation.answers import ADJUDICATOR, Answers, load_answers
from toolkit.evaluation.goldset import SPLITS
from toolkit.labelling.adjudication import Row, Rule, Settled, compare, settle
from toolkit.labelling.answers import AnswerFile
from toolkit.labelling.gold import open_rulings, write_gold
from toolkit.labelling.items import Item, read_items
from toolkit.labelling.session import Session
from toolkit.labels import LabelSet

RESAMPLES = 100
"""The card tells agreement without an interval, so the fewest draws will do."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be settled.

    Attributes:
        answers: Of all annotators.
        rows: Every sentence that somebody answered.
        labels: The label set.
        folder: The gold set to make.
        split: Its split.
        assisted: Whether the model's suggestion is shown before the ruling.
    """

    answers: Answers
    rows: Sequence[Row]
    labels: LabelSet
    folder: Path
    split: str
    assisted: bool = False

    @property
    def disputed(self) -> list[Row]:
        """The rows to rule on."""
        return [row for row in self.rows if row.is_open]

    def open(self) -> AnswerFile:
        """The file of the rulings.

        Raises:
            OutputError: The folder is another gold set, or is being worked on.
        """
        return open_rulings(self.folder, self.split, self.answers, self.rows)

    def session(self, file: AnswerFile) -> Session:
        """A session over the disputed rows; a flag that all agree on is set already."""
        return Session(
            [row.item for row in self.disputed],
            file,
            labels=self.labels.names,
            flag="attributed" in self.answers.questions,
            assisted=self.assisted,
            flags={row.item.id: row.attributed for row in self.disputed if row.attributed is not None},
        )

    def settled(self, file: AnswerFile) -> Settled:
        """What has come of it so far."""
        return settle(self.rows, file.answers)

    def write(self, settled: Settled) -> Path:
        """Write the gold set.

        Raises:
            OutputError: It cannot be written, or rows still wait for a ruling.
        """
        title = self.folder.resolve().name
        return write_gold(self.folder, self.split, settled, title=title, facts=self._facts(settled))

    def _facts(self, settled: Settled) -> list[str]:
        people = self.answers.annotators
        facts = [f"{len(people)} annotators, each alone." if len(people) > 1 else "One annotator."]
        if settled.single and len(people) > 1:
            facts.append(f"{settled.single} sentences have one answer only.")
        if len(people) > 1:
            for name, found in measure(self.answers, resamples=RESAMPLES)["questions"].items():
                alpha = found["alpha"]["value"]
                if alpha is not None:
                    facts.append(f"Krippendorff's α = {alpha:.3f} on {name} ({found['n']} sentences).")
            facts.append(f"{settled.ruled} sentences were ruled on by an adjudicator.")
        facts.append("`annotators.jsonl` keeps every answer.")
        return facts


def prepare(
    files: Sequence[Path],
    labels: LabelSet,
    folder: Path,
    *,
    sample: Path | None = None,
    split: str = "test",
    rule: Rule = "ask",
    mode: str = "hidden",
) -> Case:
    """Read the answers.

    Args:
        files: Of `claimkit label`, or any with id, annotator and label.
        labels: The label set.
        folder: The gold set to make.
        sample: What was labelled, for surroundings and columns.
        split: ``dev`` or ``test``.
        rule: What settles a disagreement.
        mode: When the model's suggestion is seen, as for `claimkit label`.

    Raises:
        InputError: A file is missing or malformed, or an answer is no label of the set.
    """
    if split not in SPLITS:
        raise InputError(f"There is no split {split!r}.", hint=f"Splits are {' and '.join(SPLITS)}.")
    answers = load_answers(files, without=(ADJUDICATOR,), least=1)
    if "label" not in answers.questions:
        raise InputError("No file has a column 'label'.", hint="Give what `claimkit label` wrote.")
    items: Sequence[Item] = read_items(sample, labels.names) if sample else ()
    if mode == "hidden":
        items = [replace(item, suggestion=None) for item in items]
    rows = compare(answers, items, labels.names, rule=rule)
    return Case(answers, rows, labels, folder, split, assisted=mode == "assisted")
