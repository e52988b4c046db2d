"""XLSX, for spreadsheet programs: nothing in a text is taken for a formula, a link or a number."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.corpus.write import atomic
from toolkit.errors import MissingExtraError, OutputError
from toolkit.exchange.bundle import Export
from toolkit.exchange.spreadsheet import flat_rows

CELL = 32_767
"""Characters that a cell of a workbook holds."""
ROWS = 1_048_575
"""Rows that a sheet holds, the header excluded."""


def write(export: Export, target: Path) -> Sequence[str]:
    """Write a workbook with a sheet of sentences and a sheet of facts about the run.

    Returns:
        What did not fit.

    Raises:
        MissingExtraError: XlsxWriter is not installed.
        OutputError: There are more rows than a sheet holds.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtraError("XlsxWriter", "export") from None
    rows, columns = flat_rows(export)
    if len(rows) > ROWS:
        raise OutputError(
            f"{len(rows):,} rows are more than a sheet holds ({ROWS:,}).", hint="Export to csv or parquet."
        )
    cut = 0
    # Formulas, links and numbers in texts stay the text that they are.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with atomic(target) as handle:
        book = xlsxwriter.Workbook(handle, plain)
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("sentences")
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name, bold)
        for number, row in enumerate(rows, start=1):
            for place, name in enumerate(columns):
                cut += _put(sheet, number, place, row.get(name))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        sheet.set_column(columns.index("text"), columns.index("text"), 80, wrapped)
        if export.settings.review and len(",".join(export.names)) < 255:
            answer = columns.index("answer")
            sheet.data_validation(1, answer, len(rows), answer, {"validate": "list", "source": export.names})
        about = book.add_worksheet("about")
        for number, (name, value) in enumerate(_facts(export.provenance).items()):
            about.write_string(number, 0, name, bold)
            about.write_string(number, 1, value[:CELL])
        book.close()
    return [f"{cut:,} cells were cut to {CELL:,} characters, which is what a workbook holds."] if cut else []


def _put(sheet: Any, row: int, column: int, value: Any) -> int:
    """Write a cell; 1 when it had to be cut."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float) and abs(value) < 2**53:
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value)[:CELL])
        return len(str(value)) > CELL
    return 0


def _facts(provenance: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        for name, value in provenance.items()
        if value is not None
    }
