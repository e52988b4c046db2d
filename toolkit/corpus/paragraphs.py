"""Cuts a document to paragraphs: where does one end, and which line breaks are mere wrapping?

Everything here works on offsets of the untouched text; nothing is normalised on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from toolkit.corpus.furniture import line_kind
from toolkit.records import Kind

BLANK = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    + ("\u2028\u2029\u202f\u205f\u3000\u200b\u200e\u200f\u2060\ufeff")
)
"""White space, and the invisible marks (byte-order mark, zero-width space) that no text begins or ends with."""

BULLET = re.compile(
    r"(?:[•·‣⁃▪▫●◦○■□►▶→✓✔➤*+–-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})\)"
    r"|[a-z]\.|\d{1,3}\.|\d{1,2}(?:\.\d{1,2}){1,3}\.?)[ \t\xa0]+(?=\S)"
)
NUMBER = re.compile(r"\(?[\da-z]")
QUOTE = re.compile(r"(?:>[ \t]?)+")
TERMINAL = re.compile(
    r"(?:[.!?…。！？:;]['\"”’»)\]*_]*(?:\[\d+\]|[¹²³])?|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f♀♂])$"
)
ALONE = re.compile(r"(?:https?://|www\.)\S+$|[#@]\w|[•|\t]")
FIRST_WORD = re.compile(r"\S{1,40}")

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BREAKS = frozenset(["", "\r\n", *"\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"])
_MARKS = frozenset("`~-#![<|*_")
_FENCE = re.compile(r"(?:`{3,}|~{3,})(?=[^`]*$)")
_FRONT = re.compile(r"---$")
_HASHES = re.compile(r"#{1,6}[ \t]+(?=\S)")
_UNDERLINE = re.compile(r"(?:={2,}|-{2,})$")
_IMAGE = re.compile(r"\[?!\[[^\]]{0,300}\]\([^)]{0,500}\)(?:\]\([^)]{0,500}\))?$")
_LINK_ONLY = re.compile(
    r"(?:[*-]\s+)?(?:\[[^\]]{0,200}\]\([^)\s]{1,500}[^)]{0,100}\)|\[(?!\^)[^\]]{1,100}\]:\s*\S{1,500}.{0,100})[.,;|\s]*$"
)
_COMMENT = re.compile(r"<(?:!--|/?(?:div|p|br|img|hr|table|tr|td|details|summary|a|span|center)\b)[^<>]{0,500}>$")
_BOLD_LINE = re.compile(r"(\*{2,3}|__)[^*_]{1,120}\1:?$")
_SHORT = 60
_ENDLESS = 0
"""Width of markdown: no line is too short to go on."""

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
    """All lines, one blank line for any number of them, whatever kind of line break the text uses.

    A quote mark with nothing behind it, which parts the paragraphs of a quotation, counts as blank.
    """
    found: list[Line] = []
    position = 0
    for raw in _LINE.finditer(text):
        start, end = trim(text, raw.start(), raw.end())
        if text[position : raw.start()] not in _BREAKS or start == end or text[start:end] == ">":
            found.append(Line(start, start, 0))
        if start < end and text[start:end] != ">":
            found.append(Line(start, end, start - raw.start()))
        position = raw.end()
    return found


def paragraphs(text: str, *, markdown: bool = False) -> list[Paragraph]:
    """The paragraphs of a text: blank lines part them, and so do line breaks that are not wrapping.

    In markdown a line break inside a paragraph is always wrapping, and front matter, code and headings have
    marks of their own. Hash headings and fenced code are also recognised in plain text.
    """
    rows = lines(text)
    marked = _marked(text, rows, markdown=markdown)
    taken = {index for first, last, _ in marked for index in range(first, last)}
    plain = [Line(row.start, row.start, 0) if index in taken else row for index, row in enumerate(rows)]
    whole_width = wrap_width(text, plain)
    found = [paragraph for _, _, paragraph in marked if paragraph is not None]
    for group in _groups(plain):
        width = _ENDLESS if markdown else wrap_width(text, group, least=4) or whole_width
        found.extend(_split_group(text, group, width))
    return sorted(found, key=lambda paragraph: paragraph.start)


def _marked(text: str, rows: Sequence[Line], *, markdown: bool) -> list[tuple[int, int, Paragraph | None]]:
    """The stretches of lines [first, last) that markdown's own marks settle, with what they are."""
    found: list[tuple[int, int, Paragraph | None]] = []
    unclosed: set[str] = set()
    index = 0
    while index < len(rows):
        row = rows[index]
        after = index + 1
        paragraph: Paragraph | None = None
        if row.length and text[row.start] in _MARKS:
            fence = _FENCE.match(text, row.start, row.end)
            front = markdown and not found and row.start == 0 and _FRONT.match(text, row.start, row.end)
            hashes = _HASHES.match(text, row.start, row.end)
            if fence or front:
                mark = fence.group() if fence else "---"
                after = index + 1 if mark in unclosed else _closing(text, rows, index, mark)
                if after > index + 1:
                    end = rows[after - 1].end
                    paragraph = Paragraph(row.start, end, "code" if fence else "furniture")
                unclosed.update([mark] if paragraph is None else [])
            elif hashes:
                paragraph = Paragraph(hashes.end(), _strip_hashes(text, hashes.end(), row.end), "heading")
            elif markdown:
                paragraph = _marked_line(text, row)
        if paragraph is None and markdown and row.length and _is_underlined(text, rows, index):
            after = index + 2
            paragraph = Paragraph(row.start, row.end, "heading")
        if paragraph is not None:
            found.append((index, after, paragraph))
        index = after
    return found


def _closing(text: str, rows: Sequence[Line], index: int, mark: str) -> int:
    """The line after the one that closes a fence; a fence that is never closed holds its own line only."""
    for later in range(index + 1, len(rows)):
        line = text[rows[later].start : rows[later].end]
        if line.startswith(mark) and not line.strip(mark[0]):
            return later + 1
    return index + 1


def _strip_hashes(text: str, start: int, end: int) -> int:
    stripped = text[start:end].rstrip("#").rstrip(BLANK)
    return start + len(stripped) if stripped else end


def _marked_line(text: str, row: Line) -> Paragraph | None:
    line = text[row.start : row.end]
    if _IMAGE.match(line):
        return Paragraph(row.start, row.end, "caption")
    if _LINK_ONLY.match(line):
        return Paragraph(row.start, row.end, "url")
    if _COMMENT.match(line):
        return Paragraph(row.start, row.end, "furniture")
    if line.startswith("|") and line.endswith("|"):
        return Paragraph(row.start, row.end, "table_row")
    if _BOLD_LINE.match(line) and line.rstrip("*_")[-1] not in '.!?…”"':
        return Paragraph(row.start, row.end, "heading")
    return None


def _is_underlined(text: str, rows: Sequence[Line], index: int) -> bool:
    """Whether this is a setext heading: one line of text with ``===`` or ``---`` under it."""
    if index + 1 >= len(rows) or (index and rows[index - 1].length):
        return False
    under = rows[index + 1]
    return bool(under.length and _UNDERLINE.match(text, under.start, under.end))


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
    if row.length < _SHORT and not any(character.isalnum() for character in text[start : row.end]):
        return start
    quote = QUOTE.match(text, start, row.end)
    if quote and quote.end() < row.end:
        start = trim(text, quote.end(), row.end)[0]
    bullet = BULLET.match(text, start, row.end)
    return bullet.end() if bullet else start


def _joins(text: str, previous: Line, row: Line, current: Paragraph, width: int | None) -> bool:
    """Whether the line break between two neighbouring lines is mere wrapping."""
    quote = QUOTE.match(text, row.start, row.end)
    if quote and not QUOTE.match(text, previous.start, previous.end):
        return False
    start = quote.end() if quote else row.start
    ended = bool(TERMINAL.search(text, max(previous.start, previous.end - 8), previous.end))
    if ALONE.match(text, row.start, row.end) and not _is_full(text, previous, row, width):
        return False
    bullet = BULLET.match(text, start, row.end)
    if bullet and (ended or current.bullet or not NUMBER.match(bullet.group())):
        return False
    if row.indent >= previous.indent + 2 and not current.bullet:
        return False
    if text[start].islower() and not ended and previous.length >= MIN_WIDTH:
        return True
    if width == _ENDLESS and (text.startswith(("  ", "\\"), previous.end) or _stands_alone(text, previous, row)):
        return False
    return _is_full(text, previous, row, width)


def _stands_alone(text: str, previous: Line, row: Line) -> bool:
    """Whether one of two short lines is a byline, a date or the like by its own words."""
    return any(line.length < _SHORT and line_kind(text[line.start : line.end]) for line in (previous, row))


def _is_full(text: str, previous: Line, row: Line, width: int | None) -> bool:
    if width == _ENDLESS:
        return True
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
    pairs = [(row, after) for row, after in pairwise(rows) if row.length and after.length]
    if len(pairs) < least:
        return None
    lengths = sorted(row.indent + row.length for row, _ in pairs)
    width = lengths[(len(lengths) * 19) // 20]
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        return None
    full = sum(row.indent + row.length + 1 + _first_word(text, after) > width for row, after in pairs)
    broken = sum(not TERMINAL.search(text, max(row.start, row.end - 8), row.end) for row, _ in pairs)
    return width if full >= 0.7 * len(pairs) and broken >= 0.4 * len(pairs) else None
