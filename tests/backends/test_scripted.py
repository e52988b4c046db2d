from __future__ import annotations

from typing import get_args

import pytest
from support import scripted

from toolkit.errors import ConfigError
from toolkit.records import FailureKind, Prediction, Sentence


def answer(text: str, **config: object) -> Prediction:
    return scripted(**config).classify([Sentence("a", 0, len(text), text)])[0]  # type: ignore[arg-type]


def test_answers_from_the_list() -> None:
    assert answer("One.", answers={"One.": "prediction"}).scores["prediction"] == 1


def test_answers_the_default_to_all_else() -> None:
    assert answer("Two.", answers={"One.": "prediction"}, default="opinion").scores["opinion"] == 1


def test_without_a_default_all_else_fails() -> None:
    failure = answer("Two.", default=None).failure
    assert failure is not None
    assert failure.kind == "backend_error"


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_fails_as_it_is_told(kind: str) -> None:
    prediction = answer("One.", answers={"One.": f"!{kind}"})
    assert prediction.failure is not None
    assert prediction.failure.kind == kind
    assert prediction.scores == {}


@pytest.mark.parametrize(
    "config", [{"answers": {"One.": "maybe"}}, {"default": "maybe"}, {"default": "!never"}, {"default": ""}]
)
def test_an_answer_that_is_none_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        scripted(**config)  # type: ignore[arg-type]


def test_remembers_what_it_was_asked() -> None:
    backend = scripted()
    backend.classify([Sentence("a", 0, 4, "One."), Sentence("a", 5, 9, "Two.")])
    backend.classify([Sentence("a", 0, 4, "One.")])
    assert backend.history == ["One.", "Two.", "One."]
