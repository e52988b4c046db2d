from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import Classifier
from toolkit.backends.base import load_backend
from toolkit.labels import load_labels
from toolkit.records import Sentence

CUES = Classifier.load("cues")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The bridge was built in 1931.", "factual_claim"),
        ("Prices will fall next year.", "prediction"),
        ("The government should resign.", "opinion"),
        ("Who would have thought it?", "rhetoric"),
        ("“Why?”", "rhetoric"),
        ("Let us march together, my friends!", "rhetoric"),
    ],
)
def test_clear_cases(text: str, label: str) -> None:
    assert CUES.classify([text])[0].label == label


@pytest.mark.parametrize(
    ("text", "attributed"), [("Police said two men were held.", True), ("Two men were held on Monday.", False)]
)
def test_attribution(text: str, attributed: bool) -> None:
    assert CUES.classify([text])[0].attributed is attributed


@given(st.text())
def test_any_text_gets_a_distribution(text: str) -> None:
    prediction = CUES.backend.classify([Sentence("a", 0, len(text), text)])[0]
    assert sum(prediction.scores.values()) == pytest.approx(1)
    assert 0 <= prediction.flags["attributed"] <= 1


@pytest.mark.parametrize("text", ["a " * 10_000, '"' * 20_000, "x" * 20_000, "if " * 6_000, ". " * 10_000])
def test_no_pattern_runs_away(text: str) -> None:
    start = time.perf_counter()
    CUES.classify([text])
    assert time.perf_counter() - start < 1


def test_a_set_without_flags_gets_none() -> None:
    backend = load_backend("cues", labels=load_labels().model_copy(update={"flags": ()}))
    assert backend.classify([Sentence("a", 0, 4, "One.")])[0].flags == {}
