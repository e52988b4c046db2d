from __future__ import annotations

import pytest

from toolkit.backends.base import load_backend
from toolkit.backends.config import MajorityConfig
from toolkit.errors import ConfigError
from toolkit.labels import load_labels
from toolkit.records import Sentence


def test_answers_one_label_with_certainty_and_no_flag() -> None:
    backend = load_backend(MajorityConfig(kind="majority", label="opinion"))
    predictions = backend.classify([Sentence("a", 0, 4, "One."), Sentence("a", 5, 9, "Two.")])
    assert [one.scores["opinion"] for one in predictions] == [1, 1]
    assert sum(predictions[0].scores.values()) == 1
    assert predictions[0].flags == {"attributed": 0.0}


def test_a_label_that_is_not_in_the_set_is_refused() -> None:
    with pytest.raises(ConfigError, match="'majority' answers maybe, which 'claims' does not have"):
        load_backend(MajorityConfig(kind="majority", label="maybe"))


def test_a_set_without_flags_gets_none() -> None:
    backend = load_backend("majority", labels=load_labels().model_copy(update={"flags": ()}))
    assert backend.classify([Sentence("a", 0, 4, "One.")])[0].flags == {}
