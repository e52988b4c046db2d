"""HTML to text: the article without its page, one paragraph per line."""

from __future__ import annotations

import codecs
import re
from html import unescape

from toolkit.corpus.decode import require_encoding
from toolkit.errors import InputError

_DECLARED = re.compile(rb"""<(?:meta\s[^>]*?charset|\?xml\s[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)

READ_AS = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254"}
"""Declared encoding to what every browser reads instead, as the Encoding Standard has it: more than ISO has."""

AS_BROWSERS = "claimkit-as-browsers"
"""Name of the error handler that keeps bytes which an encoding leaves open as control characters."""

_TITLE = re.compile(r"<title(?:\s[^>]*)?>([^<]*)</title>", re.IGNORECASE)
HEAD = 100_000
"""Characters at the beginning of a page that its title is looked for in."""


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page says it has, as browsers understand it.

    Returns:
        None when it says none that exists or that can be true, or is UTF-8 whatever it says.
    """
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        found = _DECLARED.search(data[:4096])
    else:
        return None
    if found is None:
        return None
    try:
        encoding = codecs.lookup(found[1].decode("ascii")).name
        require_encoding(encoding)
    except (LookupError, InputError):
        return None
    if encoding.startswith(("utf-16", "utf-32")):  # then its declaration would not have been found among single bytes
        return None
    return READ_AS.get(encoding, encoding)


def _as_browsers(error: UnicodeError) -> tuple[str, int]:
    # Python calls Windows-1252 and its like "charmap"; what they leave open are single bytes from 80 to 9f.
    if isinstance(error, UnicodeDecodeError) and error.encoding == "charmap" and error.object[error.start] < 0xA0:
        return chr(error.object[error.start]), error.start + 1
    raise error


codecs.register_error(AS_BROWSERS, _as_browsers)


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
