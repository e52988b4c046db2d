"""Dates as people write them, and what documents are counted by."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputError
from toolkit.exchange.facets import dates, groups, parse_date
from toolkit.records import Annotation, Sentence


def own(*names: str, **columns: list[Any]) -> dict[str, list[Annotation]]:
    """Documents of one sentence, with what the columns hold of each."""
    rows = [{name: values[index] for name, values in columns.items()} for index in range(len(names))]
    return {
        name: [Annotation(Sentence(name, 0, 1, "x"), "b", "r", columns=row)]
        for name, row in zip(names, rows, strict=True)
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-02-03", "2021-02-03"),
        ("2021-2-3", "2021-02-03"),
        ("2021/02/03 10:11", "2021-02-03"),
        ("2021-02-03T23:59:59+02:00", "2021-02-03"),
        (" 2021-02 ", "2021-02"),
        ("2021", "2021"),
        (2021, "2021"),
        (2021.0, "2021"),
        ("20210203", "2021-02-03"),
        (20210203, "2021-02-03"),
        (1612310400, "2021-02-03"),
        ("1612310400000", "2021-02-03"),
        ("3 February 2021", "2021-02-03"),
        ("Feb 3, 2021", "2021-02-03"),
        ("3.2.2021", "2021-02-03"),
        ("February 2021", "2021-02"),
        ("Wed, 03 Feb 2021 10:00:00 GMT", "2021-02-03"),
        (date(2021, 2, 3), "2021-02-03"),
        (datetime(2021, 2, 3, tzinfo=UTC), "2021-02-03"),
    ],
)
def test_dates(value: Any, expected: str) -> None:
    assert parse_date(value) == expected


@pytest.mark.parametrize(
    "value", ["", "soon", None, True, "2021-13-01", "2021-02-30", "12345", 7, 1e30, "2021-02-03-04", []]
)
def test_what_is_no_date(value: Any) -> None:
    assert parse_date(value) == ""


@given(st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_anything_is_a_date_or_none(value: Any) -> None:
    assert len(parse_date(value)) in (0, 4, 7, 10)


@given(st.dates())
def test_any_day_is_read_as_it_is_written(day: date) -> None:
    assert parse_date(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize(
    ("names", "what", "expected"),
    [
        (["a.md", "b.md"], "", {}),
        (["x/a.md", "x/b.md"], "", {}),
        (["x/a.md", "y/b.md", "c.md"], "folder", {"x/a.md": "x", "y/b.md": "y", "c.md": "(top)"}),
        (["t.csv#2", "t.csv#3"], "", {}),
        (["t.csv#2", "u.csv#2"], "file", {"t.csv#2": "t.csv", "u.csv#2": "u.csv"}),
        (["x/t.csv#2", "y/u.csv#2"], "folder", {"x/t.csv#2": "x", "y/u.csv#2": "y"}),
    ],
)
def test_documents_are_counted_by_where_they_came_from(names: list[str], what: str, expected: dict[str, str]) -> None:
    assert groups(own(*names), None) == (what, expected)


def test_documents_are_counted_by_a_column() -> None:
    rows = own("a", "b", "c", "d", topic=["x", None, 3, ["p", "q"]])
    assert groups(rows, "topic") == ("topic", {"a": "x", "b": "(none)", "c": "3", "d": "p, q"})


@pytest.mark.parametrize("facet", [groups, dates])
def test_a_column_that_is_not_there(facet: Any) -> None:
    with pytest.raises(InputError, match="no column 'no'") as error:
        facet(own("a", topic=["x"], day=["2021"]), "no")
    assert error.value.hint == "Its columns: topic, day."
    with pytest.raises(InputError) as error:
        facet(own("a"), "no")
    assert error.value.hint == "Only rows of a table have columns."


@pytest.mark.parametrize("name", ["date", "Published", "created_at"])
def test_the_date_is_found_by_the_name_of_its_column(name: str) -> None:
    rows = own("a", "b", "c", other=["1999"] * 3, **{name: ["2021-01-01", "2022", "soon"]})
    assert dates(rows, None) == (name, {"a": "2021-01-01", "b": "2022"})


def test_a_column_of_the_name_without_dates_is_none() -> None:
    assert dates(own("a", "b", date=["soon", "later"]), None) == ("", {})
    with pytest.raises(InputError, match="no date in the column 'date'"):
        dates(own("a", "b", date=["soon", "later"]), "date")
