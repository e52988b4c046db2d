"""An evaluation as one self-contained HTML page; its looks and behaviour are in ``html/templates``.

Everything comes from the files of the results folder, and what is not in them is left out of the page.
"""

from __future__ import annotations

import json
from pathlib import Path

from toolkit.corpus.write import atomic
from toolkit.evaluation.folder import RESULTS
from toolkit.evaluation.html.view import HELPERS, View
from toolkit.evaluation.load import load_results
from toolkit.evaluation.schema import Results
from toolkit.web.template import environment, writable

PAGE = "report.html"


def is_results(path: Path) -> bool:
    """Whether this is a results folder, or the ``results.json`` of one."""
    return path.name == RESULTS or (path / RESULTS).is_file()


def write(folder: Path, output: Path | None = None, *, title: str | None = None) -> Path:
    """Write the page of an evaluation.

    Args:
        folder: What ``claimkit evaluate`` wrote, in the present format or an older one.
        output: HTML file to write; ``report.html`` in the folder when not given.
        title: Name of the page; that of the evaluation when not given.

    Returns:
        The file that was written.

    Raises:
        InputError: There are no results, or their files do not fit together.
    """
    place = folder.parent if folder.is_file() else folder
    target = output or place / PAGE
    html = render(load_results(folder), place, title=title)
    with atomic(target) as handle:
        handle.write(html.encode())
    return target


def render(results: Results, folder: Path | None = None, *, title: str | None = None) -> str:
    """The page of an evaluation, to be written as UTF-8.

    Args:
        results: What ``results.json`` holds.
        folder: Where its gold rows and predictions are; without them there are no sentences on the page.
        title: Name of the page; that of the evaluation when not given.

    Raises:
        InputError: The files do not fit together.
    """
    pages = environment("toolkit.evaluation.html", "page")
    pages.globals |= HELPERS
    pages.filters["pretty"] = lambda value: json.dumps(value, indent=1, ensure_ascii=False)
    template = pages.get_template("page.html.jinja")
    return writable(template.render(view=View(results, folder), title=title or results["name"]))
