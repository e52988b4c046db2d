"""The page of whatever claimkit wrote: annotated documents, or an evaluation."""

from __future__ import annotations

from pathlib import Path

from toolkit.evaluation import page
from toolkit.exchange.run_page import write_page


def write_report(source: Path, output: Path, *, title: str | None = None) -> str:
    """Write a page.

    Args:
        source: Run folder, file of annotations, or results of an evaluation.
        output: HTML file to write.
        title: Title of the page.

    Returns:
        What is shown, in a few words.

    Raises:
        InputError: There is nothing of the kind.
    """
    if page.is_results(source):
        page.write(source, output, title=title)
        return "an evaluation"
    count = write_page(source, output, title=title)
    return f"{count} document{'s' if count != 1 else ''}"
