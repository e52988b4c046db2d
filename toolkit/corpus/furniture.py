"""Lines that are not running text and show it by their own words: furniture, bylines, datelines, captions, notes.

Each test sees one line (a paragraph, in wrapped text) and nothing around it; what needs the neighbours is in
`toolkit.corpus.structure`.
"""

from __future__ import annotations

import re

from toolkit.records import Kind

LONGEST = 600
"""Longer paragraphs are running text or a note; they are not tested against the phrases."""

_PHRASES = """
    about the author|about us|accept all cookies|accept cookies|add a comment|add to favorites|add to favourites
    advertisement|advertising|all rights reserved|already a member|article|back|back to article|back to home
    back to overview|back to the top|back to top|bookmark|by the same author|cite this article|close|comment
    comments|comments are closed|contact|contact us|contents|continue reading|cookie policy|cookie settings
    copy link|copy url|disclaimer|donate|donate now|download|download pdf|e-mail|edit|edit this page|email
    email this|email this article|facebook|follow us|get the app|go to top|home|in this article|instagram
    keep reading|latest news|latest stories|leave a comment|leave a reply|like this article
    linkedin|listen|listen to this article|load more|load more comments|loading|log in|log in to post a reply|login
    manage cookies|menu|more|more from this author|more information|more like this|more news|more on this story
    more stories|most popular|most read|most viewed|navigation|newer posts|newsletter|next|next article|next page
    next post|older posts|open in app|permalink|pinterest|popular posts|post a comment|post comment|previous
    previous article|previous page|previous post|print|print article|print recipe|print this|print this article
    printer-friendly version|privacy|privacy policy|promoted|read also|read less|read more|read more here
    read next|read on|read the full story|recommended|recommended for you|reddit|register|related|related articles
    related content|related links|related posts|related stories|related topics|replies|reply|replying to
    report abuse|report this ad|republish|republish this article|save|save article|scroll to top|search|see also
    see more|send by email|send to a friend|share|share article|share on facebook|share on linkedin
    share on twitter|share on whatsapp|share on x|share this|share this article|share this page|share this post
    share this story|show comments|show less|show more|show more replies|sign in|sign up|sitemap|skip to content
    skip to main content|skip to navigation|sponsored|sponsored content|subscribe|subscribe now
    table of contents|tags|terms and conditions|terms of service|terms of use|text size|toggle navigation|top
    trending|trending now|tweet|tweet this|twitter|view all|view all comments|view comments|watch|whatsapp
    who to follow|write a comment|youtube|you may also like|you might also like|p.s|ps|p.p.s|the end
    """
PHRASES = frozenset(phrase.strip() for line in _PHRASES.splitlines() for phrase in line.split("|"))

_FURNITURE = re.compile(
    r"""(?ix)
    (?:©|\(c\)\s|copyright\s+(?:©|\(c\)|\d{4})|all\srights\sreserved\b).{0,200}$
    |(?:tags?|topics?|categor(?:y|ies)|filed\s(?:under|in)|posted\sin|labels|keywords|key\swords
      |related(?:\s\w+)?|see\salso|read\s(?:more|also|next)|more\s(?:on|in|from)|next|previous|share\son|follow\s(?:us|me)
      |advertisement|sign\sup|part\s\d+\sof)\s*:\s*\S
    |(?:comments?|repl(?:y|ies)|shares?|likes?|views|retweets)\s*[(\[:]\s*[\d.,]+k?\s*[)\]]?$
    |[\d.,]+k?\s(?:comments?|repl(?:y|ies)|shares?|likes?|views|votes?|points?|retweets|notes)$
    |(?:\d{1,3}[\s-]min(?:ute)?s?\.?\s(?:read|listen|watch)|(?:estimated\s)?reading\stime)\b.{0,60}$
    |(?:subscribe|sign\sup|register|log\s?in|sign\sin|join\sus)\s(?:to|for|now|here|today|and|with|free)\b.{0,120}$
    |(?:share|tweet|e-?mail|print|save|pin)\sthis\b(?:\s(?:article|page|post|story|entry|recipe|video))?
     (?:\s(?:on|via|with|to|by)\b.{0,30})?[!.:]?$
    |(?:follow|find|like)\s(?:us|me|him|her)\son\s.{1,60}$
    |(?:click|tap)\shere\b.{0,60}$
    |(?:we|this\s(?:web)?site)\suses?\scookies\b.{0,400}$
    |by\scontinuing\sto\s(?:use|browse)\b.{0,300}$
    |more\sfrom\s(?:the\s)?[\w'’.-]+(?:\s[\w'’.-]+){0,4}$
    |(?:read|continue|view)\sthe\s(?:full|original|whole|rest)\b.{0,60}$
    |(?:the\s)?(?:original|source)\s(?:article|source|text|version)(?:\s?:.{0,80}|\s(?:here|on|at)\b.{0,60})?$
    |(?:original\s)?source\s*:\s.{1,160}$
    |was\sthis\s(?:page|article|answer)\s(?:helpful|useful)\b.{0,40}$
    |(?:rate|print)\sthis\s(?:recipe|article|page)\b.{0,30}$
    |(?:listen|watch)\s(?:to\s)?this\b.{0,40}$
    |get\s.{3,80}\byour\s(?:inbox|mailbox|e-?mail)\b.{0,20}$
    |your\se-?mail\saddress\s.{1,120}$
    |(?:please\s)?enable\sjavascript\b.{0,80}$
    |(?:you\smust\sbe|not)\slogged\sin\b.{0,60}$
    |already\sa\s(?:subscriber|member)\b.{0,60}$
    |(?:enjoy(?:ed|ing)|like[ds]?)\s(?:reading\s)?this\s(?:article|story|post|piece|page)\?.{0,120}$
    |support\s(?:us|(?:our|independent)\s(?:work|journalism|site|magazine|reporting))\b.{0,40}$
    |(?:no\scomments\syet|be\sthe\sfirst\sto\s(?:comment|reply|like))\b.{0,60}$
    |(?:advertisement|(?:story|article)\scontinues\sbelow)\b.{0,60}$
    |(?:re)?printed\swith\s(?:the\s)?(?:kind\s)?permission\b.{0,100}$
    |click\sto\s(?:enlarge|expand|tweet|play|share)\b.{0,40}$
    |(?:powered|hosted)\sby\s\S.{0,40}$
    |all\stimes\sare\s(?:[A-Z]{1,2}[MS]?T|UTC|local)\b.{0,20}$
    |(?:to\sbe\scontinued|continued\s(?:on|from)\b.{1,30}|word\scount:.{1,15}|ends?|-30-|\(ends\))[.…]*$
    |(?:doi|issn|isbn)[:\s]\s?\S{4,60}$
    |[^.!?]{0,80}\bunsubscribe\b[^.!?]{0,60}[.!]?$
    |page\s\d+(?:\s(?:of|/)\s\d+)?$
    |(?:\#\w+\s*)+$
    |(?:@\w+\s*)+$
    |\((?:laughter|laughs?|applause|prolonged|loud|cheers|cheering|crosstalk|inaudible|recess|music|silence|off\sthe\srecord
      |interruption|booing|laughing|end\sof)\b[^()]{0,60}\)\.?$
    |\[(?:laughter|laughs?|applause|cheers|crosstalk|inaudible|music|silence)\b[^\[\]]{0,60}\]\.?$
    |sent\sfrom\smy\s.{1,30}$
    |(?:hi|hello|hey|greetings|good\s(?:morning|afternoon|evening|day))\s?[^.!?:]{0,40},$
    |(?:cheers|thanks|many\sthanks|thank\syou|best|all\sthe\sbest|warmly|cordially|take\scare
      |with\s(?:kind|best)\s(?:regards|wishes))[,–-]*$
    |(?:my\s)?dear(?:est)?\s[^.!?:]{1,50}[,:]$
    |(?:yours|ever\syour|your)\s(?:\w+\s){0,2}(?:sincerely|faithfully|truly|ever|loving|friend|obedient\sservant)\s*,?$
    |(?:yours\s)?(?:sincerely|faithfully|truly|respectfully)(?:\syours)?,?$
    |(?:(?:best|kind|warm|warmest)\s)?(?:regards|wishes)(?:\sto\syou)?,?$
    |(?:with\s)?(?:much\s|all\smy\s)?love,?$
    """
)
_BREADCRUMB = re.compile(r"[^.!?|›»>→/·•]{1,40}(?:\s*(?:[›»→>])\s*|\s[|/·•]\s)[^.!?›»]{1,120}$")
_CELL = r"[^.!?|·•]{1,25}"
_MENU = re.compile(rf"(?>{_CELL}\s*[|·•])(?>\s*{_CELL}\s*[|·•])+\s*{_CELL}$")
_BETWEEN = re.compile(r"[›»→>|/·•]")
_MENU_WORDS = re.compile(
    r"(?i)\b(?:home|news|share|print|e-?mail|reply|quote|report|login|contact|about|comments?|sport|privacy|subscribe"
    r"|min(?:ute)?s? read|facebook|twitter|permalink|next|previous|yes|no|terms)\b"
)

_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,?\s+(?:the\s)?)?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"{_WEEKDAY}(?:{_DAY}\s(?:of\s)?{_MONTH},?\s\d{{4}}|{_MONTH}\s{_DAY},?\s\d{{4}}"
    rf"|\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./](?:\d{{4}}|\d\d)|{_MONTH}\s\d{{4}})"
)
_DATELINE = re.compile(
    rf"""(?ix)(?:(?:first\s|last\s)?
    (?:published|updated|posted|modified|created|revised|edited|issued|delivered|recorded|date)
    (?:\s(?:on|at))?\s*:?\s*)?
    (?:[\w'’. ]{{2,40}},\s)?
    {_DATE}
    (?:[\s,|·•–—-]+(?:at\s)?\d{{1,2}}(?:[:.]\d\d)?(?:\s?[ap]\.?m\.?)?(?:\s?\(?(?:[A-Z]{{2,4}}|GMT[+-]?\d*)\)?)?)?
    (?:\s*[|·•–—-]\s*.{{1,60}})?[.,:]?$"""
)
_DATELINE_PREFIX = re.compile(
    rf"""(?:[A-Z][A-Z.'’-]+(?:[ ][A-Z][A-Z.'’-]*){{0,4}}(?:,\s(?:[A-Z][A-Za-z.'’]+\s?){{1,3}})?
      (?:,\s{_DATE}|,\s(?:{_MONTH}\s{_DAY}|{_DAY}\s{_MONTH}))?(?:,?\s\([^()]{{2,40}}\))?
     |(?:[A-Z][a-z'’.-]+\s?){{1,3}}(?:,\s(?:[A-Z][a-z'’.-]+\s?){{1,3}}){{0,2}}\([A-Z][\w/ .-]{{1,30}}\)
     |(?:[A-Z][a-z'’.-]+\s?){{1,3}},\s(?:[A-Z][a-z'’.-]+\s?){{1,3}}(?:,\s(?:[A-Z][a-z'’.-]+\s?){{1,3}})?
      (?:,\s(?:{_MONTH}\s{_DAY}|{_DAY}\s{_MONTH}))?)
    \s*(?:—|–|--?|―)(?=\s+["“'‘]?[A-Z0-9])""",
    re.VERBOSE,
)

_DATE_PREFIX = re.compile(rf"(?=[A-Z][a-z]+day,){_DATE}[.,:]?(?=\s+[A-Z])")

_NAME = r"(?:(?:[A-Z][\w'’-]*\.?|de|da|del|di|van|von|der|den|bin|al|el|la|le|ter|zu)[ \t\xa0]+){0,5}[A-Z][\w'’.-]+"
_NAMES = rf"{_NAME}(?:(?:,|,?\s(?:and|&|with))\s{_NAME}){{0,6}}"
_ROLE = (
    r"(?:correspondent|editor|reporter|columnist|writer|author|staff|bureau|contributor|professor|analyst|journalist"
    r"|freelance|fellow|lecturer|researcher|minister|president|mayor|senator|director|chair(?:man|woman)?"
    r"|photographer|critic)"
)
_CREDITED = (
    r"(?:written|text|words|story|reporting|reported|review|reviewed|compiled|edited|posted|interview|interviewed|photos?"
    r"|translated|translation|adapted|illustrated|produced|submitted|published|uploaded|shared|asked|answered|started"
    r"|created|author|pictures|last\sedited)"
)
_BYLINE = re.compile(
    rf"""(?:
    (?i:by):?\s+{_NAMES}
    |(?i:{_CREDITED}(?:\s(?:and|&)\s\w+)?)(?:\sfrom\s(?:the\s)?\w+)?(?:\s[Bb]y|:)\s+{_NAMES}
    |(?:Translation|Author|AUTHOR|Interview)\s+{_NAMES}
    |\((?i:reporting|writing|editing|additional\sreporting|translated|translation)\sby\s[^()]{{1,200}}\)
    |(?:On\s.{{6,60}},\s)?[\w.@'’-]{{2,30}}(?:\s[\w.@'’<>-]{{1,30}}){{0,3}}\s(?:wrote|writes|replied|posted)
      (?:\s(?:on|at|to)\s.{{1,60}})?:
    |(?:From|To|Cc|CC|Bcc|Sent|Reply-To):\s.{{1,200}}
    |{_NAME}\s@\w{{2,30}}\b[^.!?]{{0,40}}
    |[\w.-]{{2,30}}(?:\s[\w.-]{{1,20}}){{0,2}}(?:\s@\w+)?\s·\s[^!?]{{1,40}}
    )\.?$""",
    re.VERBOSE,
)
_UNSTOPPED_BYLINE = re.compile(
    rf"""(?=.*[^.!?…”"]$)(?:
    (?i:by):?\s+{_NAMES}(?:\s*[,|·•–—/-]\s*.{{1,100}}|\s(?:in|for|at|of|from|with)\s.{{1,60}})
    |(?i:{_CREDITED})(?:\s[Bb]y|:)\s+\S.{{0,80}}
    |(?:(?:The\s)?Hon\.\s|Prof\.\s|Dr\.\s|Sir\s)?{_NAME},\s(?:[\w.'’-]+\s){{0,5}}(?i:{_ROLE})\b[^.!?]{{0,60}}
    |\S.{{0,60}}\s\d{{1,3}}\s(?:second|minute|min|hour|hr|day|week|month|year)s?\sago
    )$""",
    re.VERBOSE,
)
"""Forms that a sentence may have as well: bylines only as long as they do without a full stop."""
_ADDRESS = re.compile(r"[^.!?@]{0,120}\b[\w.+-]{1,60}@[\w-]{1,60}\.[\w.-]{1,60}\b[^.!?@]{0,120}$")
_UNMARKED = (
    r"(?:(?:[A-Z][\w'’-]*\.?(?<![\w'’-]{2}[¹²³⁴])|de|da|del|di|van|von|der|den|bin|al|el|la|le|ter|zu)[ \t\xa0]+)"
)
"""A word of a name, not its last: the class has ``¹``, so that a marked name would otherwise be read twice."""
_AFFILIATION = re.compile(
    rf"(?:{_UNMARKED}{{0,5}}(?>[A-Z][\w'’.-]+[¹²³⁴†‡*,]+)(?:\s+(?:and\s|&\s)?|$))+$"
    r"|[¹²³⁴†‡*]\s?(?:Institute|Department|University|School|Faculty|Center|Centre|Corresponding)\b.{0,200}$"
    r"|(?:Department|Institute|Faculty|School) of\b[^.!?]{0,160}(?:University|Institute|College)\b[^.!?]{0,80}$"
)

_CREDIT = (
    r"(?:image|photo|picture|photograph|illustration|credit|graphic|video|map|chart|screenshot|courtesy)s?"
    r"(?:\s(?:credit|by|courtesy(?:\sof)?|from|via))?"
)
_CAPTION = re.compile(
    rf"""(?ix)
    (?:{_CREDIT}\s*[:;©]
      |(?:photo|picture|image|illustration|photograph|drawing|painting)(?:s|ed|graphs?|graphed)?
       \s(?:by|credit|courtesy|via)\b
      |file\sphoto|caption:|screenshot\s(?:of|from)\b|getty\simages|\[image[:\]]|image\ssource)
    |(?:fig(?:ure|\.)?|tab(?:le|\.)|photo|plate|map|chart|box|exhibit|scheme)\s?(?:\d+|[ivx]+\b)(?:\.\d+)?[a-z]?
     \s?[.:|–—-]\s?
    """
)
_CAPTION_END = re.compile(
    rf"""(?x)(?:(?<=[.!?"”’)\w])\s(?=[A-Zagipcv©(])(?:
      (?i:{_CREDIT})\s?[:;]\s?.{{1,80}}
      |(?:©|\(c\))\s?.{{1,60}}
      |\((?i:photo(?:graph)?s?|images?|picture|illustration)\s(?:by|courtesy\sof)\s[^.!?()]{{1,60}}\))
    |(?<=[.!?"”’)])\s(?=[A-Z])(?:
      (?:Photo(?:graph)?s?|Images?|Picture|Illustration)\s(?:by|courtesy\sof)\s[^.!?()]{{1,60}}
      |(?:[A-Z]{{2,}}|[A-Z]\w+\sImages)(?:/[A-Z][\w. ]{{1,30}}|\sImages)
      |Getty\sImages(?:/.{{1,30}})?|Reuters|AP(?:\sPhoto(?:/.{{1,40}})?)?|AFP|EPA|Shutterstock|Flickr
      |Wikimedia(?:\sCommons|\sMaps)?))\.?\)?$
    |\((?i:photo|image|picture|credit|courtesy)\s?(?i:by|of|from|credit|courtesy|:)[^()]{{1,80}}\)\.?$"""
)
_POSITION = re.compile(
    r"\((?:(?:far |pictured )?(?:left|right|cent(?:er|re)|above|below|pictured)(?: to right)?"
    r"|(?:second|third) from (?:left|right)|[LR])\)(?=[ ,.;]|$)"
)
_FOOTNOTE = re.compile(
    r"(?:\[\d{1,3}\]|\[[a-z*†]\]|\[\^[\w-]{1,60}\]:?|[¹²³⁰⁴⁵⁶⁷⁸⁹]+|\^|[†‡]{1,3}(?=\s?\w)"
    r"|\*(?=[A-Z][^*]*$))[ \t\xa0]*(?=\S|$)"
)
_URL = re.compile(
    r"<?(?:https?://|www\.|ftp://)\S+>?$"
    r"|(?i:(?:link|url|source|web|website|via|more|see)\s*:\s*)<?(?:https?://|www\.)\S+>?$"
)
_EMAIL = re.compile(r"(?:e-?mail:\s*)?[\w.+-]+@[\w-]+\.[\w.-]+$", re.IGNORECASE)
_CELLS = re.compile(r"\t|\s\|\s|^\||\|$|[ \xa0]{3,}")
_FIELD = re.compile(r"[A-Z][\w()’'/ -]{1,28}:\s?\S[^!?]{0,90}$")
_SENTENCE_END = re.compile(r"[a-z)\"”’]{3}[.!?][\"”’)]*$")
_TRIM = " \t\xa0*_.:!»›→>←«‹<▲▼↑↓…-–—"


def line_kind(line: str) -> Kind | None:
    """The kind that a line's own words give it, or None when they do not tell."""
    if not any(character.isalnum() for character in line):
        return "separator"
    if _FOOTNOTE.match(line) and not _is_affiliation(line[:LONGEST]):
        return "footnote"
    if len(line) > LONGEST:
        return None
    if _URL.match(line):
        return "url"
    if _is_furniture(line):
        return "furniture"
    if _CAPTION.match(line) or _CAPTION_END.search(line[-120:]) or _POSITION.search(line[:160]):
        return "caption"
    if _DATELINE.match(line):
        return "dateline"
    if _is_byline(line):
        return "byline"
    if _is_table_row(line):
        return "table_row"
    return None


def _is_byline(line: str) -> bool:
    if len(line) > 240 or (len(line) > 90 and line[-1] in ".!?" and not line.startswith(("By ", "BY ", "by "))):
        return False
    return bool(_BYLINE.match(line) or _UNSTOPPED_BYLINE.match(line) or _is_affiliation(line))


def _is_affiliation(line: str) -> bool:
    if "@" in line and len(line) <= 240:
        return _ADDRESS.match(line) is not None
    return _AFFILIATION.match(line) is not None


def dateline_prefix(line: str) -> int:
    """Length of a dateline like ``LONDON (Reuters) —`` at the start of a paragraph, 0 when there is none."""
    found = _DATELINE_PREFIX.match(line[:120])
    if not found:
        found = _DATE_PREFIX.match(line[:80])
    return found.end() if found else 0


def is_numeral(word: str) -> bool:
    """Whether a word is a Roman numeral, which may number a section: ``IV.``."""
    return not word.strip("IVXLCDM")


def is_field(line: str) -> bool:
    """Whether a line reads like a row of an information box: ``Population: 812``."""
    return _FIELD.match(line) is not None and not _SENTENCE_END.search(line)


def _is_furniture(line: str) -> bool:
    words = line.strip(_TRIM).casefold()
    if words in PHRASES and (" " in words or line[-1] not in ".!"):
        return True
    if _FURNITURE.match(line) or _EMAIL.match(line):
        return True
    if len(line) > 160 or not _BETWEEN.search(line) or _SENTENCE_END.search(line[-8:]):
        return False
    if _BREADCRUMB.match(line) and ("›" in line or "»" in line):
        return True
    return bool((_BREADCRUMB.match(line) or _MENU.match(line)) and _MENU_WORDS.search(line))


def _is_table_row(line: str) -> bool:
    if not ("\t" in line or "|" in line or "   " in line or "\xa0\xa0\xa0" in line):
        return False
    cells = [cell for cell in _CELLS.split(line) if cell.strip()]
    if len(cells) < 2:
        return line.startswith("|") and line.endswith("|")
    longest = max(len(cell) for cell in cells)
    return longest <= 60 or (longest <= 200 and line.startswith("|"))
