"""Cuts a queue of token sequences into batches of about equal cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def by_token_budget(lengths: Sequence[int], *, budget: int) -> Iterator[list[int]]:
    """Batches of positions, longest sequences first, each within a budget of padded tokens.

    Sorting by length keeps padding small. The longest come first, so that memory runs out at once or never.

    Args:
        lengths: Token count of each sequence.
        budget: Most tokens in a batch, padding included; one sequence over it gets a batch of its own.

    Yields:
        Positions into ``lengths``; together they hold each position once.
    """
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    batch: list[int] = []
    for position in order:
        # The first of a batch is its longest, so it sets the padded width.
        if batch and lengths[batch[0]] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
