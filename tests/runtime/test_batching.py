from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.runtime.batching import by_token_budget

lengths = st.lists(st.integers(1, 500), max_size=60)
budgets = st.integers(1, 2000)


@given(lengths, budgets)
def test_every_position_comes_once(lengths: list[int], budget: int) -> None:
    batches = list(by_token_budget(lengths, budget=budget))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))


@given(lengths, budgets)
def test_padded_batches_stay_within_the_budget_unless_alone(lengths: list[int], budget: int) -> None:
    for batch in by_token_budget(lengths, budget=budget):
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


@given(lengths, budgets)
def test_longest_come_first(lengths: list[int], budget: int) -> None:
    order = [lengths[i] for batch in by_token_budget(lengths, budget=budget) for i in batch]
    assert order == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("lengths", "budget", "batches"),
    [([], 9, []), ([3, 3, 3], 6, [[0, 1], [2]]), ([1, 9, 2], 4, [[1], [2, 0]]), ([5], 4, [[0]])],
)
def test_batches(lengths: list[int], budget: int, batches: list[list[int]]) -> None:
    assert list(by_token_budget(lengths, budget=budget)) == batches
