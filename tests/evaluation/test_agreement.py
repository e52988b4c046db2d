from __future__ import annotations

import tracemalloc
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score, confusion_matrix
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_of_statsmodels

from toolkit.evaluation.agree import disagreements, measure
from toolkit.evaluation.agreement import MISSING, Grid, Tallies, cohen_kappa, fleiss_kappa, krippendorff_alpha, tally
from toolkit.evaluation.answers import Answer, Answers

KRIPPENDORFF = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
"""Four observers and twelve units; nominal alpha 0.743 (Krippendorff 2011, "Computing Krippendorff's
alpha-reliability", section C)."""


def grid_of(codes: list[list[int]], documents: list[str] | None = None) -> Grid:
    table = np.array(codes, dtype=np.int64)
    people = tuple("ABCDEFG"[: table.shape[1]])
    labels = tuple("abcdefg"[: max(2, int(table.max()) + 1)])
    return Grid(table, documents or [str(i) for i in range(len(codes))], people, labels)


def whole(one: Grid) -> Tallies:
    counted = tally(one)
    return counted.weighted(np.ones((1, len(counted.complete))))


def answers_of(rows: dict[str, dict[str, str | None]], **more: object) -> Answers:
    given = [Answer(row, name, {"label": label}) for row, told in rows.items() for name, label in told.items()]
    return Answers(given, ("label",), **more)  # type: ignore[arg-type]


complete = st.integers(2, 4).flatmap(
    lambda people: st.lists(
        st.lists(st.integers(0, 2), min_size=people, max_size=people), min_size=4, max_size=30
    ).filter(lambda rows: len({code for row in rows for code in row}) > 1)
)


@settings(max_examples=30)
@given(complete)
def test_against_nltk_statsmodels_and_sklearn(codes: list[list[int]]) -> None:
    one = grid_of(codes)
    found = whole(one)
    task = AnnotationTask([(person, row, code) for row, line in enumerate(codes) for person, code in enumerate(line)])
    assert krippendorff_alpha(found.coincidences)[0] == pytest.approx(task.alpha())
    expected = fleiss_of_statsmodels(aggregate_raters(np.array(codes), n_cat=3)[0])
    assert fleiss_kappa(found, len(one.annotators))[0] == pytest.approx(expected)
    for place, (a, b) in enumerate(combinations(range(len(codes[0])), 2)):
        left, right = [row[a] for row in codes], [row[b] for row in codes]
        matrix = confusion_matrix(left, right, labels=range(len(one.labels)))
        assert found.pairs[0, place].tolist() == matrix.tolist()
        if len({*left, *right}) > 1:
            assert cohen_kappa(found.pairs[0, place]) == pytest.approx(cohen_kappa_score(left, right))


def test_krippendorffs_own_example_with_missing_answers() -> None:
    table = [line.split() for line in KRIPPENDORFF.split("\n") if line]
    codes = [[MISSING if value == "." else int(value) - 1 for value in unit] for unit in zip(*table, strict=True)]
    assert krippendorff_alpha(whole(grid_of(codes)).coincidences)[0] == pytest.approx(0.743, abs=5e-4)


@settings(max_examples=30)
@given(complete, st.data())
def test_weights_are_copies_of_documents(codes: list[list[int]], data: st.DataObject) -> None:
    documents = [f"d{i % 3}" for i in range(len(codes))]
    times = data.draw(st.lists(st.integers(0, 2), min_size=3, max_size=3).filter(any))
    copied = [row for row, document in zip(codes, documents, strict=True) for _ in range(times[int(document[1])])]
    one = grid_of(codes, documents)
    drawn = tally(one).weighted(np.array([times], dtype=float))
    table = Grid(
        np.array(copied, dtype=np.int64).reshape(-1, len(codes[0])), ["d"] * len(copied), one.annotators, one.labels
    )
    for left, right in zip(_arrays(drawn), _arrays(whole(table)), strict=True):
        assert left == pytest.approx(right)


def _arrays(tallies: Tallies) -> list[np.ndarray]:
    return [tallies.coincidences, tallies.complete, tallies.matched, tallies.used, tallies.pairs]


def test_memory_grows_with_the_rows_and_not_with_their_square() -> None:
    """Rows that know no document each are one of their own."""
    one = grid_of([[row % 3, row % 2] for row in range(4000)])
    tracemalloc.start()
    try:
        counted = tally(one)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(counted.complete) == 4000
    assert peak < 20_000_000 < 4000**2 * 8


class TestReport:
    def test_of_a_known_case(self) -> None:
        rows: dict[str, dict[str, str | None]] = {
            "r1": {"A": "x", "B": "x", "C": "x"},
            "r2": {"A": "x", "B": "y", "C": None},
            "r3": {"A": "y", "B": "y", "C": "y"},
            "r4": {"A": "y"},
        }
        found = measure(answers_of(rows))["questions"]["label"]
        assert (found["n"], found["complete"], found["labels"]) == (3, 2, ["x", "y"])
        assert found["unanimous"] == pytest.approx(2 / 3)
        assert found["missing"] == {"A": 0, "B": 1, "C": 2}
        assert [pair["n"] for pair in found["pairs"]] == [3, 2, 2]
        assert found["pairs"][0]["confusion"] == [[1, 1], [0, 1]]
        # Of 4 answers x to the rows that several answered, those of r1 are matched and that of r2 is not.
        assert found["per_label"]["x"]["agreement"]["value"] == pytest.approx(3 / 4)
        assert found["confused"] == [{"labels": ["x", "y"], "share": 1.0}]

    def test_all_the_same_label_leaves_chance_agreement_undefined(self) -> None:
        found = measure(answers_of({f"r{i}": {"A": "x", "B": "x"} for i in range(9)}))["questions"]["label"]
        assert found["agreement"]["value"] == 1
        assert found["alpha"] == {"value": None, "interval": None}
        assert found["pairs"][0]["kappa"]["value"] is None

    def test_annotators_who_share_no_row(self) -> None:
        found = measure(answers_of({"r1": {"A": "x"}, "r2": {"B": "y"}}))["questions"]["label"]
        assert (found["n"], found["unanimous"], found["agreement"]["value"]) == (0, None, None)

    def test_intervals_take_whole_documents(self) -> None:
        """Rows copied within their document add nothing, so the interval must not shrink."""
        draw = np.random.default_rng(0)
        told = [{"A": "xy"[draw.integers(2)], "B": "xy"[draw.integers(2)]} for _ in range(40)]
        once = answers_of({f"r{i}": dict(one) for i, one in enumerate(told)})
        names = {f"r{i}-{k}": dict(one) for i, one in enumerate(told) for k in range(5)}
        fivefold = answers_of(names, documents={name: name.split("-")[0] for name in names})
        one, five = (measure(a)["questions"]["label"]["pairs"][0]["agreement"]["interval"] for a in (once, fivefold))
        assert one == pytest.approx(five)

    def test_the_interval_covers_the_truth(self) -> None:
        """Two annotators who each give the true label with 0.8 and any of four otherwise."""
        truth, covered = 0.85**2 + 3 * 0.05**2, 0
        for seed in range(100):
            draw = np.random.default_rng(seed)
            right = draw.integers(4, size=200)
            said = [np.where(draw.random(200) < 0.8, right, draw.integers(4, size=200)) for _ in "AB"]
            rows = {f"r{i}": {"A": str(said[0][i]), "B": str(said[1][i])} for i in range(200)}
            low, high = measure(answers_of(rows), resamples=400, seed=seed)["questions"]["label"]["agreement"][
                "interval"
            ]
            covered += low <= truth <= high
        assert 89 <= covered <= 99


class TestAdjudication:
    def test_lists_what_they_disagree_on_with_all_answers(self) -> None:
        given = [
            Answer("r1", "A", {"label": "x", "attributed": "true"}, "unsure"),
            Answer("r1", "B", {"label": "y", "attributed": "true"}),
            Answer("r2", "A", {"label": "x", "attributed": "false"}),
            Answer("r2", "B", {"label": "x", "attributed": None}),
        ]
        answers = Answers(given, ("label", "attributed"), {"r1": "d"}, {"r1": "One."})
        assert disagreements(answers) == [
            {
                "id": "r1",
                "doc": "d",
                "text": "One.",
                "label": None,
                "attributed": True,
                "disagree_on": ["label"],
                "answers": [
                    {"annotator": "A", "label": "x", "attributed": True, "note": "unsure"},
                    {"annotator": "B", "label": "y", "attributed": True},
                ],
            }
        ]
