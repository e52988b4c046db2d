"""A classical baseline: TF-IDF of words and word pairs into logistic regression, fitted when it is loaded.

Fitting takes seconds, so no model file is kept: there is nothing to trust but the labelled text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from toolkit.backends.config import TfidfConfig
from toolkit.corpus.examples import Example, read_examples
from toolkit.errors import InputError
from toolkit.labels import LabelSet
from toolkit.records import Prediction, Sentence


class TfidfBackend:
    """Logistic regression on word counts (Pedregosa et al. 2011, "Scikit-learn").

    Args:
        config: The labelled text.
        labels: The label set.

    Raises:
        InputError: The text cannot be used.
    """

    def __init__(self, config: TfidfConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        examples = [example for example in read_examples(config.data, labels) if example.label]
        if len({example.label for example in examples}) < 2:
            raise InputError(
                f"The text of the backend {config.name!r} has fewer than two labels.",
                hint="Give labelled sentences of at least two.",
            )
        self._label = _fit([example.text for example in examples], [str(example.label) for example in examples])
        self._flag = _fit_flag(examples) if labels.flags else None

    def identity(self) -> dict[str, Any]:
        """The text that it is fitted on."""
        return {"data": [hashlib.sha256(path.read_bytes()).hexdigest() for path in self.config.data]}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Score sentences; see `toolkit.backends.base.Backend`."""
        if not sentences:
            return []
        texts = [sentence.text for sentence in sentences]
        scores = self._label.predict_proba(texts)
        known = list(self._label.classes_)
        flags = (
            None if self._flag is None else self._flag.predict_proba(texts)[:, list(self._flag.classes_).index(True)]
        )
        return [
            Prediction(
                scores={n: float(row[known.index(n)]) if n in known else 0.0 for n in self.labels.names},
                flags={} if flags is None else {"attributed": float(flags[i])},
            )
            for i, row in enumerate(scores)
        ]


def _fit_flag(examples: Sequence[Example]) -> Any:
    """A second regression for the flag, or None when the text does not tell it both ways."""
    told = [example for example in examples if example.attributed is not None]
    if len({example.attributed for example in told}) < 2:
        return None
    return _fit([example.text for example in told], [example.attributed for example in told])


def _fit(texts: Sequence[str], wanted: Sequence[Any]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    # Question and exclamation marks are words here: they tell more than most.
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\w+|[?!\"“”]")
    try:
        return make_pipeline(words, LogisticRegression(C=10.0, max_iter=1000)).fit(texts, wanted)
    except ValueError as error:  # no word stands in two sentences
        raise InputError(
            f"Nothing can be learnt from {len(texts)} sentences: {error}", hint="Give more labelled sentences."
        ) from error
