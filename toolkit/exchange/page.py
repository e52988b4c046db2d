"""Annotated documents as one self-contained HTML page; its looks and behaviour are in ``templates/page``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from toolkit.exchange.page_data import payload
from toolkit.exchange.views import AnnotatedDocument, Comparison, LabelView
from toolkit.web.template import environment, script_data, writable

__all__ = ["AnnotatedDocument", "Comparison", "LabelView", "render_page"]

# In the order in which they are put together: what a file uses at its first line stands before it.
STYLES = ("frame", "read", "list", "overview", "card", "narrow", "print")
SCRIPTS = (
    *("dom", "data", "state", "search", "filter", "rail", "card", "strip"),
    *("read", "list", "charts", "overview", "compare", "keys", "main"),
)


def render_page(
    documents: Sequence[AnnotatedDocument],
    labels: Sequence[LabelView],
    *,
    title: str,
    facts: Mapping[str, str],
    grouped_by: str = "",
    dated_by: str = "",
    comparison: Comparison | None = None,
) -> str:
    """Renders documents with their sentences coloured by label.

    When most annotations are the only one of their document, as in a table, the page opens with a list of them.

    Args:
        documents: What to show, in this order.
        labels: The label set; its order gives the order of the legend and the colours.
        title: Heading of the page.
        facts: What the reader should know about the run, shown at the foot.
        grouped_by: What the groups of the documents are, such as ``folder``.
        dated_by: Where their dates come from.
        comparison: The other side, when the documents have answers of one.

    Returns:
        The HTML, to be written as UTF-8.

    Raises:
        ValueError: An annotation does not fit its text, overlaps another, or has a label outside the set.
    """
    data = payload(documents, labels, facts=facts, grouped_by=grouped_by, dated_by=dated_by, comparison=comparison)
    pages = environment(
        "toolkit.exchange",
        styles=[f"page/{name}.css" for name in STYLES],
        scripts=[f"page/{name}.js" for name in SCRIPTS],
    )
    title = title or "Annotated documents"
    return writable(pages.get_template("page.html.jinja").render(title=title, data=Markup(script_data(data))))
