"""What annotators answered, from one file with an annotator column or one file for each of them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.errors import InputError
from toolkit.evaluation.goldset import SPLITS

QUESTIONS = ("label", "attributed")
"""The columns that are compared when none are named; those that occur."""
ADJUDICATOR = "adjudicator"
"""Who ruled where the others differed: not an independent answer."""

_SPAN = re.compile(r":\d+-\d+$")
"""What `claimkit annotate` puts behind the document's name to make an id."""


class Answer(NamedTuple):
    """What one annotator said of one row; question to answer, None where it is missing."""

    row: str
    annotator: str
    given: Mapping[str, str | None]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers.

    Attributes:
        given: In the order of the files.
        questions: The columns that are compared.
        documents: Row to document, as far as known.
        texts: Row to sentence, as far as known.
    """

    given: Sequence[Answer]
    questions: tuple[str, ...]
    documents: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def annotators(self) -> list[str]:
        """Their names, in order of appearance."""
        return list(dict.fromkeys(answer.annotator for answer in self.given))

    @property
    def rows(self) -> list[str]:
        """Ids, in order of appearance."""
        return list(dict.fromkeys(answer.row for answer in self.given))

    def document(self, row: str) -> str:
        """The document of a row; the row itself where none is known."""
        return self.documents.get(row) or (_SPAN.sub("", row) if _SPAN.search(row) else row)


def load_answers(
    paths: Sequence[Path],
    *,
    questions: Sequence[str] = (),
    without: Sequence[str] = (ADJUDICATOR,),
    least: int = 2,
) -> Answers:
    """Read answers; ids, documents and texts are also looked up in dev.jsonl and test.jsonl beside a file.

    Args:
        paths: .jsonl, .csv or .tsv files with a column ``id``. Without a column ``annotator`` a file is one annotator,
            who goes by its name.
        questions: Columns to compare; ``label`` and ``attributed`` by default.
        without: Annotators to leave out.
        least: How many annotators there must be.

    Raises:
        InputError: Missing or malformed, too few annotators, or one who answered a row twice.
    """
    read = [(path, list(read_table(path))) for path in paths]
    columns = {name for _, rows in read for _, row in rows for name in row}
    asked = tuple(questions) or tuple(name for name in QUESTIONS if name in columns)
    if missing := [name for name in asked if name not in columns]:
        raise InputError(f"No file has a column {missing[0]!r}.", hint=f"Columns: {', '.join(sorted(columns))}.")
    if not asked:
        raise InputError("No file has a column 'label'.", hint="Name the columns to compare with --question.")
    given, documents, texts = [], _beside(paths, "doc"), _beside(paths, "text")
    seen: dict[tuple[str, str], str] = {}
    for path, rows in read:
        for place, row in rows:
            answer = _answer(row, asked, place, annotator=path.stem)
            if answer.annotator in without:
                continue
            key = answer.row, answer.annotator
            if key in seen:
                raise InputError(
                    f"{place}: {answer.annotator} answered {answer.row!r} before, in {seen[key]}.",
                    hint="Each annotator answers a row once.",
                )
            seen[key] = place
            given.append(answer)
            documents |= {answer.row: str(row["doc"])} if row.get("doc") else {}
            texts |= {answer.row: str(row["text"])} if row.get("text") else {}
    answers = Answers(given, asked, documents, texts)
    if len(answers.annotators) < least:
        raise InputError(
            f"There are answers of {', '.join(answers.annotators) or 'nobody'} alone.",
            hint="Give a file with a column `annotator`, or one file for each annotator.",
        )
    return answers


def _answer(row: Mapping[str, Any], questions: Sequence[str], place: str, *, annotator: str) -> Answer:
    if row.get("id") in (None, ""):
        raise InputError(f"{place}: no id.", hint="Each line needs an id, the same for all annotators.")
    given = {name: _text(row.get(name)) for name in questions}
    return Answer(str(row["id"]), str(row.get("annotator") or annotator), given, str(row.get("note") or ""))


def _text(value: Any) -> str | None:
    """An answer as text; booleans are alike in JSON and CSV."""
    if value is None or value == "":
        return None
    text = str(value).strip()
    return text.lower() if text.lower() in ("true", "false") else text or None


def read_table(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a .jsonl, .csv or .tsv file, each with its place in words.

    Raises:
        InputError: It cannot be read, or a line is malformed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not valid UTF-8"
        raise InputError(f"{path} cannot be read: {reason}.", hint="Give .jsonl, .csv or .tsv files.") from None
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        # Not `splitlines`, which also cuts at U+2028, U+0085 and the like inside a cell.
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if suffix == ".tsv" else ",")
        try:
            for row in reader:
                yield f"{path}, line {reader.line_num}", {str(key): value for key, value in row.items() if key}
        except csv.Error as error:
            raise InputError(
                f"{path}, line {reader.reader.line_num}: not a valid table: {error}.",
                hint="Give .csv with commas or .tsv with tabs; is a quotation mark not closed?",
            ) from None
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{path}, line {number}"
            try:
                value = json.loads(line)
            except ValueError as error:
                raise InputError(f"{place}: not valid JSON: {error}.", hint="One JSON object per line.") from None
            if not isinstance(value, dict):
                raise InputError(f"{place}: not a JSON object.", hint="One JSON object per line.")
            yield place, value


def _beside(paths: Sequence[Path], column: str) -> dict[str, str]:
    """Id to a column of the gold splits that lie beside the files."""
    splits = dict.fromkeys(path.parent / f"{split}.jsonl" for path in paths for split in SPLITS)
    found: dict[str, str] = {}
    for split in splits:
        if split.is_file() and split not in paths:
            found |= {str(row.get("id")): str(row[column]) for _, row in read_table(split) if row.get(column)}
    return found
