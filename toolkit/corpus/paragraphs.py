"""Cuts a document to paragraphs: where does one end, and which line breaks are mere wrapping?

Everything here works on offsets of the untouched text; nothing is normalised on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolkit.records import Kind

BLANK = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" + (
    "\u2028\u2029\u202f\u205f\u3000\u200b\u200e\u200f\u2060\ufeff"
)
"""White space, and the invisible marks (byte-order mark, zero-width space) that no text begins or ends with."""

BULLET = re.compile(r"(?:[•·‣⁃▪▫●◦○■□►▶→✓✔➤*+–—-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})\)|[a-z]\.|\d{1,2}(?:\.\d{1,2}){0,3}\.?)[ \t\xa0]+(?=\S)")
NUMBER = re.compile(r"\(?[\da-z]")
QUOTE = re.compile(r"(?:>[ \t]?)+")
TERMINAL = re.compile(r"(?:[.!?…。！？:;]['\"”’»)\]*_]*(?:\[\d+\]|[¹²³])?|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f♀♂])$")
ALONE = re.compile(r"(?:https?://|www\.)\S+$|[#@]\w|[•|\t]")
FIRST_WORD = re.compile(r"\S{1,40}")

MIN_WIDTH, MAX_WIDTH = 40, 110
"""Lines are wrapped by hand or by programs at 60 to 80 characters; longer lines are paragraphs."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A stretch that belongs together, without its bullet or quote mark.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last one.
        kind: Settled by the layout alone (code, a markdown heading), else None.
        bullet: What stood before it: ``""``, a bullet, or a number like ``2.1.``.
        gap: Whether a blank line stands before it.
    """

    start: int
    end: int
    kind: Kind | None = None
    bullet: str = ""
    gap: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line break and outer white space; empty when ``start == end``."""

    start: int
    end: int
    indent: int

    @property
    def length(self) -> int:
        """Characters between the outer white space."""
        return self.end - self.start


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Narrows a span to what is neither white space nor invisible at its ends."""
    piece = text[start:end]
    stripped = piece.lstrip(BLANK)
    start = end - len(stripped)
    return start, start + len(stripped.rstrip(BLANK))


def lines(text: str) -> list[Line]:
    """All lines, blank ones included, whatever kind of line break the text uses."""
    found = []
    position = 0
    for raw in text.splitlines(keepends=True):
        start, end = trim(text, position, position + len(raw))
        found.append(Line(start, end, start - position))
        position += len(raw)
    return found


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of plain text: blank lines part them, and so do line breaks that are not wrapping."""
    rows = lines(text)
    whole_width = wrap_width(text, rows)
    found: list[Paragraph] = []
    for group in _groups(rows):
        width = wrap_width(text, group, least=4) or whole_width
        found.extend(_split_group(text, group, width))
    return found


def _groups(rows: Sequence[Line]) -> Iterator[list[Line]]:
    group: list[Line] = []
    for row in rows:
        if row.length:
            group.append(row)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _split_group(text: str, group: Sequence[Line], width: int | None) -> Iterator[Paragraph]:
    current: Paragraph | None = None
    previous: Line | None = None
    for row in group:
        bullet_end = row.start
        if current is None or previous is None or not _joins(text, previous, row, current, width):
            if current is not None:
                yield current
            bullet_end = _after_marks(text, row)
            bullet = text[row.start : bullet_end].strip(BLANK + ">")
            current = Paragraph(bullet_end, row.end, bullet=bullet, gap=previous is None)
        else:
            current = Paragraph(current.start, row.end, bullet=current.bullet, gap=current.gap)
        previous = row
    if current is not None:
        yield current


def _after_marks(text: str, row: Line) -> int:
    start = row.start
    quote = QUOTE.match(text, start, row.end)
    if quote and quote.end() < row.end:
        start = trim(text, quote.end(), row.end)[0]
    bullet = BULLET.match(text, start, row.end)
    return bullet.end() if bullet else start


def _joins(text: str, previous: Line, row: Line, current: Paragraph, width: int | None) -> bool:
    """Whether the line break between two neighbouring lines is mere wrapping."""
    if QUOTE.match(text, row.start, row.end):
        return bool(QUOTE.match(text, previous.start, previous.end)) and _is_full(text, previous, row, width)
    ended = bool(TERMINAL.search(text, max(previous.start, previous.end - 8), previous.end))
    if ALONE.match(text, row.start, row.end) and not _is_full(text, previous, row, width):
        return False
    bullet = BULLET.match(text, row.start, row.end)
    if bullet and (ended or current.bullet or not NUMBER.match(bullet.group())):
        return False
    if row.indent >= previous.indent + 2 and not current.bullet:
        return False
    if text[row.start].islower() and not ended and previous.length >= MIN_WIDTH:
        return True
    return _is_full(text, previous, row, width)


def _is_full(text: str, previous: Line, row: Line, width: int | None) -> bool:
    if width is None or previous.length > width + MIN_WIDTH:
        return False
    return previous.indent + previous.length + 1 + _first_word(text, row) > width


def _first_word(text: str, row: Line) -> int:
    word = FIRST_WORD.match(text, row.start, row.end)
    return len(word.group()) if word else 0


def wrap_width(text: str, rows: Sequence[Line], *, least: int = 3) -> int | None:
    """The column at which these lines were wrapped, or None when they were not.

    Wrapped lines are *full*: the first word of the next line would not have fitted. And they break off in the
    middle of sentences. Lists and verse fail the first test, one paragraph per line fails both.
    """
    pairs = [(row, after) for row, after in zip(rows, rows[1:], strict=False) if row.length and after.length]
    if len(pairs) < least:
        return None
    lengths = sorted(row.indent + row.length for row, _ in pairs)
    width = lengths[(len(lengths) * 19) // 20]
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        return None
    full = sum(row.indent + row.length + 1 + _first_word(text, after) > width for row, after in pairs)
    broken = sum(not TERMINAL.search(text, max(row.start, row.end - 8), row.end) for row, _ in pairs)
    return width if full >= 0.7 * len(pairs) and broken >= 0.4 * len(pairs) else None
