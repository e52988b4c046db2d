"""One annotator's answers: a JSONL file that is whole after every answer, whatever happens then."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from toolkit.corpus.write import write_jsonl
from toolkit.errors import InputError, MissingExtraError, OutputError
from toolkit.evaluation.answers import read_table


@dataclass(frozen=True, slots=True)
class Answer:
    """What the annotator said of one sentence.

    Attributes:
        id: The item.
        doc: Its document.
        text: The sentence, so that the file can be read and ruled on by itself.
        label: The label; None when it was skipped, or when only a note was written yet.
        attributed: The flag; None where it is not asked, or there is no label.
        note: The annotator's words.
        skipped: Whether it was seen and left without a label.
        shown: Whether the annotator had seen the model's suggestion before giving this answer.
        blind_label: The label that was given before the suggestion was seen; None if there was none.
        blind_attributed: The flag that was given with it.
        seconds: How long the sentence was on the screen, all visits together.
        answered_at: When, in ISO 8601.
    """

    id: str
    doc: str
    text: str
    label: str | None = None
    attributed: bool | None = None
    note: str = ""
    skipped: bool = False
    shown: bool = False
    blind_label: str | None = None
    blind_attributed: bool | None = None
    seconds: float = 0.0
    answered_at: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do: labelled or skipped. A note alone is a draft."""
        return self.label is not None or self.skipped

    def to_row(self, annotator: str) -> dict[str, Any]:
        """The line of the file: first what `claimkit agree` and `claimkit evaluate` read."""
        return {
            "id": self.id,
            "annotator": annotator,
            **{name: getattr(self, name) for name in ("label", "attributed", "note", "skipped", "shown")},
            **{name: getattr(self, name) for name in ("blind_label", "blind_attributed", "seconds", "answered_at")},
            "doc": self.doc,
            "text": self.text,
        }


class AnswerFile:
    """The answers of one annotator in a file, which may hold those of others too.

    Locked while it is open, since two writers would each undo what the other did. Use as a context manager.

    Args:
        path: The file; made with the first answer.
        annotator: Whose answers.

    Attributes:
        answers: Item to answer, in the order in which they were given.

    Raises:
        InputError: The file is not one of answers.
        OutputError: It is open somewhere else, or its folder cannot be written.
        MissingExtraError: filelock is not installed.
    """

    def __init__(self, path: Path, annotator: str) -> None:
        try:
            import filelock
        except ImportError as error:
            raise MissingExtraError("filelock", "label") from error
        self.path = path
        self.annotator = annotator
        self.answers: dict[str, Answer] = {}
        self._others: list[Mapping[str, Any]] = []
        self._lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise OutputError(
                f"{path} is open in another claimkit.", hint="Close that one, or name another file with -o."
            ) from error
        except OSError as error:
            raise OutputError(
                f"{path} cannot be written: {error.strerror or error}.", hint="Choose another place with -o."
            ) from error
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        if not self.path.exists():
            return
        for place, row in read_table(self.path):
            if not row.get("id") or not row.get("annotator"):
                raise InputError(
                    f"{place}: not an annotator's answer.", hint="Name a file of `claimkit label` with -o."
                )
            if row["annotator"] == self.annotator:
                answer = _answer(row)
                self.answers[answer.id] = answer
            else:
                self._others.append(row)

    def put(self, answer: Answer, *, last: bool = True) -> None:
        """Keep an answer.

        Args:
            answer: Replaces the earlier one to the same item.
            last: Whether it counts as given last; otherwise it stays where the earlier one was.

        Raises:
            OutputError: It cannot be written.
        """
        if last:
            self.answers.pop(answer.id, None)
        self.answers[answer.id] = answer
        self.save()

    def drop(self, item: str) -> None:
        """Forget the answer to an item.

        Raises:
            OutputError: It cannot be written.
        """
        if self.answers.pop(item, None) is not None:
            self.save()

    def set_others(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put these in the place of what other annotators answered.

        Raises:
            OutputError: It cannot be written.
        """
        self._others = list(rows)
        self.save()

    @property
    def others(self) -> list[str]:
        """Names of the other annotators in the file."""
        return list(dict.fromkeys(str(row["annotator"]) for row in self._others))

    def save(self) -> None:
        """Write everything, atomically: a file of some thousand lines takes some milliseconds."""
        write_jsonl([*self._others, *(one.to_row(self.annotator) for one in self.answers.values())], self.path)

    def close(self) -> None:
        """Let others have the file."""
        # Removed while it is held, so that nobody can have taken it in between; Windows keeps open files.
        with contextlib.suppress(OSError):
            Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _answer(row: Mapping[str, Any]) -> Answer:
    """A line of the file; what a file of another origin does not tell is as if nothing had been said."""
    known = {name: row[name] for name in Answer.__dataclass_fields__ if row.get(name) is not None}
    label = known.get("label") or None
    flag = known.get("attributed") if label else None
    return Answer(**{"doc": "", "text": "", **known, "id": str(row["id"]), "label": label, "attributed": flag})
