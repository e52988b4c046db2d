"""Which sentences to label: ways to choose, each a plain function from items to places."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import InputError
from toolkit.labelling.items import Item

if TYPE_CHECKING:
    from toolkit.backends.config import EmbeddingConfig

Way = Literal["random", "document", "label", "uncertain", "disagreement", "diverse"]
WAYS: tuple[Way, ...] = get_args(Way)
MEASURING: tuple[Way, ...] = ("random", "document")
"""Ways whose samples stand for the run, by their weights; ``label`` does so with wide ones, the others not at all."""
POOL = 20_000
"""Most sentences that are embedded; a random choice of them where there are more."""

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def sample(
    items: Sequence[Item],
    size: int,
    way: Way = "random",
    *,
    seed: int = 0,
    other: Mapping[str, Item] | None = None,
    embed: Embed | None = None,
) -> list[Item]:
    """Choose items, and say of each how it was chosen and how many it stands for.

    Args:
        items: All that can be chosen, in the order of the run.
        size: How many; all of them where there are no more.
        way: How.
        seed: Of the drawing.
        other: Of another run, by id; for ``disagreement``.
        embed: Sentence vectors; for ``diverse``.

    Returns:
        In the order of the run, so that documents are read from the beginning to the end.

    Raises:
        InputError: The run lacks what the way needs.
    """
    generator = np.random.default_rng(seed)
    weights: Mapping[int, float] = {}
    if way == "random":
        chosen = _some(range(len(items)), size, generator)
        weights = dict.fromkeys(chosen, len(items) / max(len(chosen), 1))
    elif way in ("document", "label"):
        keys = [item.doc if way == "document" else _said(item) for item in items]
        weights = _spread_over(keys, size, generator)
        chosen = [*weights]
    elif way == "uncertain":
        chosen = _uncertain(items, size, generator)
    elif way == "disagreement":
        chosen = _disagreeing(items, other or {}, size, generator)
    else:
        chosen = _diverse(items, size, generator, embed)
    return [replace(items[place], sampled=way, weight=_rounded(weights.get(place))) for place in sorted(chosen)]


def _rounded(weight: float | None) -> float | None:
    return None if weight is None else round(weight, 4)


def _some(places: Sequence[int], size: int, generator: np.random.Generator) -> list[int]:
    return [int(place) for place in generator.permutation(np.asarray(places, dtype=np.int64))[:size]]


def _said(item: Item) -> str:
    return (item.suggestion.label if item.suggestion else None) or "without a label"


def _spread_over(keys: Sequence[Hashable], size: int, generator: np.random.Generator) -> dict[int, float]:
    """Places with their weights: equally many for each key, as far as it has them; the remainder by lot."""
    members: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        members.setdefault(key, []).append(place)
    take = dict.fromkeys(members, 0)
    left = min(size, len(keys))
    while left:
        free = [key for key in members if take[key] < len(members[key])]
        share = left // len(free)
        if not share:
            free = [free[place] for place in generator.permutation(len(free))[:left]]
            share = 1
        for key in free:
            more = min(share, len(members[key]) - take[key])
            take[key] += more
            left -= more
    return {place: len(own) / take[key] for key, own in members.items() for place in _some(own, take[key], generator)}


def _uncertain(items: Sequence[Item], size: int, generator: np.random.Generator) -> list[int]:
    """The smallest margins between the two most probable labels (Scheffer et al. 2001); equal texts once."""
    margins = {place: _margin(item) for place, item in enumerate(items)}
    known = {place: margin for place, margin in margins.items() if margin is not None}
    if not known:
        raise InputError(
            "The run has no probabilities.", hint="Choose another --by, or annotate with a backend that gives them."
        )
    lot = generator.permutation(len(items))
    order = sorted(known, key=lambda place: (known[place], lot[place]))
    return _once(items, order)[:size]


def _margin(item: Item) -> float | None:
    probs = sorted(item.suggestion.probs.values(), reverse=True) if item.suggestion else []
    return probs[0] - probs[1] if len(probs) > 1 else None


def _once(items: Sequence[Item], order: Sequence[int]) -> list[int]:
    """Places of which no earlier one has the same text."""
    first: dict[str, int] = {}
    for place in order:
        first.setdefault(" ".join(items[place].text.split()).casefold(), place)
    return [*first.values()]


def _disagreeing(
    items: Sequence[Item], other: Mapping[str, Item], size: int, generator: np.random.Generator
) -> list[int]:
    """Different labels, the surest disagreement first: by the Jensen-Shannon divergence, or by lot."""
    both = [place for place, item in enumerate(items) if item.id in other]
    if not both:
        raise InputError(
            "The two runs have no sentence in common.", hint="Annotate the same documents with both backends."
        )
    apart = [place for place in both if _said(items[place]) != _said(other[items[place].id])]
    if not apart:
        raise InputError("The two runs agree on every sentence.", hint="Choose another --by.")
    lot = generator.permutation(len(items))
    distance = {place: _divergence(items[place], other[items[place].id]) for place in apart}
    return _once(items, sorted(apart, key=lambda place: (-distance[place], lot[place])))[:size]


def _divergence(one: Item, other: Item) -> float:
    from scipy.spatial.distance import jensenshannon

    a, b = (item.suggestion.probs if item.suggestion else {} for item in (one, other))
    names = sorted({*a, *b})
    if not a or not b:
        return 0.0
    return float(jensenshannon([a.get(name, 0.0) for name in names], [b.get(name, 0.0) for name in names]))


def _diverse(items: Sequence[Item], size: int, generator: np.random.Generator, embed: Embed | None) -> list[int]:
    """Sentences far from each other: the seeding of k-means++ (Arthur & Vassilvitskii 2007) on sentence vectors."""
    from sklearn.cluster import kmeans_plusplus

    if embed is None:
        raise InputError("There is nothing to embed sentences with.", hint="Choose another --by.")
    pool = _some(_once(items, range(len(items))), POOL, generator)
    if len(pool) <= size:
        return pool
    vectors = embed([items[place].text for place in pool]).astype(np.float64)
    state = int(generator.integers(2**31))
    _, chosen = kmeans_plusplus(vectors, size, random_state=state)
    return [pool[place] for place in dict.fromkeys(chosen.tolist())]


def sentence_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors by the encoder of the shipped backend ``nearest``.

    Raises:
        ModelError: It cannot be loaded.
    """
    from toolkit.backends.base import load_config
    from toolkit.models.resolve import resolve
    from toolkit.runtime.encoder import Encoder

    config = cast("EmbeddingConfig", load_config("nearest")[0])
    encoder = Encoder(resolve(**config.model.model_dump()).folder, device=config.device)
    return encoder.embed(texts, max_tokens=config.max_tokens, tokens_per_batch=config.tokens_per_batch).vectors
