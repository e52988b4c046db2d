"""HTML to text: the article without its page, one paragraph per line."""

from __future__ import annotations

import codecs
import re
from html import unescape

from toolkit.errors import InputError

_DECLARED = re.compile(rb"""<(?:meta\s[^>]*?charset|\?xml\s[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)

_TITLE = re.compile(r"<title(?:\s[^>]*)?>([^<]*)</title>", re.IGNORECASE)
HEAD = 100_000
"""Characters at the beginning of a page that its title is looked for in."""


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page says it has; None when it says none that exists, or is UTF-8 whatever it says."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        found = _DECLARED.search(data[:4096])
    else:
        return None
    try:
        return codecs.lookup(found[1].decode("ascii")).name if found else None
    except LookupError:
        return None


def html_title(html: str) -> str:
    """What a page calls itself in its head; empty when it does not."""
    found = _TITLE.search(html[:HEAD])
    return " ".join(unescape(found[1]).split()) if found else ""


def html_to_text(html: str, name: str) -> str:
    """Extract the running text of a web page.

    Args:
        html: The page.
        name: What to call it in errors.

    Raises:
        InputError: There is no text in it.
    """
    import trafilatura

    text: str | None = trafilatura.extract(
        html,
        output_format="txt",
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        favor_recall=True,
    )
    if not text:
        raise InputError(
            f"{name} holds no text that could be extracted.", hint="Save the page as text, or pass --format txt."
        )
    return text
