"""A zero-shot baseline: which label's description is the sentence nearest to, as sentence embeddings go?

Reimers & Gurevych 2019, "Sentence-BERT": mean-pooled token vectors compared by their cosine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.backends.config import EmbeddingConfig
from toolkit.backends.scores import softmax
from toolkit.labels import LabelSet
from toolkit.models.resolve import resolve
from toolkit.records import Prediction, Sentence, Usage

if TYPE_CHECKING:
    from toolkit.runtime.encoder import Embeddings


class EmbeddingBackend:
    """Cosine of sentence and label description. It says nothing of flags.

    Args:
        config: The encoder.
        labels: Labels, described by their definition or, if there is none, by verbalizer or name.

    Raises:
        ModelError: The encoder cannot be loaded.
    """

    def __init__(self, config: EmbeddingConfig, labels: LabelSet) -> None:
        from toolkit.runtime.encoder import Encoder  # seconds of imports, so only when a model is wanted

        self.config = config
        self.labels = labels
        self.files = resolve(**config.model.model_dump())
        self.encoder = Encoder(self.files.folder, device=config.device)
        described = [label.definition or label.verbalizer or label.name for label in labels.labels]
        self._labels = self._embed(described).vectors

    def identity(self) -> dict[str, Any]:
        """The weights."""
        return {"model": self.files.identity}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Score sentences; see `toolkit.backends.base.Backend`."""
        if not sentences:
            return []
        answer = self._embed([sentence.text for sentence in sentences])
        cosines = answer.vectors @ self._labels.T
        scores = softmax(cosines.astype(np.float64) / self.config.softness)
        return [
            Prediction(
                scores=dict(zip(self.labels.names, row.tolist(), strict=True)),
                usage=Usage(tokens=int(answer.tokens[i]), truncated=int(answer.truncated[i])),
            )
            for i, row in enumerate(scores)
        ]

    def _embed(self, texts: Sequence[str]) -> Embeddings:
        return self.encoder.embed(
            texts, max_tokens=self.config.max_tokens, tokens_per_batch=self.config.tokens_per_batch
        )
