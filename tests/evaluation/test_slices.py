from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sample_rows import invented
from sklearn.metrics import f1_score

from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.schema import Slice, Slices
from toolkit.evaluation.scored import Scored
from toolkit.evaluation.slices import columns_to_slice, slices_of

ROWS = 200


def gold(**columns: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "words": 5 + number % 30,
            "attributed": number % 4 == 0,
            "agreement": None,
            "columns": {name: values[number] for name, values in columns.items()},
        }
        for number in range(ROWS)
    ]


def sliced(rows: list[dict[str, Any]], scored: Scored | None = None, minimum: int = 30) -> Slices:
    names = columns_to_slice([row["columns"] for row in rows], 50, None)
    found = scored or invented(0, rows=ROWS, documents=50)
    return slices_of(rows, found, names, Bootstrap(resamples=200), minimum=minimum)


def group(slices: Slices, column: str, value: str) -> Slice:
    return next(one for one in slices["groups"] if (one["column"], one["value"]) == (column, value))


GENRE = ["news"] * 120 + ["forum"] * 60 + ["poem"] * 20


def test_a_slice_is_scored_on_its_rows() -> None:
    scored = invented(0, rows=ROWS, documents=50)
    one = group(sliced(gold(genre=GENRE), scored), "genre", "forum")
    mask = np.array(GENRE) == "forum"
    expected = f1_score(scored.gold[mask], scored.answer[mask], labels=range(4), average="macro", zero_division=0)
    assert one["macro_f1"]["value"] == pytest.approx(expected)
    assert one["accuracy"]["value"] == pytest.approx((scored.gold == scored.answer)[mask].mean())
    assert (one["n"], one["documents"], one["small"]) == (60, len(set(scored.document[mask])), False)
    assert one["coverage"] == pytest.approx((scored.answer < 4)[mask].mean())


def test_the_worst_is_named_and_never_a_small_one() -> None:
    scored = invented(0, rows=ROWS, documents=50)
    genre = np.array(GENRE)
    answer = np.where(
        genre == "poem", 4, np.where(genre == "forum", (scored.gold + (scored.gold > 1)) % 4, scored.gold)
    )
    slices = sliced(gold(genre=GENRE), replace(scored, answer=answer))
    assert group(slices, "genre", "poem")["small"]
    assert group(slices, "genre", "poem")["macro_f1"]["value"] == 0
    assert slices["worst"] is not None
    worst = slices["groups"][slices["worst"]]
    assert worst["value"] == "forum"
    assert slices["words"].startswith(f"Worst where genre is forum: macro-F1 {worst['macro_f1']['value']:.3f} (n = 60,")


def test_with_small_slices_alone_none_is_the_worst() -> None:
    slices = sliced(gold(genre=GENRE), minimum=1000)
    assert (slices["worst"], slices["words"]) == (None, "")
    assert slices["groups"]


def test_length_flag_and_agreement_are_always_there() -> None:
    rows = gold()
    for number, row in enumerate(rows):
        row["agreement"] = "3 of 3" if number % 3 else "2 of 3"
    slices = sliced(rows)
    assert [one["value"] for one in slices["groups"]] == [
        *["1–8 words", "9–16 words", "17–24 words", "25–40 words"],
        *["no", "yes"],
        *["2 of 3", "3 of 3"],
    ]
    assert sum(one["n"] for one in slices["groups"] if one["column"] == "length") == ROWS


def test_a_column_with_one_value_is_no_slice() -> None:
    assert not [one for one in sliced(gold(lang=["en"] * ROWS))["groups"] if one["column"] == "lang"]


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        (["a", "b"] * 100, True),
        ([True, False] * 100, True),
        ([None, "b"] * 100, False),
        ([str(number) for number in range(200)], False),
        ([["a"], ["b"]] * 100, False),
    ],
)
def test_which_columns_are_sliced_by(values: list[Any], taken: bool) -> None:
    assert columns_to_slice([{"x": value} for value in values], 50, None) == (["x"] if taken else [])


def test_a_column_that_names_the_document_is_sliced_by_only_when_wanted() -> None:
    rows = [{"title": f"t{number % 10}"} for number in range(100)]
    assert columns_to_slice(rows, 10, None) == []
    assert columns_to_slice(rows, 10, ["title", "absent"]) == ["title"]


@pytest.mark.parametrize(("documents", "said"), [(1, "1 document)"), (2, "2 documents)")])
def test_a_slice_without_an_interval_tells_its_documents(documents: int, said: str) -> None:
    scored = replace(invented(0, rows=ROWS), document=np.arange(ROWS) % documents)
    slices = sliced(gold(genre=GENRE), scored)
    assert slices["words"].endswith(f", {said}.")
