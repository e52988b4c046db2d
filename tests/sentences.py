"""Sentences to ask a backend about."""

from __future__ import annotations

from toolkit.records import Sentence


def sentences(count: int, *, text: str = "") -> list[Sentence]:
    """So many different sentences; or the same text each time."""
    said = [text or f"Sentence {number}." for number in range(count)]
    return [Sentence("d", 100 * number, 100 * number + len(one), one) for number, one in enumerate(said)]
