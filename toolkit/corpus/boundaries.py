"""Where one sentence of running text ends and the next begins.

Every stop is a candidate, and what stands around it decides. sentencex says which capitalised words are
abbreviations; the boundaries that it draws itself are not used, since it keeps a quotation or a bracket of
several sentences whole and splits before lower-case words (measured in docs/segmentation.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import sentencex

Span = tuple[int, int]

_OPENERS = r"\"'“‘«„‹(\[{*_¿¡—–"
_CANDIDATE = re.compile(
    r"(?P<stop>[.!?…。！？]+|(?<=[\w*] )(?:[:;]['’]?-?[)(DP]+|<3)(?=\s))(?P<close>[\"'”’»›“)\]}*_]*)"
    r"|(?P<bracket>[(\[\])])"
)
_MARK = r"(?:\[(?:\d{1,3}|[a-z]|n|note \d+|nb \d+|citation needed)(?:[ \xa0]?[,;–-][ \xa0]?\d{1,3})*\])"
_GLUED_MARKS = re.compile(rf"(?:[\xa0\u202f]?(?:{_MARK}|[⁰¹²³⁴⁵⁶⁷⁸⁹]+))+(?:[ \xa0]{_MARK})*(?:\s|$|(?=[\"“(A-Z]))")
_DIGIT_MARK = re.compile(r"\d{1,3}(?=\s+[\"“‘(]?[A-Z]|$)")
_SPACED_DIGIT = re.compile(r"(?P<mark> \d{1,3})\s(?P<word>[A-Z][a-z'’]*)\b")
_SPACED_MARKS = re.compile(rf"(?:[ \xa0]{_MARK})+")
_ASIDE = re.compile(r"\s\([^().!?]{1,300}\)")
"""A bracket without a stop of its own: part of the sentence around it, in ``Viva Maria! (1965) and …``."""
_FACES = re.compile(
    r"(?:[ \t]?(?:[:;=8]['’]?-?[)(\]DPpOo/|*]+(?!\w)|<3|\^\^|[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\ufe0f\u200d♀♂]+))+(?=\s|$)"
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

_NEVER = frozenset(
    """mr mrs ms messrs mx dr prof rev hon ste cllr ald atty mgr bp lieut treas dir assoc amb wm geo chas thos jas robt gov gen sen rep reps sens col lt capt cpt cmdr maj sgt pvt adm cdr supt insp det
    fr br sr. pres vs cf viz eg ie e.g i.e ca approx incl esp resp adj ed eds trans transl al. vol vols ch chap chs fig figs tab eq eqs
    ref refs sec sect art arts para paras no. nos pp op cit ibid loc nr bros mt ft ave blvd rd hwy dept univ assn
    jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri sat sun tel ext est min max tsp tbsp oz lb lbs temp
    a.k.a aka n.b nb c.f u.k.c ref. model""".split()
)
"""No sentence ends here, whatever follows."""
_NUMBERED = frozenset("no nos art arts sec sect fig figs tab vol vols ch chap p pp par para eq rule tel ext".split())
"""No sentence ends here when a number follows; otherwise they are ordinary words."""
_MAYBE = frozenset(
    """inc ltd co corp jr sr u.s u.k u.n e.u u.s.a u.s.s.r d.c l.a b.c a.d b.c.e c.e ph.d m.d b.a m.a m.sc b.sc d.phil
    st al esq llc plc gmbh mass wash intl natl govt sq rte prov ff yr yrs bros dept ave blvd rd ft mt min max hr hrs sec tsp tbsp oz lb lbs tues jan feb mar apr jun jul aug sept sep oct nov dec
    est univ assn i.e.s ed eds""".split()
)
"""A sentence may end here; it does when an everyday sentence opener follows."""
_STARTERS = frozenset(
    """the a an this that these those he she it we they you i i'm i've i'd i'll it's he's she's there's we're they're you're his her its our
    their my your there here in on at by for from with as after before when while since if although though because but and or so yet
    however then thus also what who why how where which all some many most few no not one two three another each every both such other
    more under over between during within until once now today yesterday still even only just perhaps maybe yes critics little
    to of about despite instead meanwhile moreover furthermore additionally nevertheless according following several let do does did
    is are was were has have had can could would should will may might please well don't people nobody nothing everyone everybody neither either none additional""".split()
)
_TIMES = frozenset("a.m p.m etc".split())
"""A sentence ends here unless its next word goes on with the time."""
_AFTER_TIME = re.compile(r"(?:[A-Z]{2,4}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z][a-z]+ [Tt]ime)$")
_TITLES = frozenset("mr mrs ms dr st no gen col".split())
_QUOTE = re.compile(r"[\"“‘«„]")
_LONGEST_ABBREVIATION = 6
_LEAD = re.compile(r"[\s\"“‘„«']*")
_SAMPLE = 20_000
_MAX_BRACKET = 600
"""Characters. A bracket open for longer was never meant to be closed."""


def spans(text: str) -> list[Span]:
    """The sentences of one paragraph as offsets into it: trimmed, in order, never overlapping."""
    found: list[Span] = []
    start = 0
    for end, after in _breaks(text):
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
    if found and not any(character.isalnum() for character in stripped):
        start = found.pop()[0]
    found.append((start, end))


def _breaks(text: str) -> Iterator[Span]:
    """Yields (end of a sentence, where to look for the next one)."""
    lower = _is_lower_case(text)
    sentence = 0
    first = _first(text, sentence)
    depth = opened = 0
    for found in _CANDIDATE.finditer(text):
        if found.start() < sentence:
            continue
        bracket = found["bracket"]
        if bracket:
            if bracket in ")]":
                depth = max(depth - 1, 0)
            elif found.start() > first:
                depth += 1
                opened = found.start()
            continue
        if found.end() == len(text):
            return
        end, after = _extend(text, found)
        if after >= len(text):
            yield end, after
            return
        depth = max(depth - found["close"].count(")") - found["close"].count("]"), 0)
        if depth and found.start() - opened < _MAX_BRACKET:
            continue
        if _is_break(text, found, end, after, lower):
            yield end, after
            sentence = max(after, found.end())
            first = _first(text, sentence)
            depth = 0


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


def _extend(text: str, found: re.Match[str]) -> Span:
    """Where the sentence ends that a stop may end, and where the next would start, past all footnote marks."""
    end = found.end()
    marks = _GLUED_MARKS.match(text, end)
    if marks:
        return end, marks.end()
    if text[found.start() - 1 : found.start()].islower() and found["stop"] == ".":
        digit = _DIGIT_MARK.match(text, end)
        if digit:
            return end, digit.end()
        digit = _SPACED_DIGIT.match(text, end)
        if digit and _starts(digit["word"]):
            return digit.end("mark"), digit.end("mark")
    marks = _SPACED_MARKS.match(text, end)
    if marks:
        return marks.end(), marks.end()
    faces = _FACES.match(text, end)
    if faces:
        return faces.end(), faces.end()
    return end, end


def _is_break(text: str, found: re.Match[str], end: int, after: int, lower: bool) -> bool:
    following = _NEXT.match(text, after)
    if following is None or not following["word"]:
        return bool(text[after : after + 1].isspace())
    word, opening = following["word"], following["open"]
    gap = text[after].isspace() or after != found.end()
    before = _token(text, found.start())
    if not gap:
        return _is_missing_space(before, found, word)
    stop, close = found["stop"], found["close"]
    starts_low = word[0].islower()
    quoted = any(mark in close for mark in "\"”’»'“")
    if stop == ".":
        verdict = _after_period(before, word, opening, close, _is_measure(text, found.start() - len(before)))
        if verdict is not None:
            return verdict
    elif stop[0] in ".…" and text[found.start() - 2 : found.start()][-1:] == " " and text[found.start() - 2].isalnum():
        return False
    elif _ASIDE.match(text, after):
        return False
    if starts_low:
        return lower and (stop[-1] in "!?)(DP3" and not quoted or stop == ".")
    if word[0] in "#@":
        return stop[-1] not in ")(DP3"
    return not (quoted and stop[-1] in "!?…" and _is_speech_tag(text, following))


def _token(text: str, end: int) -> str:
    """What stands before a stop, back to the last white space, quote or bracket."""
    start = max(0, end - 40)
    gap = _BEFORE_TOKEN.match(text, start, end)
    return text[gap.end() if gap else start : end]


def _is_speech_tag(text: str, following: re.Match[str]) -> bool:
    """Whether ``Edmund exclaimed`` follows a quotation, which then is not the end of the sentence."""
    word = following["word"]
    return not _starts(word) and _SPEECH.match(text, following.start("word")) is not None


def _is_missing_space(before: str, found: re.Match[str], word: str) -> bool:
    """``…ended.The next``, but neither ``example.Com`` nor ``node.Js`` nor ``U.S.A``."""
    if found["stop"] == "…" or len(word) < 2 or not word[0].isupper():
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
