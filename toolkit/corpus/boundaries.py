"""Where one sentence of running text ends and the next begins.

Every stop is a candidate, and what stands around it decides. sentencex says which capitalised words are
abbreviations; the boundaries that it draws itself are not used, since it keeps a quotation or a bracket of
several sentences whole and splits before lower-case words (measured in docs/segmentation.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import sentencex

Span = tuple[int, int]

_OPENERS = r"\"'“‘«„‹(\[{*_¿¡—–"
_STOPS = ".!?…。！？"
_CANDIDATE = re.compile(rf"[{_STOPS}:;<()\[\]](?:(?<=[{_STOPS}])[{_STOPS}]*(?P<close>[\"'”’»›“)\]}}*_]*))?")
"""A stop with what closes behind it, a bracket, or what may be a face. One class first: that is searched fast."""
_FACE = re.compile(r"(?:(?<=[\w*] )[:;]['’]?-?[)(DP]+|(?<=[\w*] )<3)(?=\s)")
_MARK = r"(?:\[(?:\d{1,3}|[a-z]|n|note \d+|nb \d+|citation needed)(?:[ \xa0]?[,;–-][ \xa0]?\d{1,3})*\])"
_GLUED_MARKS = re.compile(rf"(?:[\xa0\u202f]?(?:{_MARK}|[⁰¹²³⁴⁵⁶⁷⁸⁹]))+(?:[ \xa0]{_MARK})*(?:\s|$|(?=[\"“(A-Z]))")
_DIGIT_MARK = re.compile(r"\d{1,3}(?=\s+[\"“‘(]?[A-Z]|$)")
_SPACED_DIGIT = re.compile(r"(?P<mark> \d{1,3})\s(?P<word>[A-Z][a-z'’]*)\b")
_SPACED_MARKS = re.compile(rf"(?:[ \xa0]{_MARK})+")
_SPACED_ELLIPSIS = re.compile(r"\w (?:\.{2,}|…)")
_ASIDE = re.compile(r"\s\([^().!?]{1,300}\)")
"""A bracket without a stop of its own: part of the sentence around it, in ``Viva Maria! (1965) and …``."""
_FACES = re.compile(
    r"(?:[ \t]?(?:[:;=8]['’]?-?[)(\]DPpOo/|*]+(?!\w)|<3|\^\^"
    r"|[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\ufe0f\u200d♀♂]))+(?=\s|$)"
)
_NEXT = re.compile(rf"\s*(?P<open>[{_OPENERS}\s-]*)(?P<word>[^\W_]?[$€£¥#@&]?[\w'’.-]{{0,30}})")
_BEFORE_TOKEN = re.compile(r".*[\s\"“”‘«»()\[\]{}—–/*_]", re.DOTALL)
_LOW_START = re.compile(r"[.!?)(]\s[a-z]")
_HIGH_START = re.compile(r"[.!?][\"”’)]*\s+[\"“‘(]*[A-Z]")
_LETTER = re.compile(r"[^\W\d_]")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]$")
_SPEECH = re.compile(
    r"(?:[A-Z][\w.’'-]*\s){1,3}(?:said|says|asked|asks|cried|exclaimed|replied|shouted|answered|added|whispered|called|wrote"
    r"|muttered|murmured|declared|wondered|insisted|repeated|yelled|screamed|remarked|continued|demanded|told)\b"
)


def words(text: str) -> frozenset[str]:
    """The words of a table as a set."""
    return frozenset(text.split())


_NEVER = words(
    """
    a.k.a adj adm aka al. ald amb approx apr art arts assn assoc atty aug ave blvd bp br bros c.f ca capt cdr cf ch
    chap chas chs cit cllr cmdr col cpt dec dept det dir dr e.g ed eds eg eq eqs esp est ext feb fig figs fr fri ft
    gen geo gov hon hwy i.e ibid ie incl insp jan jas jul jun lb lbs lieut loc lt maj mar max messrs mgr min model
    mon mr mrs ms mt mx n.b nb no. nos nov nr oct op oz para paras pp pres prof pvt rd ref ref. refs rep reps resp
    rev robt sat sec sect sen sens sep sept sgt sr. ste sun supt tab tbsp tel temp thos thu thur thurs trans transl
    treas tsp tue tues u.k.c univ viz vol vols vs wed wm
    """
)
"""No sentence ends here, whatever follows."""
_NUMBERED = words("art arts ch chap eq ext fig figs no nos p par para pp rule sec sect tab tel vol vols")
"""No sentence ends here when a number follows; otherwise they are ordinary words."""
_MAYBE = words(
    """
    a.d al apr assn aug ave b.a b.c b.c.e b.sc blvd bros c.e co corp d.c d.phil dec dept e.u ed eds esq est feb ff
    ft gmbh govt hr hrs i.e.s inc intl jan jr jul jun l.a lb lbs llc ltd m.a m.d m.sc mar mass max min mt natl nov
    oct oz ph.d plc prov rd rte sec sep sept sq sr st tbsp tsp tues u.k u.n u.s u.s.a u.s.s.r univ wash yr yrs
    """
)
"""A sentence may end here; it does when an everyday sentence opener follows."""
_STARTERS = words(
    """
    a about according additional additionally after all also although an and another are as at because before
    between both but by can could critics despite did do does don't during each either even every everybody everyone
    few following for from furthermore had has have he he's her here his how however i i'd i'll i'm i've if in
    instead is it it's its just let little many may maybe meanwhile might more moreover most my neither nevertheless
    no nobody none not nothing now of on once one only or other our over people perhaps please several she she's
    should since so some still such that the their then there there's these they they're this those though three
    thus to today two under until was we we're well were what when where which while who why will with within would
    yes yesterday yet you you're your
    """
)
_TIMES = words("a.m etc p.m")
"""A sentence ends here unless its next word goes on with the time."""
_AFTER_TIME = re.compile(r"(?:[A-Z]{2,4}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z][a-z]+ [Tt]ime)$")
_TITLES = words("col dr gen mr mrs ms no st")
_CLOSING_QUOTE = re.compile(r"[\"”’»'“]")
_QUOTE = re.compile(r"[\"“‘«„]")
_LONGEST_ABBREVIATION = 6
_LEAD = re.compile(r"[\s\"“‘„«']*")
_SAMPLE = 20_000
_MAX_BRACKET = 600
"""Characters. A bracket open for longer was never meant to be closed."""


class _Stop(NamedTuple):
    """What may end a sentence: the full stops or the face at `start`, and the quotes and brackets behind them."""

    start: int
    end: int
    mark: str
    close: str


def spans(text: str, *, notes: bool = False) -> list[Span]:
    """The sentences of one paragraph as offsets into it: trimmed, in order, never overlapping.

    Args:
        text: The paragraph.
        notes: Whether the document has the notes that marks such as ``[3]`` point to. Then a mark that is set off by
            a space is no part of a sentence; else it may be a citation, and stays with the sentence before it.
    """
    found: list[Span] = []
    start = 0
    for end, after in _breaks(text, notes):
        _add(text, found, start, end)
        start = after
    _add(text, found, start, len(text))
    return found


def _add(text: str, found: list[Span], start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return
    start += len(piece) - len(piece.lstrip())
    end = start + len(stripped)
    if found and not (stripped[0].isalnum() or any(character.isalnum() for character in stripped)):
        start = found.pop()[0]
    found.append((start, end))


def _breaks(text: str, notes: bool) -> Iterator[Span]:
    """Yields (end of a sentence, where to look for the next one)."""
    lower = _is_lower_case(text)
    sentence = 0
    first = _first(text, sentence)
    depth = opened = 0
    for found in _CANDIDATE.finditer(text):
        at = found.start()
        if at < sentence:
            continue
        kind = text[at]
        if kind in ")]":
            depth = max(depth - 1, 0)
            continue
        if kind in "([":
            if at > first:
                depth += 1
                opened = at
            continue
        stop = _stop(text, found)
        if stop is None:
            continue
        if stop.end == len(text):
            return
        end, after = _extend(text, stop, notes)
        if after >= len(text):
            yield end, after
            return
        if stop.close:
            depth = max(depth - stop.close.count(")") - stop.close.count("]"), 0)
        if depth and at - opened < _MAX_BRACKET:
            continue
        if _is_break(text, stop, after, lower):
            yield end, after
            sentence = after
            first = _first(text, sentence)
            depth = 0


def _stop(text: str, found: re.Match[str]) -> _Stop | None:
    close = found["close"]
    if close is not None:
        middle = found.end() - len(close)
        return _Stop(found.start(), found.end(), text[found.start() : middle], close)
    face = _FACE.match(text, found.start())
    return _Stop(face.start(), face.end(), face.group(), "") if face else None


def _first(text: str, start: int) -> int:
    """Where the words of a sentence begin, its opening quotes passed: a bracket there holds the whole sentence."""
    lead = _LEAD.match(text, start)
    return lead.end() if lead else start


def _is_lower_case(text: str) -> bool:
    """Whether the writer does without capitals, so that a lower-case word may well begin a sentence."""
    if not _LOW_START.search(text):
        return False
    text = text[:_SAMPLE]
    lower = len(_LOW_START.findall(text))
    upper = len(_HIGH_START.findall(text))
    first = _LETTER.search(text)
    return lower > upper if first and first.group().isupper() else lower >= upper


def _extend(text: str, stop: _Stop, notes: bool) -> Span:
    """Where the sentence ends that a stop may end, and where the next would start, past all footnote marks."""
    end = stop.end
    if text[end] == " " and "A" <= text[end + 1 : end + 2] <= "Z":
        return end, end  # the usual case: none of the marks begins like that
    marks = _GLUED_MARKS.match(text, end)
    if marks:
        return end, marks.end()
    if stop.mark == "." and text[stop.start - 1 : stop.start].islower():
        digit = _DIGIT_MARK.match(text, end)
        if digit:
            return end, digit.end()
        digit = _SPACED_DIGIT.match(text, end)
        if digit and _starts(digit["word"]):
            return digit.end("mark"), digit.end("mark")
    marks = _SPACED_MARKS.match(text, end)
    if marks:
        return (end if notes else marks.end()), marks.end()
    faces = _FACES.match(text, end)
    if faces:
        return faces.end(), faces.end()
    return end, end


def _is_break(text: str, stop: _Stop, after: int, lower: bool) -> bool:
    following = _NEXT.match(text, after)
    if following is None or not following["word"]:
        return bool(text[after : after + 1].isspace())
    word, opening = following["word"], following["open"]
    before = _token(text, stop.start)
    if after == stop.end and not text[after].isspace():
        return _is_missing_space(before, stop.mark, word)
    starts_low = word[0].islower()
    quoted = stop.close != "" and _CLOSING_QUOTE.search(stop.close) is not None
    if stop.mark == ".":
        measure = len(before) == 1 and _is_measure(text, stop.start - 1)
        verdict = _after_period(before, word, opening, stop.close, measure)
        if verdict is not None:
            return verdict
    elif _ASIDE.match(text, after) or _SPACED_ELLIPSIS.match(text, max(0, stop.start - 2)):
        return False
    if starts_low:
        return lower and (stop.mark == "." or (stop.mark[-1] not in ".…" and not quoted))
    if word[0] in "#@":
        return stop.mark[-1] in ".!?"
    return not (quoted and stop.mark[-1] in "!?…" and _is_speech_tag(text, following))


def _token(text: str, end: int) -> str:
    """What stands before a stop, back to the last white space, quote or bracket."""
    start = max(0, end - 40)
    gap = _BEFORE_TOKEN.match(text, start, end)
    return text[gap.end() if gap else start : end]


def _is_speech_tag(text: str, following: re.Match[str]) -> bool:
    """Whether ``Edmund exclaimed`` follows a quotation, which then is not the end of the sentence."""
    word = following["word"]
    return not _starts(word) and _SPEECH.match(text, following.start("word")) is not None


def _is_missing_space(before: str, mark: str, word: str) -> bool:
    """``…ended.The next``, but neither ``example.Com`` nor ``node.Js`` nor ``U.S.A``."""
    if mark == "…" or len(word) < 2 or not word[0].isupper():
        return False
    if any(mark in before for mark in "@:.\\") or "www" in before:
        return False
    return len(before) >= 3 and before[-2:].islower() and (word[1].islower() or word in {"I", "A"}) and "." not in word


def _after_period(before: str, word: str, opening: str, close: str, measure: bool) -> bool | None:
    """What an abbreviation before the full stop says: break, no break, or nothing."""
    key = before.casefold().replace("’", "'")
    if not key:
        return None
    digit = word[0].isdigit() or word[0] in "$€£¥"
    if key in _NUMBERED and (digit or (word != "I" and len(word) <= 4 and word.rstrip(".").isupper())):
        return False
    initials = _INITIALS.match(before) is not None
    if close.strip("*_"):
        return _starts(word) if initials and "]" in close else None
    if key in _TIMES:
        return word[0].isupper() and not _AFTER_TIME.match(word)
    if key in _MAYBE:
        return _starts(word) or (_QUOTE.search(opening) is not None and word[0].isupper())
    if key in _NEVER and not (before.isupper() and len(before) > 1 and key not in _TITLES):
        return False
    if initials and len(before) == 1 and before.islower():
        return None if (measure or before in "aio") and not digit else False
    if initials or (before[0].isupper() and len(before) <= _LONGEST_ABBREVIATION and _is_abbreviation(before)):
        return _starts(word)
    return None


@lru_cache(maxsize=4096)
def _is_abbreviation(token: str) -> bool:
    """Whether sentencex takes a capitalised token with a full stop for an abbreviation before a name."""
    return len(sentencex.segment("en", f"The {token}. Smith")) == 1


def _is_measure(text: str, start: int) -> bool:
    """Whether a number stands before the token: ``6.07 m.``, ``250 g.``."""
    return text[max(0, start - 2) : start].strip()[-1:].isdigit()


def _starts(word: str) -> bool:
    return word[0].isupper() and word.casefold().replace("’", "'") in _STARTERS
