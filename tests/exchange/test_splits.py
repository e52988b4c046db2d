"""Splits by document, with the labels in their shares and no sentence in two of them."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from exchange.exchanging import NAMES, annotation

from toolkit.errors import ConfigError, InputError
from toolkit.evaluation.duplicates import LONG, NEAR, Text, duplicates, plain
from toolkit.exchange.near import near_pairs
from toolkit.exchange.splits import split
from toolkit.records import Annotation

WORDS = ["amber", "bridge", "council", "dairy", "engine", "forest", "garden", "harbour", "jury", "kettle", "ladder"]


def text(seed: int) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choices(WORDS, k=9)) + f" {seed}"


def corpus(documents: int = 40, sentences: int = 8) -> list[Annotation]:
    draw = random.Random(0)
    return [
        annotation(text(100 * d + s), doc=f"{d}.txt", start=1000 * s, label=draw.choices(NAMES, (5, 3, 1, 1))[0])
        for d in range(documents)
        for s in range(sentences)
    ]


def test_documents_are_whole_and_labels_have_their_shares() -> None:
    whole = corpus()
    found = split(whole, dev=0.1, test=0.2)
    assert found.left_out == 0
    places = [{a.sentence.doc_id for a in part} for part in found.parts.values()]
    assert sum(map(len, places)) == len(set().union(*places)) == 40
    every = Counter(a.label for a in whole)
    for share, part in zip((0.7, 0.1, 0.2), found.parts.values(), strict=True):
        counts = Counter(a.label for a in part)
        assert all(abs(counts[name] - share * every[name]) <= 0.35 * share * every[name] + 1 for name in NAMES)


def test_the_seed_decides() -> None:
    assert split(corpus(), dev=0.1, test=0.1) == split(corpus(), dev=0.1, test=0.1)
    assert split(corpus(), dev=0.1, test=0.1) != split(corpus(), dev=0.1, test=0.1, seed=1)


@pytest.mark.parametrize(("dev", "test", "names"), [(0.2, 0, ["train", "dev"]), (0, 0.2, ["train", "test"])])
def test_a_share_of_nothing_is_no_split(dev: float, test: float, names: list[str]) -> None:
    assert list(split(corpus(), dev=dev, test=test).parts) == names


def test_copies_go_together_and_what_stands_in_two_splits_is_measured_on() -> None:
    whole = corpus()
    copies = [annotation(a.sentence.text + "x", doc="copy.txt", start=a.sentence.start) for a in whole[:8]]
    footer = "Read more of this on the pages of our newspaper."
    whole += copies + [annotation(footer, doc=f"{d}.txt", start=90_000) for d in range(40)]
    found = split(whole, dev=0.2, test=0.2)
    home = {a.sentence.doc_id: name for name, part in found.parts.items() for a in part}
    assert home["copy.txt"] == home["0.txt"]
    assert [name for name, part in found.parts.items() if any(a.sentence.text == footer for a in part)] == ["test"]
    assert found.left_out == len(whole) - sum(map(len, found.parts.values())) > 0
    parts = [[Text(a.sentence.id, "", a.sentence.text) for a in part] for part in found.parts.values()]
    for one in range(3):
        for other in range(one):
            exact, close = duplicates(parts[one], parts[other])
            between = {match["other"] for match in [*exact, *close]}
            assert not between & {text.id for text in parts[other] if len(plain(text.text)) >= LONG}


def test_equal_rows_of_a_table_are_in_one_split() -> None:
    rows = [annotation(text(i % 30), doc=f"t.csv#{i}") for i in range(3000)]
    found = split(rows, dev=0.2, test=0.2)
    assert found.left_out == 0
    texts = [{a.sentence.text for a in part} for part in found.parts.values()]
    assert sum(map(len, texts)) == 30


def test_near_pairs_by_minhash_are_those_of_all_pairs() -> None:
    texts = [text(i) for i in range(200)] + [text(i)[:-3] for i in range(40)]
    exact = {frozenset(pair) for pair in near_pairs(texts)}
    assert len(exact) >= 40
    assert {frozenset(pair) for pair in near_pairs(texts, exact=10)} == exact


def test_short_sentences_are_stock_phrases() -> None:
    assert near_pairs(["Thank you all!", "Thank you al!"]) == []
    assert NEAR == 0.9


@pytest.mark.parametrize(
    ("documents", "dev", "error"), [(2, 0.1, InputError), (40, 0.95, ConfigError), (40, -0.1, ConfigError)]
)
def test_what_cannot_be_split(documents: int, dev: float, error: type[Exception]) -> None:
    with pytest.raises(error):
        split(corpus(documents), dev=dev, test=0.1)
