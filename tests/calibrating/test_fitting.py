from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scored_rows import NAMES, tabled, world

from toolkit.calibrating import FitOptions, fit
from toolkit.calibrating.config import ConformalOptions
from toolkit.calibrating.measure import figures
from toolkit.calibrating.parameters import fit_scored, halves
from toolkit.calibrating.scored import Scored
from toolkit.calibration import NEVER, calibrate
from toolkit.calibration_config import CalibrationConfig, ConformalConfig
from toolkit.errors import ConfigError
from toolkit.records import Failure, Prediction

PLAIN = CalibrationConfig()
ONLY_BATCH = FitOptions(bias="batch", temperature=False, flag=False)


def apply(rows: Scored, config: CalibrationConfig) -> list[Prediction]:
    return [calibrate(prediction, config) for prediction in rows.predictions]


class TestFit:
    def test_four_hundred_rows_come_close_to_the_truth_on_new_rows(self) -> None:
        fitted = fit_scored(world(400, seed=1), FitOptions(), PLAIN)
        fresh = world(5000, seed=2)
        truth = CalibrationConfig(
            temperature=2.0, bias=dict(zip(NAMES, (1, 0, -1), strict=True)), flag_temperature=2.0, flag_bias=-1.0
        )
        before, after, best = (figures(apply(fresh, config), fresh) for config in (PLAIN, fitted, truth))
        for name in ("log_loss", "flag_log_loss"):
            assert after[name] - best[name] < 0.02 < 0.1 < before[name] - best[name]
        assert after["ece"] < 0.03 < before["ece"]
        assert after["flag_f1"] > best["flag_f1"] - 0.02

    def test_figures_are_those_of_held_out_rows(self) -> None:
        backend, rows = tabled(world(400, seed=1))
        origin = fit(backend, rows).calibration.fitted_on
        assert origin is not None
        assert (origin.n, origin.documents, origin.folds, origin.labels) == (400, 40, 5, NAMES)
        fresh = world(5000, seed=2)
        after = figures(apply(fresh, fit(backend, rows).calibration), fresh)
        for name in ("log_loss", "accuracy", "flag_log_loss"):
            assert origin.figures[name].after == pytest.approx(after[name], abs=0.06)
            assert origin.figures[name].before != origin.figures[name].after

    def test_the_same_twice(self) -> None:
        backend, rows = tabled(world(200))
        options = FitOptions(conformal=ConformalOptions(), precision=0.9)
        assert fit(backend, rows, options=options) == fit(backend, rows, options=options)

    def test_failures_are_left_out_and_counted(self) -> None:
        backend, rows = tabled(world(200))
        del backend.answers[rows[5].text]
        fitted = fit(backend, rows)
        assert fitted.failed == 1
        assert fitted.calibration.fitted_on is not None
        assert fitted.calibration.fitted_on.n == 199

    def test_nothing_but_failures(self) -> None:
        backend, rows = tabled(world(20))
        backend.answers.clear()
        with pytest.raises(ConfigError, match="answered none"):
            fit(backend, rows)

    def test_the_flag_is_left_alone_where_gold_does_not_tell_it(self) -> None:
        rows = world(200)
        silent = Scored(rows.predictions, rows.gold, [None] * 200, rows.documents, NAMES)
        backend, gold = tabled(silent)
        fitted = fit(backend, gold)
        assert (fitted.calibration.flag_temperature, fitted.calibration.flag_threshold) == (1.0, 0.5)
        assert any("flag was left alone" in note for note in fitted.notes)

    @pytest.mark.parametrize(
        ("documents", "options", "said"),
        [(1, FitOptions(), "1 document, and"), (3, FitOptions(conformal=ConformalOptions()), "3 documents, and")],
    )
    def test_too_few_documents(self, documents: int, options: FitOptions, said: str) -> None:
        backend, rows = tabled(world(50, documents=documents))
        with pytest.raises(ConfigError, match=said):
            fit(backend, rows, options=options)
        assert not backend.history

    def test_a_label_without_rows(self) -> None:
        backend, rows = tabled(world(50))
        with pytest.raises(ConfigError, match="No gold row is plea"):
            fit(backend, [row for row in rows if row.label != "plea"])

    def test_a_label_without_rows_in_the_half_that_is_fitted(self) -> None:
        backend, rows = tabled(world(80, documents=8))
        kept = {rows[place].doc for place in halves([row.doc for row in rows], 0)[1]}
        rows = [replace(row, label="fact") if row.label == "plea" and row.doc not in kept else row for row in rows]
        with pytest.raises(ConfigError, match="No gold row is plea in the half"):
            fit(backend, rows, options=FitOptions(conformal=ConformalOptions()))
        assert not backend.history
        assert fit(backend, rows).calibration.bias

    def test_documents_lost_to_failures(self) -> None:
        backend, rows = tabled(world(40, documents=2))
        for row in rows:
            if row.doc == "d1":
                backend.answers[row.text] = Prediction(failure=Failure("timeout", "late"))
        with pytest.raises(ConfigError, match="1 document"):
            fit(backend, rows)


class TestWithoutLabels:
    def test_batch_takes_the_mean_over_the_text(self) -> None:
        backend, rows = tabled(world(300, bias=(0, 0, 0), temperature=1.0))
        skewed = {
            text: Prediction(scores={"fact": s["fact"] * 0.5 + 0.5, "view": s["view"] * 0.5, "plea": s["plea"] * 0.5})
            for text, s in ((text, answer.scores) for text, answer in backend.answers.items())
        }
        backend.answers = skewed
        bias = fit(backend, [], options=ONLY_BATCH, texts=[row.text for row in rows]).calibration.bias
        means = np.mean([[answer.scores[name] for name in NAMES] for answer in skewed.values()], axis=0)
        assert bias["view"] - bias["fact"] == pytest.approx(np.log(means[0] / means[1]), abs=1e-4)

    def test_batch_without_text_takes_the_gold_sentences_and_not_their_labels(self) -> None:
        backend, rows = tabled(world(300))
        swapped = [type(row)(row.id, row.doc, row.text, NAMES[(NAMES.index(row.label) + 1) % 3]) for row in rows]
        assert (
            fit(backend, rows, options=ONLY_BATCH).calibration.bias
            == fit(backend, swapped, options=ONLY_BATCH).calibration.bias
            != {}
        )

    def test_content_free_premises(self) -> None:
        backend, _ = tabled(world(10))
        answer = Prediction(scores={"fact": 0.7, "view": 0.2, "plea": 0.1})
        backend.answers = {"N/A": answer, "[MASK]": answer}  # the empty text fails, and is left out
        options = FitOptions(bias="content_free", temperature=False, flag=False)
        calibration = fit(backend, [], options=options).calibration
        assert calibrate(answer, calibration).probs == pytest.approx(dict.fromkeys(NAMES, 1 / 3), abs=1e-4)
        assert backend.history == ["N/A", "[MASK]", ""]

    def test_a_temperature_keeps_the_order_that_the_bias_gave(self) -> None:
        backend, rows = tabled(world(300))
        alone = fit(backend, rows, options=ONLY_BATCH).calibration
        both = fit(backend, rows, options=FitOptions(bias="batch", flag=False)).calibration
        assert both.temperature != 1.0
        labels = [[calibrate(answer, c).label for answer in backend.answers.values()] for c in (alone, both)]
        assert labels[0] == labels[1]


class TestWhatIsKept:
    def test_only_the_temperature(self) -> None:
        start = CalibrationConfig(temperature=1.5, bias={"fact": 0.5}, threshold=0.4, flag_threshold=0.7)
        found = fit_scored(world(400), FitOptions(bias="none", flag=False), start)
        assert (found.threshold, found.flag_threshold, found.flag_bias) == (0.4, 0.7, 0.0)
        # The bias shrinks with the log-scores, so that labels stay as they are.
        assert found.bias["fact"] * found.temperature == pytest.approx(0.5 * 1.5, rel=1e-4)

    def test_only_the_flag(self) -> None:
        start = CalibrationConfig(temperature=1.5, bias={"fact": 0.5})
        found = fit_scored(world(400), FitOptions(bias="none", temperature=False), start)
        assert (found.temperature, found.bias) == (1.5, {"fact": 0.5})
        assert found.flag_temperature == pytest.approx(2, rel=0.3)

    def test_an_old_quantile_does_not_outlive_its_probabilities(self) -> None:
        backend, rows = tabled(world(100))
        old = CalibrationConfig(conformal=ConformalConfig(alpha=0.1, quantile=0.5))
        backend.config = backend.config.model_copy(update={"calibration": old})
        assert fit(backend, rows).calibration.conformal is None


class TestPrecision:
    def test_thresholds_keep_what_they_promise_on_new_rows(self) -> None:
        found = fit_scored(world(2000), FitOptions(precision=0.8), PLAIN)
        fresh = world(5000, seed=9)
        given = [(a.label, g) for a, g in zip(apply(fresh, found), fresh.gold, strict=True) if a.label]
        for name in NAMES:
            right = [label == gold for label, gold in given if label == name]
            assert np.mean(right) > 0.77
        assert len(given) > 2000

    def test_a_precision_out_of_reach_is_told(self) -> None:
        scores = {"fact": 0.4, "view": 0.3, "plea": 0.3}
        flat = world(60)
        backend, rows = tabled(Scored([Prediction(scores=scores)] * 60, flat.gold, [None] * 60, flat.documents, NAMES))
        fitted = fit(backend, rows, options=FitOptions(precision=0.99))
        assert NEVER in fitted.calibration.thresholds.values()
        assert any("99% of the time" in note for note in fitted.notes)

    def test_a_certain_label_that_is_often_wrong_abstains(self) -> None:
        backend, rows = tabled(self.certain([1.0] * 20, right=10))
        fitted = fit(backend, rows, options=self.ONLY)
        assert fitted.calibration.thresholds["fact"] == NEVER
        assert calibrate(backend.answers[rows[0].text], fitted.calibration).label is None

    def test_a_threshold_just_below_one_is_not_rounded_to_never(self) -> None:
        rows = self.certain([1.0] * 10 + [1 - 1e-7] * 10, right=10)
        found = fit_scored(rows, self.ONLY, PLAIN)
        assert [answer.label for answer in apply(rows, found)] == ["fact"] * 10 + [None] * 10

    ONLY = FitOptions(bias="none", temperature=False, flag=False, precision=0.9)

    @staticmethod
    def certain(probs: list[float], *, right: int) -> Scored:
        """Rows that are answered "fact", of which the first so many are right."""
        answers = [Prediction(scores={"fact": p, "view": 1 - p, "plea": 0.0}) for p in probs]
        gold = ["fact"] * right + ["view"] * (len(probs) - right)
        return Scored(answers, gold, [None] * len(probs), [f"d{i % 4}" for i in range(len(probs))], NAMES)


@pytest.mark.parametrize("method", ["lac", "aps"])
def test_label_sets_cover_new_rows(method: str) -> None:
    covered, sizes = [], []
    for seed in range(12):
        options = FitOptions(conformal=ConformalOptions(alpha=0.1, method=method), seed=seed)  # type: ignore[arg-type]
        found = fit_scored(world(300, seed=seed, documents=300), options, PLAIN)
        fresh = world(1000, seed=1000 + seed)
        sets = [answer.label_set or () for answer in apply(fresh, found)]
        covered.append(np.mean([gold in own for gold, own in zip(fresh.gold, sets, strict=True)]))
        sizes.append(np.mean([len(own) for own in sets]))
    # About 150 rows make each quantile, so one coverage varies by some 2.5 points and their mean by 0.7.
    assert np.mean(covered) > 0.885
    assert np.mean(sizes) < 2.5


def test_the_quantile_is_of_documents_that_nothing_else_was_fitted_on() -> None:
    rows = world(200, documents=8)
    options = FitOptions(conformal=ConformalOptions())
    found = fit_scored(rows, options, PLAIN)
    alone = [
        fit_scored(rows.take(i for i, d in enumerate(rows.documents) if d in seen), FitOptions(), PLAIN)
        for seen in combinations(sorted({*rows.documents}), 4)
    ]
    assert any((one.temperature, one.bias) == (found.temperature, found.bias) for one in alone)
