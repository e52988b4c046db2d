from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.evaluation.schemes import LabelScheme, OneVsRestScheme, RestrictedScheme, Scheme, SubjectivityScheme
from toolkit.labels import load_labels

NAMES = load_labels("claims").names
SCHEMES: list[Scheme] = [
    LabelScheme("claims", NAMES),
    RestrictedScheme(("factual_claim", "prediction")),
    OneVsRestScheme("factual_claim"),
    SubjectivityScheme(),
]
distributions = (
    st.lists(st.floats(0, 1), min_size=4, max_size=4)
    .filter(lambda values: sum(values) > 1e-3)
    .map(lambda values: {name: value / sum(values) for name, value in zip(NAMES, values, strict=True)})
)


def answer(scheme: Scheme, probs: dict[str, float], flag: bool | None = None, sure: float | None = None) -> str:
    scores = scheme.scores(probs, flag, sure)
    return max(scores, key=lambda name: scores[name])


def probs(fact: float, opinion: float, prediction: float, rhetoric: float) -> dict[str, float]:
    return dict(zip(NAMES, (fact, opinion, prediction, rhetoric), strict=True))


@given(distributions, st.sampled_from(SCHEMES), st.sampled_from([(None, None), (True, 0.8), (False, 0.6)]))
def test_scores_are_a_distribution_over_the_classes(
    given: dict[str, float], scheme: Scheme, flag: tuple[bool | None, float | None]
) -> None:
    scores = scheme.scores(given, *flag)
    assert tuple(scores) == scheme.classes
    assert sum(scores.values()) == pytest.approx(1)
    assert min(scores.values()) >= 0


def test_the_best_of_the_labels_that_occur() -> None:
    scheme = RestrictedScheme(("factual_claim", "prediction"))
    assert answer(scheme, probs(0.2, 0.5, 0.3, 0.0)) == "prediction"
    assert scheme.scores(probs(0.2, 0.5, 0.3, 0.0), None, None)["prediction"] == pytest.approx(0.6)


def test_none_of_the_labels_that_occur_has_any_probability() -> None:
    assert set(RestrictedScheme(("opinion", "prediction")).scores(probs(1, 0, 0, 0), None, None).values()) == {0.5}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (probs(0.4, 0.3, 0.2, 0.1), "factual_claim"),  # under one half, and still what claimkit would say
        (probs(0.3, 0.4, 0.2, 0.1), "not factual_claim"),
        (probs(0, 0, 1, 0), "not factual_claim"),
    ],
)
def test_one_label_or_not_is_what_claimkit_would_say(given: dict[str, float], expected: str) -> None:
    assert answer(OneVsRestScheme("factual_claim"), given) == expected


@pytest.mark.parametrize(
    ("given", "flag", "sure", "expected"),
    [
        (probs(0.1, 0.8, 0.1, 0.0), False, 0.1, "subjective"),
        (probs(0.1, 0.0, 0.1, 0.8), False, 0.1, "subjective"),
        (probs(0.1, 0.8, 0.1, 0.0), True, 0.9, "objective"),  # somebody else's opinion
        (probs(0.8, 0.1, 0.1, 0.0), False, 0.1, "objective"),
        (probs(0.0, 0.1, 0.9, 0.0), None, None, "objective"),
        (probs(0.1, 0.8, 0.1, 0.0), None, None, "subjective"),
        (probs(0.1, 0.8, 0.1, 0.0), False, 0.6, "subjective"),  # the backend's threshold decides, not one half
        (probs(0.1, 0.8, 0.1, 0.0), True, 0.4, "objective"),
        (probs(0.4, 0.35, 0.0, 0.25), False, 0.1, "objective"),  # the best label is a fact
    ],
)
def test_reported_opinion_is_objective(
    given: dict[str, float], flag: bool | None, sure: float | None, expected: str
) -> None:
    assert answer(SubjectivityScheme(), given, flag, sure) == expected
