"""Messier copies of a sentence."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.training.augment import augment, spaced, without_end
from toolkit.training.config import AugmentConfig


@pytest.mark.parametrize(
    ("text", "messy"),
    [
        ("Sales rose 4%, he said.", "Sales rose 4 % , he said ."),
        ("It's \"over\", isn't it?", "It 's \" over \" , isn't it ?"),
        ("A plain one", "A plain one"),
    ],
)
def test_spaced(text: str, messy: str) -> None:
    assert spaced(text) == messy


@pytest.mark.parametrize(
    ("text", "bare"),
    [("Who knows?", "Who knows"), ("“Go!”", "“Go”"), ("It is 4.5 m high.", "It is 4.5 m high"), ("…", "…")],
)
def test_without_end(text: str, bare: str) -> None:
    assert without_end(text) == bare


def test_shares_are_kept() -> None:
    rng = random.Random(0)
    config = AugmentConfig(lower=0.25)
    lowered = sum(augment("Abc", config, rng) == "abc" for _ in range(4000))
    assert 900 < lowered < 1100


@given(st.text(min_size=1).filter(str.strip))
def test_nothing_becomes_empty_and_nothing_changes_unasked(text: str) -> None:
    rng = random.Random(0)
    everything = AugmentConfig(lower=1, no_end=1, spaced=1, upper=1)
    assert augment(text, everything, rng).strip()
    assert augment(text, AugmentConfig(), rng) == text
