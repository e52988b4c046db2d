"""What the documents of a run can be counted by: a column, the folder or file that they came from, a date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from toolkit.errors import InputError
from toolkit.records import Annotation

DATE_COLUMNS = ("date", "published", "published_at", "created_at", "created", "timestamp")
"""Columns that are taken for the date of a document unless another is named; upper case does not matter."""

_ISO = re.compile(r"\s*(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?![\d-])")
_WRITTEN = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d.%m.%Y", "%B %Y", "%b %Y")
_SECONDS, _MILLISECONDS = range(10**8, 10**10), range(10**11, 10**13)  # since 1970: the years 1973 to 2286


def groups(own: Mapping[str, Sequence[Annotation]], by: str | None) -> tuple[str, dict[str, str]]:
    """What each document is counted under.

    Args:
        own: Document to its annotations.
        by: A column of the input; None takes the folder or the table, where there are several.

    Returns:
        What the groups are, and document to group; both empty where there are none.

    Raises:
        InputError: No document has the column.
    """
    if by is not None:
        return by, {name: _written(value) for name, value in _values(own, _column(own, by)).items()}
    for what, source in (("folder", _folder), ("file", _table)):
        found = {name: source(name) for name in own}
        if len(set(found.values())) > 1:
            return what, {
                name: place or ("(top)" if what == "folder" else "(other files)") for name, place in found.items()
            }
    return "", {}


def dates(own: Mapping[str, Sequence[Annotation]], column: str | None) -> tuple[str, dict[str, str]]:
    """The date of each document, as far as it is known.

    Args:
        own: Document to its annotations.
        column: Where it stands; None takes the first of `DATE_COLUMNS` that has dates in most documents.

    Returns:
        The column, and document to date as in `parse_date`; both empty where there are none.

    Raises:
        InputError: No document has the column, or none has a date in it.
    """
    if column is not None:
        found = _dated(own, _column(own, column))
        if not found:
            raise InputError(
                f"There is no date in the column {column!r}.", hint="A date is written like 2026-11-25 or 2026."
            )
        return column, found
    for name in sorted((name for name in _columns(own) if name.lower() in DATE_COLUMNS), key=_rank):
        found = _dated(own, name)
        if 2 * len(found) > len(own):
            return name, found
    return "", {}


def parse_date(value: Any) -> str:
    """A date as ``2026``, ``2026-11`` or ``2026-11-25``, as exactly as it is told; empty when it is none."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, date):  # a datetime is one too
        return value.strftime("%Y-%m-%d")
    if isinstance(value, int | float):
        return _from_number(value)
    text = str(value).strip()
    if text.isdecimal() and len(text) > 4:
        return _from_number(int(text))
    if found := _ISO.match(text):
        return _checked(*(int(part) for part in found.groups() if part))
    return _from_words(text)


def _from_number(value: float) -> str:
    if value == int(value) and 1000 <= value <= 2999:
        return str(int(value))
    if value == int(value) and 10_000_101 <= value <= 29_991_231:
        return _checked(int(value) // 10_000, int(value) // 100 % 100, int(value) % 100)
    for scale, span in ((1, _SECONDS), (1000, _MILLISECONDS)):
        if span.start <= value < span.stop:
            return datetime.fromtimestamp(value / scale, UTC).strftime("%Y-%m-%d")
    return ""


def _from_words(text: str) -> str:
    for form in _WRITTEN:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return found.strftime("%Y-%m-%d" if "%d" in form else "%Y-%m")
    try:
        return parsedate_to_datetime(text).strftime("%Y-%m-%d")
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _checked(year: int, month: int | None = None, day: int | None = None) -> str:
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return ""
    return f"{year:04}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")


def _rank(name: str) -> tuple[int, str]:
    return DATE_COLUMNS.index(name.lower()), name


def _columns(own: Mapping[str, Sequence[Annotation]]) -> list[str]:
    return list(dict.fromkeys(name for annotations in own.values() for a in annotations[:1] for name in a.columns))


def _column(own: Mapping[str, Sequence[Annotation]], wanted: str) -> str:
    names = _columns(own)
    if wanted not in names:
        known = f"Its columns: {', '.join(names)}." if names else "Only rows of a table have columns."
        raise InputError(f"The run has no column {wanted!r}.", hint=known)
    return wanted


def _values(own: Mapping[str, Sequence[Annotation]], column: str) -> dict[str, Any]:
    return {name: annotations[0].columns.get(column) for name, annotations in own.items() if annotations}


def _dated(own: Mapping[str, Sequence[Annotation]], column: str) -> dict[str, str]:
    read = ((name, parse_date(value)) for name, value in _values(own, column).items())
    return {name: found for name, found in read if found}


def _written(value: Any) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return ", ".join(map(str, value)) or "(none)"
    return "(none)" if value is None or value == "" else str(value)


def _folder(name: str) -> str:
    return (_table(name) or name).rpartition("/")[0]


def _table(name: str) -> str:
    """The file that a row is from, which goes by ``table.csv#12``; empty for what is no row."""
    file, mark, number = name.rpartition("#")
    return file if mark and number.isdecimal() else ""
