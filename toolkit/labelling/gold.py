"""The gold set that an adjudication makes: a split, ``annotators.jsonl`` with all answers, and a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.corpus.write import atomic, write_jsonl
from toolkit.errors import OutputError
from toolkit.evaluation.annotators import FILE
from toolkit.evaluation.answers import ADJUDICATOR, Answers, read_table
from toolkit.evaluation.goldset import SPLITS
from toolkit.labelling.adjudication import Row, Settled
from toolkit.labelling.answers import AnswerFile

CARD = "card.md"


def open_rulings(folder: Path, split: str, answers: Answers, rows: Sequence[Row]) -> AnswerFile:
    """Open ``annotators.jsonl`` of a gold set for the adjudicator; earlier rulings in it are kept.

    Args:
        folder: The gold set.
        split: Which split will be written.
        answers: The annotators'; they replace those that are in the file.
        rows: What the answers are to.

    Raises:
        OutputError: The folder is another gold set, or is being worked on.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file.", hint="Name a folder for the gold set with -o.")
    path = folder / f"{split}.jsonl"
    ids = {row.item.id for row in rows}
    if path.exists() and (strange := [row.get("id") for _, row in read_table(path) if row.get("id") not in ids]):
        raise OutputError(
            f"{path} holds {strange[0]!r}, which nobody here answered.",
            hint="It is another gold set: choose another folder with -o.",
        )
    file = AnswerFile(folder / FILE, ADJUDICATOR)
    if strangers := [name for name in file.others if name not in answers.annotators]:
        file.close()
        raise OutputError(
            f"{file.path} holds answers of {', '.join(strangers)}, who are not among those given.",
            hint="Give their answers too, or choose another folder with -o.",
        )
    file.set_others([_line(answer.row, answer.annotator, answer.given, answer.note) for answer in answers.given])
    return file


def _line(row: str, annotator: str, given: Mapping[str, str | None], note: str) -> dict[str, Any]:
    flag = {"true": True, "false": False}.get(given.get("attributed") or "")
    line: dict[str, Any] = {"id": row, "annotator": annotator, "label": given.get("label")}
    return line | ({"attributed": flag} if "attributed" in given else {}) | {"note": note}


def write_gold(folder: Path, split: str, settled: Settled, *, title: str, facts: Sequence[str] = ()) -> Path:
    """Write the split, and a card where there is none.

    Args:
        folder: The gold set.
        split: ``dev`` or ``test``.
        settled: The rows.
        title: Name of the set.
        facts: Sentences for the card: who labelled, how they agree.

    Returns:
        The file of the split.

    Raises:
        OutputError: Rows still wait for a ruling, none has a label, or the file cannot be written.
    """
    if settled.open:
        raise OutputError(f"{settled.open} rows still wait for a ruling.", hint="Run the same command again.")
    if not settled.rows:
        raise OutputError("No row has a label.", hint="There is nothing to make a gold set of.")
    if split not in SPLITS:
        raise OutputError(f"There is no split {split!r}.", hint=f"Splits are {' and '.join(SPLITS)}.")
    path = folder / f"{split}.jsonl"
    write_jsonl(map(_gold_row, settled.rows), path)
    if not (folder / CARD).exists():
        with atomic(folder / CARD) as handle:
            handle.write(_card(settled, split, title, facts).encode("utf-8", "replace"))
    return path


def _gold_row(row: tuple[Any, str, bool | None]) -> dict[str, Any]:
    item, label, attributed = row
    columns = {name: value for name, value in item.columns.items() if value is not None}
    line = {"id": item.id, "doc": item.doc, **columns, "text": item.text, "label": label}
    line |= {} if attributed is None else {"attributed": attributed}
    line |= {"sampled": item.sampled} if item.sampled else {}
    return line | ({"weight": item.weight} if item.weight is not None else {})


def _card(settled: Settled, split: str, title: str, facts: Sequence[str]) -> str:
    documents = len({item.doc for item, _, _ in settled.rows})
    counts = Counter(label for _, label, _ in settled.rows)
    ways = Counter(item.sampled for item, _, _ in settled.rows if item.sampled)
    lines = [f"# {title}: a gold set", ""]
    lines += [f"{len(settled.rows)} sentences in {documents} documents ({split}).", ""]
    lines += ["| label | sentences |", "| --- | --- |", *(f"| {name} | {n} |" for name, n in counts.most_common()), ""]
    if ways:
        lines += [f"**How it was sampled.** {', '.join(f'{way}: {n}' for way, n in ways.items())}.", ""]
    if settled.left_out:
        lines += [f"**Left out.** {settled.left_out} sentences, by the adjudicator.", ""]
    lines += [f"**How it was labelled.** {' '.join(facts)}".rstrip(), ""]
    for heading in ("Where the text is from", "Who they were", "Limits", "Licence"):
        lines += [f"**{heading}.** To be written.", ""]
    return "\n".join(lines)
