"""What people answered in a review tool, read back: the parts that all tools share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from toolkit.errors import InputError
from toolkit.exchange.items import ATTRIBUTED, short_id

Status = Literal["answered", "skipped", "rejected", "unclear"]
"""``rejected``: the suggestion was turned down and nothing put in its place; ``unclear``: several labels at once."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one annotator said of one sentence.

    Attributes:
        id: Of the sentence.
        doc: Its document.
        text: The sentence.
        annotator: Who; empty where the tool does not tell.
        label: The label, or None unless the status is ``answered``.
        attributed: The flag, or None where it was not answered.
        status: What became of it.
        note: What the annotator wrote beside it.
        start: First character in the document, where known.
        end: The character after the last.
    """

    id: str
    doc: str
    text: str
    annotator: str
    label: str | None = None
    attributed: bool | None = None
    status: Status = "answered"
    note: str = ""
    start: int | None = None
    end: int | None = None


class Span(NamedTuple):
    """A labelled stretch of a document, in code points."""

    start: int
    end: int
    label: str
    attributed: bool | None = None


def said(labels: Sequence[str], *, skipped: bool = False, rejected: bool = False, note: str = "") -> dict[str, Any]:
    """Label, status and note of an answer that should have one label; several are kept in the note, none is guessed."""
    labels = list(dict.fromkeys(labels))
    if skipped or rejected or not labels:
        return {"label": None, "status": "rejected" if rejected else "skipped", "note": note}
    if len(labels) > 1:
        return {"label": None, "status": "unclear", "note": " ".join(filter(None, [f"[{' | '.join(labels)}]", note]))}
    return {"label": labels[0], "status": "answered", "note": note}


def without_flag(chosen: Sequence[str]) -> list[str]:
    """Labels where the flag stands among them, as in tools with one list of choices."""
    return [name for name in chosen if name != ATTRIBUTED]


def sentence_place(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Id, document, text and span of a sentence task; a task that claimkit did not make goes by its text.

    Raises:
        InputError: It has no text.
    """
    text = text_of(data, place)
    name = next((str(data[key]) for key in ("row_id", "id") if data.get(key) not in (None, "")), None)
    name = name or f"text-{short_id(text)}"
    start, end = data.get("start"), data.get("end")
    known = isinstance(start, int) and isinstance(end, int)
    doc = str(data.get("doc_id") or data.get("doc") or name)
    return {"id": name, "doc": doc, "text": text, "start": start if known else None, "end": end if known else None}


def text_of(data: Mapping[str, Any], place: str) -> str:
    """The text of a task.

    Raises:
        InputError: There is none.
    """
    text = data.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{place}: no text.", hint="Was it exported from tasks that `claimkit export` made?")
    return text


def from_spans(
    text: str,
    data: Mapping[str, Any],
    spans: Sequence[Span],
    *,
    annotator: str,
    skipped: bool = False,
    rejected: bool = False,
    note: str = "",
) -> Iterator[Given]:
    """The answers that a labelled document holds.

    A sentence whose suggestion is gone was rejected; one that had none and has none still was skipped. A span that is
    no sentence of the run is a new one.

    Args:
        text: The document.
        data: Its task, with the ``sentences`` that it was made from.
        spans: What is labelled now.
        annotator: By whom.
        skipped: Whether the annotator passed over the document.
        rejected: Whether the annotator turned the document down.
        note: On the document.
    """
    expected = {(one["start"], one["end"]): one for one in data.get("sentences") or []}
    found: dict[tuple[int, int], list[Span]] = {}
    for span in spans:
        found.setdefault(_fitted(span, text, expected), []).append(span)
    doc = str(data.get("doc_id") or data.get("doc") or f"text-{short_id(text)}")
    for start, end in sorted({*expected, *found}):
        own = found.get((start, end), [])
        row = expected.get((start, end))
        turned_down = rejected or (row is not None and row.get("model_label") is not None and not skipped)
        flags = {span.attributed for span in own}
        yield Given(
            id=str(row["row_id"]) if row else f"{doc}:{start}-{end}",
            doc=doc,
            text=text[start:end],
            annotator=annotator,
            attributed=flags.pop() if len(flags) == 1 else None,
            start=start,
            end=end,
            **said([span.label for span in own], skipped=skipped, rejected=turned_down and not own, note=note),
        )


def _fitted(span: Span, text: str, expected: Mapping[tuple[int, int], Any]) -> tuple[int, int]:
    """Where a span lies.

    One drawn by hand that differs from a sentence in nothing but marks and white space at its ends is that sentence:
    tools that select whole words leave the full stop behind.
    """
    if (span.start, span.end) in expected:
        return span.start, span.end
    words = _words(span.start, span.end, text)
    same = next((place for place in expected if _words(*place, text) == words), None)
    return same or _trimmed(span.start, span.end, text, str.isspace)


def _words(start: int, end: int, text: str) -> tuple[int, int]:
    """A span without what is no letter or digit at its ends."""
    return _trimmed(start, end, text, lambda character: not character.isalnum())


def _trimmed(start: int, end: int, text: str, outside: Callable[[str], bool]) -> tuple[int, int]:
    while start < end and outside(text[end - 1]):
        end -= 1
    while start < end and outside(text[start]):
        start += 1
    return start, end


def read_json(path: Path, *, wanted: Sequence[str], hint: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects of a JSON list or of JSON lines, each with its place in words.

    Args:
        path: The file.
        wanted: Keys that each must have.
        hint: How to export from the tool.

    Raises:
        InputError: It is not such a file.
    """
    for place, value in _values(path, hint):
        if not isinstance(value, dict) or any(key not in value for key in wanted):
            keys = " and ".join(repr(key) for key in wanted)
            raise InputError(f"{place}: not an item with {keys}.", hint=hint)
        yield place, value


def _values(path: Path, hint: str) -> Iterator[tuple[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not valid UTF-8"
        raise InputError(f"{path} cannot be read: {reason}.", hint=hint) from None
    if text.lstrip().startswith("["):
        try:
            values = json.loads(text)
        except ValueError as error:
            raise InputError(f"{path} is not valid JSON: {error}.", hint=hint) from None
        yield from ((f"{path}, item {number}", value) for number, value in enumerate(values, start=1))
        return
    # JSON may hold U+2028 and other ends of lines as they are, so only "\n" ends one here.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"{path}, line {number}", json.loads(line)
            except ValueError as error:
                raise InputError(f"{path}, line {number}: not valid JSON: {error}.", hint=hint) from None
