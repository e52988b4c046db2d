"""A rule baseline: surface cues of the four claims labels and of attribution, with hand-set weights.

It knows no meaning; it is here to show what a model has to beat, and to run a pipeline in no time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from toolkit.backends.base import require_labels
from toolkit.backends.config import CuesConfig
from toolkit.labels import LabelSet
from toolkit.records import Prediction, Sentence

CUES: dict[str, tuple[tuple[str, float], ...]] = {
    "factual_claim": (
        (r"\d", 1.0),
        (r"\b(?:was|were|had|did|has been|have been)\b", 1.0),
        (r"\b(?:said|announced|reported|according to|found|showed|voted|signed|founded|born|built|killed|won)\b", 1.2),
        (r"\b(?:is|are) (?:a|an|the|one of)\b", 0.6),
        (r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|last (?:week|month|year)|ago)\b", 1.0),
        (r"\b\w{3,}ed\b", 0.5),
    ),
    "opinion": (
        (r"\b(?:should|ought|must|need to|needs to|deserves?)\b", 1.8),
        (r"\b(?:i|we) (?:think|believe|feel|love|hate|prefer|doubt|hope|am sure|suspect)\b", 2.0),
        (r"\b(?:good|bad|best|worst|great|terrible|wrong|right|better|worse|beautiful|awful|excellent|poor)\b", 1.3),
        (
            r"\b(?:absurd|disgrace\w*|shame\w*|foolish|wise|unfair|fair|brilliant|disappoint\w*|outrage\w*|important)\b",
            1.4,
        ),
        (r"\b(?:perhaps|arguably|frankly|in my view|it seems|too|very|so|really|surely)\b", 0.6),
    ),
    "prediction": (
        (r"\b(?:will|won't|shall|going to|'ll)\b", 2.2),
        (r"\b(?:would|could|may|might)\b", 0.9),
        (
            r"\b(?:expects?|forecasts?|predicts?|plans? to|intends? to|aims? to|set to|due to|likely|scheduled)\b",
            1.6,
        ),
        (
            r"\b(?:next (?:week|month|year|decade|spring|summer|autumn|winter)|tomorrow|soon|by 20\d\d)\b",
            1.2,
        ),
        (r"^if\b.*\b(?:will|would|could)\b", 1.0),
    ),
    "rhetoric": (
        (r"\?[\"'”’)]*$", 3.5),
        (r"![\"'”’)]*$", 1.6),
        (r"^(?:let us|let's|please|thank|thanks|join|vote|wake|remember|imagine|look|listen|stop|consider|ask)\b", 2.4),
        (r"^(?:my friends|ladies and gentlemen|dear|friends|fellow|mr\.? speaker|good (?:morning|evening))\b", 2.4),
        (r"^\W*(?:\w+\W+){1,3}$", 1.2),
    ),
}
"""Label to patterns, matched in the lower-cased sentence, and what each adds to the label's logit."""

ATTRIBUTION: tuple[tuple[str, float], ...] = (
    (r"^[\"“‘'].*[\"”’'][.,]?$", 3.0),
    (r"[\"“”]", 1.2),
    (
        r"\b(?:said|says|told|according to|argued|argues|claimed|claims|warned|insisted|added|called|wrote|writes)\b",
        2.6,
    ),
    (
        r"\b(?:analysts|officials|critics|experts|police|sources) (?:\w+ ){0,2}(?:say|expect|believe|think)\b",
        2.6,
    ),
)

PRIOR = {"factual_claim": 0.6, "opinion": 0.2, "prediction": 0.0, "rhetoric": 0.0}
ATTRIBUTION_PRIOR = -2.0

_COMPILED = {label: [(re.compile(pattern), weight) for pattern, weight in cues] for label, cues in CUES.items()}
_ATTRIBUTION = [(re.compile(pattern), weight) for pattern, weight in ATTRIBUTION]


class CuesBackend:
    """Adds up the weights of the cues that a sentence has; the softmax of the sums are its scores."""

    def __init__(self, config: CuesConfig, labels: LabelSet) -> None:
        require_labels(config, labels, list(CUES))
        self.config = config
        self.labels = labels

    def identity(self) -> dict[str, Any]:
        """Nothing beside the config: the cues belong to the package version."""
        return {}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Score; see `toolkit.backends.base.Backend`."""
        return [self._score(sentence.text.lower()) for sentence in sentences]

    def _score(self, text: str) -> Prediction:
        logits = {
            label: PRIOR[label] + sum(weight for pattern, weight in cues if pattern.search(text))
            for label, cues in _COMPILED.items()
        }
        total = sum(math.exp(value) for value in logits.values())
        scores = {name: math.exp(logits[name]) / total if name in logits else 0.0 for name in self.labels.names}
        flag = ATTRIBUTION_PRIOR + sum(weight for pattern, weight in _ATTRIBUTION if pattern.search(text))
        return Prediction(scores=scores, flags={"attributed": 1 / (1 + math.exp(-flag))} if self.labels.flags else {})
