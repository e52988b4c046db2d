"""HTML to text: the article without its page, one paragraph per line."""

from __future__ import annotations

from toolkit.errors import InputError


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
