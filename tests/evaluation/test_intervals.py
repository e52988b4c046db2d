from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from toolkit.evaluation import intervals
from toolkit.evaluation.intervals import bootstrap, confusion_by_document

LABELS = ["a", "b", "c", "d"]


def sample(
    seed: int, *, documents: int = 12, size: int = 80, right: float = 0.6
) -> tuple[list[str], list[str], list[str]]:
    draw = np.random.default_rng(seed)
    docs = [str(name) for name in draw.integers(documents, size=size)]
    gold = [str(label) for label in draw.choice(LABELS[:3], size=size)]
    other = draw.choice([*LABELS, ""], size=size)
    predicted = [one if draw.random() < right else str(two) for one, two in zip(gold, other, strict=True)]
    return docs, gold, predicted


def matrices(seed: int, **options: int | float) -> np.ndarray:
    return confusion_by_document(*sample(seed, **options), LABELS)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(5))
def test_each_draw_is_what_scikit_learn_makes_of_its_sentences(seed: int) -> None:
    docs, gold, predicted = sample(seed)
    names = list(dict.fromkeys(docs))
    drawn = np.random.default_rng(seed).integers(len(names), size=len(names))
    rows = [i for place in drawn for i, doc in enumerate(docs) if doc == names[place]]
    g, p = [gold[i] for i in rows], [predicted[i] for i in rows]
    draw = confusion_by_document(docs, gold, predicted, LABELS)[drawn].sum(axis=0)[None]
    macro = f1_score(g, p, labels=sorted(set(g)), average="macro", zero_division=0)
    assert intervals.macro_f1(draw)(draw)[0] == pytest.approx(macro)
    assert intervals.accuracy(draw)[0] == pytest.approx(accuracy_score(g, p))
    each = f1_score(g, p, labels=LABELS, average=None, zero_division=0)
    for position in range(3):
        assert intervals.f1_of(position)(draw)[0] == pytest.approx(each[position])


def test_many_draws_are_each_their_own() -> None:
    some = matrices(1)
    statistic = intervals.macro_f1(some)
    one_by_one = [statistic(one[None])[0] for one in some]
    assert statistic(some) == pytest.approx(one_by_one, nan_ok=True)


def test_the_same_seed_gives_the_same_interval() -> None:
    some = matrices(1)
    found = [bootstrap(some, intervals.macro_f1(some), resamples=300, seed=seed) for seed in (4, 4, 5)]
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("name", ["macro_f1", "accuracy", "f1"])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_around_the_figure(seed: int, name: str) -> None:
    some = matrices(seed, size=300, documents=40)
    statistic = {
        "macro_f1": intervals.macro_f1(some),
        "accuracy": intervals.accuracy,
        "f1": intervals.f1_of(0),
    }[name]
    interval = bootstrap(some, statistic, resamples=500, seed=0)
    assert interval is not None
    assert 0 <= interval.low <= statistic(some.sum(axis=0)[None])[0] <= interval.high <= 1


def test_documents_are_drawn_and_not_sentences() -> None:
    """Ten documents, each wholly right or wholly wrong: as uncertain as ten sentences, however long they are."""
    docs = [str(place % 10) for place in range(1000)]
    predicted = ["a" if int(doc) < 5 else "b" for doc in docs]
    clustered = bootstrap(
        confusion_by_document(docs, ["a"] * 1000, predicted, LABELS), intervals.accuracy, resamples=2000, seed=0
    )
    alone = bootstrap(
        confusion_by_document([str(i) for i in range(1000)], ["a"] * 1000, predicted, LABELS),
        intervals.accuracy,
        resamples=2000,
        seed=0,
    )
    assert clustered is not None
    assert alone is not None
    assert clustered.high - clustered.low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 10), abs=0.1)
    assert alone.high - alone.low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 1000), abs=0.01)


def test_the_95_percent_are_95_percent() -> None:
    """Of many samples of known accuracy, about 95 in 100 intervals hold it."""
    held = 0
    for seed in range(200):
        right = np.random.default_rng(seed).random(100) < 0.7
        predicted = ["a" if one else "b" for one in right]
        some = confusion_by_document([str(i) for i in range(100)], ["a"] * 100, predicted, LABELS)
        interval = bootstrap(some, intervals.accuracy, resamples=200, seed=seed)
        assert interval is not None
        held += interval.low <= 0.7 <= interval.high
    assert 180 <= held <= 200


def rare(answer: str) -> np.ndarray:
    """Fifteen documents of one sentence, label b in the last alone, which gets this answer."""
    gold = ["a"] * 14 + ["b"]
    return confusion_by_document([str(i) for i in range(15)], gold, ["a"] * 14 + [answer], LABELS)


def test_draws_without_a_label_do_not_raise_the_macro_average() -> None:
    some = rare("a")
    figure = intervals.macro_f1(some)(some.sum(axis=0)[None])[0]
    interval = bootstrap(some, intervals.macro_f1(some), resamples=1000, seed=0)
    assert interval is not None
    assert figure == pytest.approx(14 / 29)
    assert 0.4 < interval.low < figure <= interval.high < 0.5


def test_draws_without_a_label_do_not_lower_a_perfect_score() -> None:
    some = rare("b")
    for statistic in (intervals.macro_f1(some), intervals.f1_of(1)):
        assert bootstrap(some, statistic, resamples=1000, seed=0) == (1, 1)


def test_a_draw_without_gold_of_a_label_has_no_f1_of_it_even_where_it_is_predicted() -> None:
    some = confusion_by_document(["1", "2"], ["a", "b"], ["b", "b"], LABELS)
    assert intervals.f1_of(1)(some) == pytest.approx([np.nan, 1], nan_ok=True)
    assert np.isnan(intervals.macro_f1(some)(some)).all()


def test_a_label_without_gold_has_no_interval() -> None:
    assert bootstrap(rare("c"), intervals.f1_of(2), resamples=100, seed=0) is None


def test_a_single_document_has_none() -> None:
    some = confusion_by_document(["d"] * 3, ["a", "b", "a"], ["a", "b", "b"], LABELS)
    assert bootstrap(some, intervals.macro_f1(some), resamples=100, seed=0) is None


def test_all_failures() -> None:
    some = confusion_by_document(["1", "2"], ["a", "b"], ["", ""], LABELS)
    assert bootstrap(some, intervals.macro_f1(some), resamples=100, seed=0) == (0, 0)


def test_ten_thousand_draws_take_no_time() -> None:
    some = matrices(1, size=2000, documents=200)
    start = time.perf_counter()
    bootstrap(some, intervals.macro_f1(some), resamples=10_000, seed=0)
    assert time.perf_counter() - start < 2
