from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.backends.config import CalibrationConfig
from toolkit.calibration import calibrate
from toolkit.records import Failure, Prediction, Usage


def prediction(*scores: float, **fields: object) -> Prediction:
    return Prediction(scores=dict(zip("abcdefgh", scores, strict=False)), **fields)  # type: ignore[arg-type]


raw = st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda values: sum(values) > 1e-3)
distributions = raw.map(lambda values: [value / sum(values) for value in values])
temperatures = st.floats(1e-6, 1e6)


@given(distributions, temperatures)
def test_probabilities_sum_to_one_at_any_temperature(scores: list[float], temperature: float) -> None:
    probs = calibrate(prediction(*scores), CalibrationConfig(temperature=temperature)).probs
    assert sum(probs.values()) == pytest.approx(1)
    assert min(probs.values()) >= 0


@given(distributions, temperatures)
def test_temperature_keeps_the_order(scores: list[float], temperature: float) -> None:
    raw = prediction(*scores)
    result = calibrate(raw, CalibrationConfig(temperature=temperature))
    assert result.label == calibrate(raw, CalibrationConfig()).label
    by_score = sorted(raw.scores, key=lambda name: raw.scores[name])
    assert all(result.probs[a] <= result.probs[b] for a, b in pairwise(by_score))


def test_temperature_divides_log_scores() -> None:
    probs = calibrate(prediction(0.8, 0.2), CalibrationConfig(temperature=2)).probs
    assert probs["a"] / probs["b"] == pytest.approx(math.sqrt(0.8 / 0.2))


def test_a_temperature_of_one_changes_nothing() -> None:
    assert calibrate(prediction(0.7, 0.3), CalibrationConfig()).probs == {"a": 0.7, "b": 0.3}


@pytest.mark.parametrize(("threshold", "label"), [(0, "a"), (0.6, "a"), (0.61, None), (1, None)])
def test_below_the_threshold_it_abstains(threshold: float, label: str | None) -> None:
    result = calibrate(prediction(0.6, 0.4), CalibrationConfig(threshold=threshold))
    assert result.label == label
    assert result.abstained is (label is None)
    assert result.probs == {"a": 0.6, "b": 0.4}


def test_the_threshold_is_for_probabilities_and_not_for_scores() -> None:
    config = CalibrationConfig(threshold=0.7, temperature=0.5)
    assert calibrate(prediction(0.65, 0.35), config).label == "a"


@pytest.mark.parametrize(("flag", "attributed"), [(0.5, True), (0.49, False), (None, None)])
def test_the_flag(flag: float | None, attributed: bool | None) -> None:
    flags = {} if flag is None else {"attributed": flag}
    assert calibrate(prediction(1, 0, flags=flags), CalibrationConfig()).attributed is attributed


def test_the_flag_has_a_threshold_of_its_own() -> None:
    config = CalibrationConfig(flag_threshold=0.8, threshold=0.9)
    result = calibrate(prediction(0.6, 0.4, flags={"attributed": 0.85}), config)
    assert result.attributed is True
    assert result.abstained


def test_a_failure_passes_through() -> None:
    failed = Prediction(failure=Failure("timeout", "late"), usage=Usage(3))
    assert calibrate(failed, CalibrationConfig(temperature=2, threshold=0.5)) is failed
