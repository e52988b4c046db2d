"""Tells running text from everything else in a document: headings, bylines, lists, notes, page furniture.

A line is judged by its own words first (`toolkit.corpus.furniture`) and then by its place: a short line without
a full stop is a heading among punctuated paragraphs and a sentence among lines that all do without.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from toolkit.corpus import boundaries, furniture
from toolkit.corpus.boundaries import words
from toolkit.corpus.paragraphs import Paragraph, paragraphs, trim
from toolkit.records import Format, Kind

_STOP = re.compile(
    r"[.!?…。！？]['\"”’»“)\]*_]*(?:\s?\[[^\]\n]{1,20}\]|[⁰¹²³⁴-⁹]|\s?[:;]-?[)(DP]+"
    r"|\s?[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d♀♂]|(?<=\.)\s?\d{1,3})*$"
)
_OPEN_END = re.compile(r"[,;—–-]['\"”’]*$|:$")
_DASH_END = re.compile(r"(?:—|–|--)['\"”’]*$")
_VERB = re.compile(
    r"(?i)\b(?:is|are|was|were|am|be|been|has|have|had|do|does|did|will|would|can|could|should|shall|may|might|must"
    r"|isn['’]t|aren['’]t|wasn['’]t|don['’]t|doesn['’]t|didn['’]t|won['’]t|can['’]t|it['’]s|i['’]m|that['’]s|there['’]s"
    r"|\w+['’](?:re|ve|ll|d))\b"
)
_PRONOUN = re.compile(r"(?i)\b(?:i|we|you|he|she|they|it|me|us|him|them)\b")
_SECTION = re.compile(
    r"(?i)(?:abstract|introduction|background|methods?|materials and methods|results|results and discussion"
    r"|discussion|general discussion|conclusions?|concluding remarks|references|acknowledge?ments"
    r"|notes|appendix|summary|preface|prologue|epilogue|limitations"
    r"|further reading|bibliography|overview|contents|sources|footnotes)[.:]?$"
    r"|(?:act|scene|chapter|part|book|canto|volume|section|article|appendix|episode|lesson|unit|letter)"
    r" (?:[ivxlc]+|\d{1,3}|the \w+|one|two|three|four|five|six|seven|eight|nine|ten|first|second|third)"
    r"(?:[.:,\s–—-].{0,60})?$"
)
_MONOGRAM = re.compile(r"[A-Z]\.(?: ?[A-Z]\.){0,3}$")
_NOTES = re.compile(
    r"(?i)(notes|end ?notes|footnotes|references|bibliography|works cited|literature cited|sources)\b.{0,12}$"
)
_SPEAKER = re.compile(
    r"(?:\[?\(?\d{1,2}:\d\d(?::\d\d)?\)?\]?\s+)?"
    r"(?:(?:Mr|Mrs|Ms|Dr)\.\s|(?:[A-Z][A-Z.'’-]*\s){0,4})(?=[A-Z])[A-Z][A-Z.'’-]+(?:\s\([^()]{1,30}\))?:(?=\s|$)|[QA]\d{0,2}:(?=\s)"
)
_NAME_LABEL = re.compile(
    r"(?:(?:[A-Z][\w.'’-]{0,20}|in|of|the|from|at|de|van|von)\s){0,4}[A-Z\d][\w.'’-]{0,20}"
    r"(?:\s\([^()]{1,30}\)|,\s[^.!?:,]{2,40})?\s?(?::|[—–](?=\s[A-Z]))(?=\s)"
    r"|(?:[A-Z][A-Z'’-]+\s){0,2}[A-Z][A-Z'’-]+(?:\s\([^()]{1,40}\))?\.(?=\s)|[QA]\.(?=\s)|[\w.@-]{2,24}:(?=\s)"
)
_STAMP = re.compile(
    r"[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?"
    r"(?:[\])](?:\s?[-–])?(?:\s?(?:<[^<>\n]{1,30}>|[\w.@-]{1,24}:))?"
    r"|\s?[-–]?\s?(?:<[^<>\n]{1,30}>|(?:[A-Z]\w+\s)?[\w.@-]{1,24}:))(?=\s)"
)
_STEP = re.compile(r"(?:Step|STEP|Tip|Day|Rule|Lesson|Myth|Fact)\s\d{1,3}\s?[:.)–-]\s+(?=\S)")
_NO_SPEAKER = words(
    """
    also answer breaking caution conclusion correction disclaimer edit example fact image important myth note p.s
    photo ps question remember reminder result results source sources spoiler summary tip tips tl;dr tldr update
    video warning
    """
)
_SAYING = re.compile(
    r"(?i)\b(?:said|says|stated|states|added|wrote|writes|asked|replied|commented|explained|continued|noted|argued)\W*$"
)
_WORD = re.compile(r"[^\W_][\w'’-]*")
_SMALL = words(
    """
    a an and as at but by de for from in into of on or over the to via vs with nor per la le und
    """
)
_LONGEST_HEADING = 45
"""Words. A longer line without a full stop is a sentence whose stop was lost."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a document and what it is; ``sentence`` means running text of one or more sentences."""

    start: int
    end: int
    kind: Kind


@dataclass(slots=True)
class _Line:
    """A paragraph on its way to a block: `kind` is None as long as it is undecided."""

    start: int
    end: int
    text: str
    kind: Kind | None
    bullet: str
    words: int
    stopped: bool


def blocks(text: str, *, format: Format = "text") -> list[Block]:
    """Cuts a document to blocks: in order, not overlapping, trimmed; together they hold all that is not blank.

    Args:
        text: The decoded document.
        format: Its layout; markdown has marks of its own, text from HTML is one paragraph per line.
    """
    rows = _rows(text, paragraphs(text, markdown=format == "markdown"))
    dense = _is_punctuated(rows)
    notes = ""
    found: list[Block] = []
    for index, row in enumerate(rows):
        kind = row.kind or _decide(rows, index, dense)
        if kind == "heading" and not (notes and row.bullet):
            section = _NOTES.match(row.text)
            notes = section.group(1).casefold() if section else ""
        elif notes and kind in ("sentence", "list_item", "heading") and (notes != "notes" or row.bullet):
            kind = "footnote"
        row.kind = kind
        if row.start < row.end:
            found.append(Block(row.start, row.end, kind))
    return found


def _rows(text: str, pieces: Sequence[Paragraph]) -> list[_Line]:
    """The paragraphs with the kinds that their own words give them, speakers and datelines cut off."""
    rows: list[_Line] = []
    labels = _speakers(text, pieces)
    for piece in pieces:
        start = piece.start
        row = _line(text, start, piece.end, piece.kind, piece.bullet)
        cut = _prefix(row.text, labels) if row.kind is None else None
        if cut and cut.end < len(row.text):
            rows.append(_line(text, start, start + cut.end, cut.kind, ""))
            start = trim(text, start + cut.end, piece.end)[0]
            row = _line(text, start, piece.end, "sentence", piece.bullet)
        elif cut:
            row.kind = cut.kind
        rows.append(row)
    return rows


@dataclass(frozen=True, slots=True)
class _Cut:
    end: int
    kind: Kind


def _line(text: str, start: int, end: int, kind: Kind | None, bullet: str) -> _Line:
    content = text[start:end]
    head = content[:2000]
    if kind is None:
        kind = furniture.line_kind(" ".join(head.split()) if "\n" in head else head)
    words = len(head.split())
    return _Line(start, end, content, kind, bullet, words, bool(_STOP.search(content, max(0, len(content) - 60))))


def _speakers(text: str, pieces: Sequence[Paragraph]) -> frozenset[str]:
    """Labels like ``Jane Doe:`` that come back: one colon is a sentence's, two are a transcript's."""
    counts: Counter[str] = Counter()
    for piece in pieces:
        label = _NAME_LABEL.match(text, piece.start, piece.end)
        if label:
            counts[label.group()] += 1
    found = {label for label, count in counts.items() if count > 1 and _is_speaker(label, count)}
    if not {"Q.", "A."} <= found:
        found -= {"Q.", "A."}
    labelled = sum(counts.values())
    if found and (sum(counts[label] for label in found) >= 4 or labelled * 2 > len(pieces)):
        found |= {label for label in counts if label.endswith(":") and _is_speaker(label, 1)}
    return frozenset(found)


def _is_speaker(label: str, count: int) -> bool:
    name = label.rstrip(" :.—–")
    if name.casefold() in _NO_SPEAKER or (label.endswith(".") and furniture.is_numeral(name)):
        return False
    return name[0].isupper() or count > 2


def _prefix(line: str, labels: frozenset[str]) -> _Cut | None:
    step = _STEP.match(line)
    if step:
        return _Cut(step.end() - 1, "list_item")
    stamp = _STAMP.match(line)
    if stamp is not None:
        return _Cut(stamp.end(), "byline")
    speaker = _SPEAKER.match(line)
    if speaker and speaker.group().rstrip(":").casefold() not in _NO_SPEAKER:
        return _Cut(speaker.end(), "byline")
    label = _NAME_LABEL.match(line)
    if label and label.group() in labels and (label.group()[-1] in ":." or _STOP.search(line[-60:])):
        return _Cut(label.end(), "byline")
    dateline = furniture.dateline_prefix(line)
    return _Cut(dateline, "dateline") if dateline else None


def _is_punctuated(rows: Sequence[_Line]) -> bool:
    """Whether this writer ends sentences with full stops."""
    judged = [row for row in rows if row.kind in (None, "sentence") and row.words >= 5 and not row.bullet]
    if not judged:
        return any(row.stopped for row in rows)
    stopped = sum(row.stopped for row in judged)
    return stopped * 4 >= len(judged)


def _is_between_furniture(rows: Sequence[_Line], index: int) -> bool:
    """Whether a short line stands in the middle of page furniture: a teaser under "Related stories"."""
    if rows[index].words > 15 or not 0 < index < len(rows) - 1:
        return False
    around = (rows[index - 1], rows[index + 1])
    return all(row.kind == "furniture" and row.text[0] not in "([" and row.text[-1] != "," for row in around)


def _decide(rows: Sequence[_Line], index: int, dense: bool) -> Kind:
    row = rows[index]
    if row.stopped and row.words > _LONGEST_HEADING:
        return "sentence"
    if _is_between_furniture(rows, index):
        return "furniture"
    clause = _VERB.search(row.text[:300]) is not None
    if _SECTION.match(row.text) and not clause:
        return "heading"
    if _MONOGRAM.match(row.text):
        return "byline"
    if row.bullet:
        return "heading" if _is_numbered_heading(rows, index, clause) else _decide_item(row, clause)
    if row.stopped:
        return "heading" if _is_stopped_heading(rows, index, clause) else "sentence"
    if _DASH_END.search(row.text[-5:]) or row.words > _LONGEST_HEADING:
        return "sentence"
    if _OPEN_END.search(row.text[-5:]):
        if row.text.endswith(",") and row.words <= 4 and not clause and not _SAYING.search(row.text):
            return "furniture"
        if row.text.endswith(":") and row.words <= 3 and not (clause or _PRONOUN.search(row.text)):
            return "heading"
        return "sentence" if row.words > 1 else "heading"
    if furniture.is_field(row.text) and _has_field_neighbour(rows, index):
        return "table_row"
    if len(boundaries.spans(row.text)) > 1:
        return "sentence"
    lower = row.text[0].islower()
    if not dense:
        return "sentence" if clause or row.words >= 12 or (_PRONOUN.search(row.text) and row.words >= 3) else "heading"
    return "sentence" if lower and clause and row.words >= 4 else "heading"


def _decide_item(row: _Line, clause: bool) -> Kind:
    if len(boundaries.spans(row.text)) > 1:
        return "sentence"
    if row.stopped:
        if row.text[0].islower() and not clause:
            return "list_item"
        return "sentence" if row.words >= 3 or clause or row.text[-1] in "!?" else "list_item"
    if clause and row.words >= 6 and row.text[0].isupper() and not _OPEN_END.search(row.text[-3:]):
        return "sentence"
    return "list_item"


def _is_stopped_heading(rows: Sequence[_Line], index: int, clause: bool) -> bool:
    """Headings that end like a sentence show it by their case, their number or what stands around them."""
    row = rows[index]
    if row.words > 14:
        return False
    following = rows[index + 1] if index + 1 < len(rows) else None
    if index == 0 and following and following.kind in ("byline", "dateline", "furniture"):
        return (following.kind != "furniture" or row.text[-1] in "?!") and len(boundaries.spans(row.text)) == 1
    if row.words >= 4 and row.text[-1] in "?!" and _is_title_case(row.text):
        return len(boundaries.spans(row.text)) == 1
    if row.text.endswith(".") and row.words <= 5 and not clause and not _PRONOUN.search(row.text):
        return _stands_over_text(rows, index)
    return False


def _is_numbered_heading(rows: Sequence[_Line], index: int, clause: bool) -> bool:
    """``3. What now?`` over a paragraph: where nothing else is numbered around it, it is no list."""
    row = rows[index]
    if not row.stopped or not row.bullet[0].isdigit() or row.words > 10 or index + 1 >= len(rows):
        return False
    if row.text.isupper():
        return True
    if rows[index + 1].bullet or (index and rows[index - 1].bullet):
        return False
    return row.text[-1] == "?" or (row.text[-1] == "." and row.words <= 3 and not clause and rows[index + 1].words > 10)


def _is_title_case(line: str) -> bool:
    words = [word for word in _WORD.findall(line) if word.casefold() not in _SMALL]
    return len(words) >= 3 and all(word[0].isupper() or word[0].isdigit() for word in words)


def _stands_over_text(rows: Sequence[_Line], index: int) -> bool:
    """Whether a line like ``Respondent race.`` stands over a long paragraph in a text of long paragraphs."""
    if index + 1 >= len(rows) or rows[index + 1].words < 40:
        return False
    if index and rows[index - 1].text.endswith(("?", ":", ",")):
        return False
    texts = [row for row in rows if row.stopped and row.words > 5]
    return sum(row.words >= 40 for row in texts) * 4 >= len(texts) * 3


def _has_field_neighbour(rows: Sequence[_Line], index: int) -> bool:
    near = [*rows[max(0, index - 1) : index], *rows[index + 1 : index + 2]]
    return any(not row.stopped and furniture.is_field(row.text) for row in near)
