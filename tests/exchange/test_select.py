"""What the filters keep, and that lots do not depend on what else is in the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exchange.exchanging import LABELS, annotation

from toolkit.errors import ConfigError, InputError
from toolkit.exchange.select import Filters, select
from toolkit.records import Annotation, Failure

TEXT = "The bridge over the river was opened in the spring of 1931."


def some() -> list[Annotation]:
    """Twelve of each of two documents: labels in turn, probabilities from .50 to .73, every third attributed."""
    labels = ("factual_claim", "opinion", "prediction")
    return [
        annotation(
            f"Sentence number {i}.",
            doc=f"{i // 12}.txt",
            start=100 * (i % 12),
            label=labels[i % 3],
            prob=0.5 + i / 100,
            attributed=i % 3 == 0,
        )
        for i in range(24)
    ]


def kept(annotations: list[Annotation], **filters: Any) -> list[Annotation]:
    return select(annotations, Filters(**filters), LABELS)[0]


def test_by_default_only_what_has_no_answer_is_left_out() -> None:
    failed = annotation("x", start=5000, label=None, failure=Failure("timeout", "late"))
    unsure = annotation("y", start=6000, label=None)
    found, out = select([*some(), failed, unsure], Filters(), LABELS)
    assert found == [*some(), unsure]
    assert out == {"failed": 1}
    assert kept([*some(), failed], failed=True)[-1] == failed


def test_by_label() -> None:
    assert {a.label for a in kept(some(), labels=("opinion",))} == {"opinion"}
    assert len(kept(some(), labels=("opinion", "prediction"))) == 16


def test_by_probability() -> None:
    assert [a.probs[a.label or ""] for a in kept(some(), min_prob=0.705)] == pytest.approx([0.71, 0.72, 0.73])
    assert [a.probs[a.label or ""] for a in kept(some(), max_prob=0.515)] == pytest.approx([0.5, 0.51])


def test_abstentions_have_the_probability_of_their_most_probable_label() -> None:
    unsure = annotation("y", start=6000, label=None, prob=0.4)
    assert kept([*some(), unsure], abstained="only", min_prob=0.4) == [unsure]
    assert unsure not in kept([*some(), unsure], abstained="drop")
    assert kept([*some(), unsure], abstained="only", labels=("opinion",)) == [unsure]


@pytest.mark.parametrize("wanted", [True, False])
def test_by_flag(wanted: bool) -> None:
    silent = annotation("y", start=6000, attributed=None)
    assert {a.attributed for a in kept([*some(), silent], attributed=wanted)} == {wanted}


def test_caps() -> None:
    by_document = kept(some(), per_document=5)
    assert [sum(a.sentence.doc_id == name for a in by_document) for name in ("0.txt", "1.txt")] == [5, 5]
    by_label = kept(some(), per_label=2)
    assert sorted(str(a.label) for a in by_label) == sorted(["factual_claim", "opinion", "prediction"] * 2)
    assert by_label == [a for a in some() if a in by_label]


@pytest.mark.parametrize("size", [1, 4, 10, 23])
def test_a_sample_has_its_size_and_the_shares_of_the_labels(size: int) -> None:
    found = kept(some(), sample=size)
    assert len(found) == size
    counts = [sum(a.label == name for a in found) for name in ("factual_claim", "opinion", "prediction")]
    assert max(counts) - min(counts) <= 1


def test_a_lot_is_drawn_by_the_seed_and_the_sentence_alone() -> None:
    assert kept(some(), sample=6) == kept(some(), sample=6)
    assert kept(some(), sample=6) != kept(some(), sample=6, seed=1)
    small, large = kept(some(), per_document=3), kept(some(), per_document=6)
    assert all(one in large for one in small)


def test_a_gold_set_stays_out_with_its_near_duplicates(tmp_path: Path) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    (gold / "dev.jsonl").write_text(json.dumps({"id": "1", "text": TEXT, "label": "factual_claim"}) + "\n")
    (gold / "test.jsonl").write_text(json.dumps({"id": "2", "text": "Thank you.", "label": "rhetoric"}) + "\n")
    (gold / "annotators.jsonl").write_text('{"id": "1", "annotator": "a", "label": "opinion"}\n')
    mine = [
        annotation(TEXT.upper()),
        annotation(TEXT.replace("1931", "1932"), start=100),
        annotation("thank you", start=200),
        annotation("Thanks to everybody who came here tonight.", start=300),
    ]
    assert kept(mine, exclude=(gold,)) == [mine[3]]
    assert kept(mine, exclude=(gold / "test.jsonl",)) == [mine[0], mine[1], mine[3]]


def test_what_the_run_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no label 'nonsense'"):
        kept(some(), labels=("nonsense",))
    with pytest.raises(InputError, match="24 below probability"):
        kept(some(), min_prob=0.99)
    with pytest.raises(InputError, match="no gold set"):
        kept(some(), exclude=(tmp_path,))
