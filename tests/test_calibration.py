from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.calibration import calibrate
from toolkit.calibration_config import CalibrationConfig, ConformalConfig
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


@given(distributions, temperatures, st.floats(-5, 5))
def test_a_bias_is_added_to_the_log_scores(scores: list[float], temperature: float, bias: float) -> None:
    config = CalibrationConfig(temperature=temperature, bias={"a": bias})
    probs = calibrate(prediction(*scores), config).probs
    assert sum(probs.values()) == pytest.approx(1)
    if temperature > 0.05 and min(scores) > 1e-6:
        logs = [math.log(score) / temperature for score in scores]
        logs[0] += bias
        total = sum(math.exp(value - max(logs)) for value in logs)
        assert list(probs.values()) == pytest.approx([math.exp(value - max(logs)) / total for value in logs])


def test_a_bias_can_change_the_label() -> None:
    result = calibrate(prediction(0.6, 0.4), CalibrationConfig(bias={"b": 1.0}))
    assert result.label == "b"
    assert result.probs["b"] / result.probs["a"] == pytest.approx(math.e * 0.4 / 0.6)


def test_a_bias_can_bring_a_label_back_that_scored_nought() -> None:
    assert calibrate(prediction(1.0, 0.0), CalibrationConfig(bias={"b": 25.0})).label == "b"


@pytest.mark.parametrize(("score", "label"), [(0.7, None), (0.8, "a")])
def test_a_label_has_a_threshold_of_its_own(score: float, label: str | None) -> None:
    config = CalibrationConfig(threshold=0.1, thresholds={"a": 0.75, "b": 0.99})
    assert calibrate(prediction(score, 1 - score), config).label == label


def test_a_label_whose_own_threshold_is_one_never_is_the_answer() -> None:
    result = calibrate(prediction(1.0, 0.0), CalibrationConfig(thresholds={"a": 1.0}))
    assert (result.label, result.abstained, result.probs["a"]) == (None, True, 1.0)
    assert calibrate(prediction(1.0, 0.0), CalibrationConfig(thresholds={"b": 1.0})).label == "a"


def test_the_flag_is_scaled_before_its_threshold() -> None:
    config = CalibrationConfig(flag_temperature=2, flag_bias=1, flag_threshold=0.7)
    result = calibrate(prediction(1, 0, flags={"attributed": 0.5}), config)
    assert result.attributed_prob == pytest.approx(1 / (1 + math.exp(-1)))
    assert result.attributed is True
    assert result.flags == {"attributed": 0.5}


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_certain_flag_stays_a_probability(score: float) -> None:
    config = CalibrationConfig(flag_temperature=0.01, flag_bias=-3)
    assert calibrate(prediction(1, 0, flags={"attributed": score}), config).attributed_prob == pytest.approx(score)


class TestLabelSets:
    @pytest.mark.parametrize(
        ("quantile", "expected"), [(0.35, ("a",)), (0.75, ("a", "b")), (0.9, ("a", "b", "c")), (0.0, ("a",))]
    )
    def test_lac_keeps_what_is_probable_enough(self, quantile: float, expected: tuple[str, ...]) -> None:
        config = CalibrationConfig(conformal=ConformalConfig(alpha=0.1, quantile=quantile, method="lac"))
        assert calibrate(prediction(0.6, 0.3, 0.1), config).label_set == expected

    @pytest.mark.parametrize(("quantile", "expected"), [(0.5, ("b",)), (0.9, ("b", "c")), (1.0, ("b", "c", "a"))])
    def test_aps_adds_up_from_the_most_probable_on(self, quantile: float, expected: tuple[str, ...]) -> None:
        config = CalibrationConfig(conformal=ConformalConfig(alpha=0.1, quantile=quantile, method="aps"))
        assert calibrate(prediction(0.1, 0.6, 0.3), config).label_set == expected

    def test_an_abstained_sentence_has_one_too(self) -> None:
        config = CalibrationConfig(threshold=0.9, conformal=ConformalConfig(alpha=0.1, quantile=0.75))
        result = calibrate(prediction(0.6, 0.4), config)
        assert (result.label, result.label_set) == (None, ("a", "b"))

    @given(distributions, st.floats(0, 1), st.sampled_from(["lac", "aps"]))
    def test_holds_the_best_label_first(self, scores: list[float], quantile: float, method: str) -> None:
        conformal = ConformalConfig(alpha=0.1, quantile=quantile, method=method)  # type: ignore[arg-type]
        result = calibrate(prediction(*scores), CalibrationConfig(conformal=conformal))
        assert result.label_set
        assert result.label_set[0] == result.label
        assert len({*result.label_set}) == len(result.label_set)


def test_a_config_without_new_keys_dumps_as_it_always_did() -> None:
    """Fingerprints are made of dumps, and runs of earlier versions are to be resumed."""
    assert CalibrationConfig().model_dump() == {"temperature": 1.0, "threshold": 0.0, "flag_threshold": 0.5}
