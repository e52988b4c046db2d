"""Ways to choose sentences, on runs made by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from toolkit.errors import InputError
from toolkit.labelling.items import Item, Suggestion
from toolkit.labelling.sampling import Way, sample

LABELS = ("factual_claim", "opinion")


def item(place: int, doc: str = "d", probability: float | None = 0.9, text: str = "") -> Item:
    label = LABELS[place % 2]
    other = LABELS[1 - place % 2]
    probs = {} if probability is None else {label: probability, other: 1 - probability}
    return Item(f"{doc}:{place}", doc, text or f"Sentence {place} of {doc}.", suggestion=Suggestion(label, probs))


def ids(items: Sequence[Item]) -> list[str]:
    return [one.id for one in items]


@pytest.fixture
def corpus() -> list[Item]:
    """A long document and nine short ones."""
    return [item(i, "long") for i in range(82)] + [item(i, f"short-{d}") for d in range(9) for i in range(2)]


@pytest.mark.parametrize("way", ["random", "document", "label"])
def test_a_seed_gives_the_same_sample_again_in_the_order_of_the_run(corpus: list[Item], way: Way) -> None:
    first = sample(corpus, 20, way, seed=3)
    assert first == sample(corpus, 20, way, seed=3)
    assert ids(first) != ids(sample(corpus, 20, way, seed=4))
    places = [ids(corpus).index(one) for one in ids(first)]
    assert places == sorted(places)
    assert len({*places}) == 20


@pytest.mark.parametrize("way", ["random", "document", "label"])
def test_weights_add_up_to_the_run(corpus: list[Item], way: Way) -> None:
    chosen = sample(corpus, 23, way)
    assert sum(one.weight or 0 for one in chosen) == pytest.approx(len(corpus), abs=0.01)
    assert {one.sampled for one in chosen} == {way}


@pytest.mark.parametrize("way", ["random", "document", "label", "uncertain"])
def test_more_than_there_is_takes_everything(corpus: list[Item], way: Way) -> None:
    assert ids(sample(corpus, 1000, way)) == ids(corpus)


def test_random_draws_every_sentence_equally_often(corpus: list[Item]) -> None:
    drawn = Counter(one for seed in range(400) for one in ids(sample(corpus, 10, seed=seed)))
    assert len(drawn) == len(corpus)
    assert max(drawn.values()) < 75  # 40 expected, standard deviation 6


def test_by_document_a_long_one_does_not_crowd_out_the_others(corpus: list[Item]) -> None:
    counts = Counter(one.doc for one in sample(corpus, 20, "document"))
    assert [*counts.values()] == [2] * 10


def test_by_document_the_remainder_comes_from_those_that_have_more(corpus: list[Item]) -> None:
    counts = Counter(one.doc for one in sample(corpus, 30, "document"))
    assert counts["long"] == 12
    assert {count for doc, count in counts.items() if doc != "long"} == {2}


def test_by_label_each_is_there_equally_often() -> None:
    items = [item(0, f"a{i}") for i in range(90)] + [item(1, f"b{i}") for i in range(10)]
    counts = Counter(one.suggestion.label for one in sample(items, 20, "label") if one.suggestion)
    assert counts == {"factual_claim": 10, "opinion": 10}


def test_uncertain_takes_the_smallest_margins_and_equal_texts_once() -> None:
    items = [item(0, "a", 0.99), item(1, "a", 0.55), item(2, "a", 0.7), item(3, "a", 0.52, "Sentence  1 of A.")]
    chosen = sample(items, 2, "uncertain")
    assert ids(chosen) == ["a:2", "a:3"]
    assert {one.weight for one in chosen} == {None}


def test_uncertain_needs_probabilities() -> None:
    with pytest.raises(InputError, match="no probabilities"):
        sample([item(0, probability=None)], 1, "uncertain")


def test_disagreement_takes_the_surest_first() -> None:
    items = [item(0, "a", 0.6), item(2, "a", 0.99), item(4, "a", 0.9), item(6, "a", 0.8)]
    other = {
        one.id: Item(one.id, "a", one.text, suggestion=Suggestion("opinion", {"opinion": 0.9, "factual_claim": 0.1}))
        for one in items[:3]
    }
    other |= {"a:6": items[3]}
    assert ids(sample(items, 2, "disagreement", other=other)) == ["a:2", "a:4"]
    assert ids(sample(items, 9, "disagreement", other=other)) == ["a:0", "a:2", "a:4"]


def test_disagreement_works_without_probabilities() -> None:
    items = [item(0, probability=None), item(1, probability=None)]
    other = {one.id: Item(one.id, "d", one.text, suggestion=Suggestion("opinion")) for one in items}
    assert ids(sample(items, 2, "disagreement", other=other)) == ["d:0"]


def test_runs_without_common_ground_are_refused() -> None:
    items = [item(0)]
    with pytest.raises(InputError, match="no sentence in common"):
        sample(items, 1, "disagreement", other={})
    with pytest.raises(InputError, match="agree on every sentence"):
        sample(items, 1, "disagreement", other={items[0].id: items[0]})


def test_diverse_takes_one_of_each_bunch() -> None:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        bunches = np.eye(4, dtype=np.float32)
        return np.stack([bunches[int(text.split()[1]) % 4] for text in texts])

    items = [item(i) for i in range(40)]
    for seed in range(5):
        chosen = sample(items, 4, "diverse", seed=seed, embed=embed)
        assert {int(one.text.split()[1]) % 4 for one in chosen} == {0, 1, 2, 3}
