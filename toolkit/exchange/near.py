"""Sentences of a whole corpus that are alike: exactly for a moderate number, by MinHash for a large one."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.errors import MissingExtraError
from toolkit.evaluation.duplicates import LONG, NEAR, Text, duplicates, plain

EXACT = 5_000
"""Up to so many different texts every pair is compared; beyond it, those that MinHash finds close."""
PERMUTATIONS = 64
SHINGLE = 4
CLOSE = 0.5
"""Jaccard similarity of shingles from which a pair is looked at: well below what near duplicates have."""


def near_pairs(texts: Sequence[str], *, exact: int = EXACT) -> list[tuple[str, str]]:
    """Pairs of different texts, in plain words, that are near duplicates; short ones are stock phrases and have none.

    Args:
        texts: Sentences, with or without repetitions.
        exact: Up to so many different ones every pair is compared.

    Raises:
        MissingExtraError: There are so many that datasketch is needed.
    """
    distinct = list(dict.fromkeys(text for text in map(plain, texts) if len(text) >= LONG))
    if len(distinct) > exact:
        return _by_minhash(distinct)
    _, near = duplicates([Text(str(place), "", text) for place, text in enumerate(distinct)])
    return [(distinct[int(match["id"])], distinct[int(match["other"])]) for match in near]


def _by_minhash(distinct: Sequence[str]) -> list[tuple[str, str]]:
    from rapidfuzz import fuzz

    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError:
        raise MissingExtraError("datasketch", "export") from None
    index = MinHashLSH(threshold=CLOSE, num_perm=PERMUTATIONS)
    found = []
    for text in distinct:
        sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
        sketch.update_batch([text[at : at + SHINGLE].encode() for at in range(len(text) - SHINGLE + 1)])
        found += [(other, text) for other in index.query(sketch) if fuzz.ratio(other, text) >= 100 * NEAR]
        index.insert(text, sketch)
    return found
