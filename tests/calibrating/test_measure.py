from __future__ import annotations

import numpy as np
import pytest
from scored_rows import NAMES, world

from toolkit.calibrating.measure import SHOWN, Answer, calibration_error, cross_validate, figures
from toolkit.calibrating.scored import Scored
from toolkit.calibration import calibrate
from toolkit.calibration_config import CalibrationConfig
from toolkit.evaluation.probabilities import Ece
from toolkit.records import Prediction


def as_they_are(rows: Scored) -> list[Prediction]:
    return [calibrate(prediction, CalibrationConfig()) for prediction in rows.predictions]


def test_calibration_error_of_a_known_case() -> None:
    probs = np.array([0.2, 0.2, 0.9, 0.9])
    right = np.array([False, True, True, True])
    assert calibration_error(probs, right) == pytest.approx((0.3 + 0.1) / 2)


def test_calibration_error_is_that_of_evaluate_in_any_order_of_the_rows() -> None:
    draw = np.random.default_rng(0)
    probs = np.round(draw.random(95), 1)
    right = draw.random(95) < probs
    evaluated = Ece(probs, right, np.arange(95))(np.ones((1, 95)))[0]
    for order in (np.arange(95), np.lexsort((right, probs)), draw.permutation(95)):
        assert calibration_error(probs[order], right[order]) == pytest.approx(evaluated)


def test_calibration_error_tells_true_probabilities_from_false_ones() -> None:
    draw = np.random.default_rng(0)
    probs = draw.random(20_000)
    right = draw.random(20_000) < probs
    assert calibration_error(probs, right) < 0.02
    assert calibration_error(probs**2, right) > 0.1


def test_figures_of_a_known_case() -> None:
    def answer(label: str, prob: float, said: float) -> Prediction:
        rest = (1 - prob) / 2
        scores = {name: prob if name == label else rest for name in NAMES}
        return calibrate(Prediction(scores=scores, flags={"attributed": said}), CalibrationConfig(threshold=0.6))

    answers = [answer("fact", 0.8, 0.9), answer("view", 0.5, 0.8), answer("plea", 0.8, 0.1), answer("fact", 0.8, 0.2)]
    rows = Scored(answers, ["fact", "view", "plea", "view"], [True, False, False, False], list("abcd"), NAMES)
    found = figures(answers, rows)
    assert found["log_loss"] == pytest.approx(-np.log([0.8, 0.5, 0.8, 0.1]).mean(), abs=1e-4)
    assert found["accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx(np.mean([2 / 3, 2 / 3, 1]), abs=1e-4)
    assert (found["labelled_share"], found["labelled_accuracy"]) == (0.75, pytest.approx(2 / 3, abs=1e-4))
    assert found["flag_f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert {*found} <= {*SHOWN}


def test_no_row_is_answered_by_a_fit_that_saw_its_document() -> None:
    rows = world(120, documents=11)
    parts: list[set[str]] = []

    def refit(part: Scored) -> Answer:
        parts.append({*part.documents})
        return as_they_are

    cross_validate(rows, refit, CalibrationConfig(), folds=5, seed=0)
    unseen = [{*rows.documents} - part for part in parts]
    assert len(unseen) == 5
    assert sorted(document for part in unseen for document in part) == sorted({*rows.documents})


def test_fewer_documents_than_folds() -> None:
    parts: list[int] = []

    def refit(part: Scored) -> Answer:
        parts.append(len({*part.documents}))
        return as_they_are

    found = cross_validate(world(30, documents=3), refit, CalibrationConfig(), folds=5, seed=0)
    assert parts == [2, 2, 2]
    assert all(figure.before == figure.after for figure in found.values())
