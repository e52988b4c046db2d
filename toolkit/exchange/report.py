"""The page of whatever claimkit wrote: annotated documents, or an evaluation."""

from __future__ import annotations

from pathlib import Path

from toolkit.errors import ConfigError
from toolkit.evaluation import page
from toolkit.exchange.run_page import PageOptions, write_page


def write_report(source: Path, output: Path, options: PageOptions | None = None) -> str:
    """Write a page.

    Args:
        source: Run folder, file of annotations, or results of an evaluation.
        output: HTML file to write.
        options: What to show; an evaluation has a title alone.

    Returns:
        What is shown, in a few words.

    Raises:
        ConfigError: An option that an evaluation does not have.
        InputError: There is nothing of the kind.
    """
    options = options or PageOptions()
    if page.is_results(source):
        if options != PageOptions(title=options.title):
            raise ConfigError(
                f"{source} is an evaluation, which has no --against, --by or --date.",
                hint="Compare evaluations with `claimkit compare`.",
            )
        page.write(source, output, title=options.title)
        return "an evaluation"
    count = write_page(source, output, options)
    return f"{count:,} document{'s' if count != 1 else ''}"
