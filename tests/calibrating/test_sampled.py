"""Gold that was sampled with unequal chances: a calibration is of the run that it was drawn from, not of the sample."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from composites import CLAIMS
from scored_rows import NAMES, tabled, world

from toolkit.calibrating import FitOptions, calibrate, fit, pool, scaling
from toolkit.calibrating.config import ConformalOptions
from toolkit.calibrating.measure import figures
from toolkit.calibrating.parameters import fit_scored
from toolkit.calibrating.scaling import mean_score_bias
from toolkit.calibrating.scored import Floats, Scored
from toolkit.calibrating.thresholds import conformal_quantile, f1_threshold, precision_threshold
from toolkit.calibrating.weights import fit_weights
from toolkit.calibration import calibrate as apply
from toolkit.calibration_config import CalibrationConfig
from toolkit.errors import ConfigError, InputError
from toolkit.evaluation.goldset import GoldRow, GoldSet
from toolkit.evaluation.schemes import LabelScheme
from toolkit.records import Prediction

PLAIN = CalibrationConfig()
DRAW = np.random.default_rng(5)
TIMES = DRAW.integers(1, 6, size=300)
"""How many sentences each row stands for."""


def weighted(rows: Scored, times: Any = TIMES) -> Scored:
    return replace(rows, weight=np.asarray(times, dtype=float) / np.mean(times))


def repeated(rows: Scored, times: Any = TIMES) -> Scored:
    return rows.take(np.repeat(np.arange(len(rows)), times))


def measured(rows: Scored, config: CalibrationConfig) -> dict[str, float]:
    return figures([apply(prediction, config) for prediction in rows.predictions], rows)


def by_label(run: Scored, each: int) -> Scored:
    """Equally many rows of each gold label, with what they stand for; the rows are drawn from one run."""
    places, times = [], []
    for name in NAMES:
        own = [place for place, label in enumerate(run.gold) if label == name]
        places += own[:each]
        times += [len(own) / each] * each
    return weighted(run.take(places), times)


@pytest.fixture
def no_prior(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Repeated rows would weigh more against it than weighted ones, which still are as many as they are."""
    monkeypatch.setattr(scaling, "PRIOR_VARIANCE", 1e12)
    return


class TestAsIfTheRowsWereRepeated:
    @pytest.mark.usefixtures("no_prior")
    @pytest.mark.parametrize("options", [FitOptions(), FitOptions(bias="none"), FitOptions(bias="batch")])
    def test_labels_and_flag(self, options: FitOptions) -> None:
        rows = world(300)
        once, often = (fit_scored(some, options, PLAIN) for some in (weighted(rows), repeated(rows)))
        for key in ("temperature", "flag_temperature", "flag_bias", "flag_threshold"):
            assert getattr(once, key) == pytest.approx(getattr(often, key), abs=2e-4)
        assert once.bias == pytest.approx(often.bias, abs=2e-4)
        assert fit_scored(rows, options, PLAIN).temperature != pytest.approx(once.temperature, abs=2e-3)

    def test_figures(self) -> None:
        rows = world(300)
        rows = replace(rows, attributed=[None, *rows.attributed[1:]])
        config = fit_scored(rows, FitOptions(precision=0.8, conformal=ConformalOptions()), PLAIN)
        once, often = measured(weighted(rows), config), measured(repeated(rows), config)
        # Bins of equal mass are of the rows as they are.
        assert {*once} == {*often} > {"labelled_share", "labelled_accuracy", "flag_f1", "set_coverage", "set_size"}
        for name in {*once} - {"ece", "flag_ece"}:
            assert once[name] == pytest.approx(often[name], abs=1e-4), name
        assert once != measured(rows, config)

    def test_mean_score(self) -> None:
        rows = world(300)
        assert mean_score_bias(rows.scores(), TIMES) == pytest.approx(mean_score_bias(repeated(rows).scores()))

    def test_weights_of_an_ensemble(self) -> None:
        probs = DRAW.dirichlet(np.full(4, 0.3), size=(300, 2))
        members = [[Prediction(probs=dict(zip(CLAIMS.names, p.tolist(), strict=True))) for p in row] for row in probs]
        members[7] = [members[7][0], Prediction()]  # a row that a member has no probabilities for
        gold = [CLAIMS.names[DRAW.choice(4, p=row.mean(axis=0))] for row in probs]
        rows = Scored([row[0] for row in members], gold, [None] * 300, ["d"] * 300, CLAIMS.names, members)
        assert fit_weights(weighted(rows)) == pytest.approx(fit_weights(repeated(rows)), abs=2e-3)

    def test_thresholds(self) -> None:
        probs = DRAW.random(300)
        right = DRAW.random(300) < probs
        places = np.repeat(np.arange(300), TIMES)
        for wanted in (0.6, 0.8, 0.9):
            found = precision_threshold(probs, right, wanted, TIMES / TIMES.mean())
            assert found == precision_threshold(probs[places], right[places], wanted)
        assert f1_threshold(probs, TIMES * 0.1) == pytest.approx(f1_threshold(probs[places]))


def test_one_heavy_answer_is_not_ten() -> None:
    probs, right = np.linspace(0.9, 0.5, 12), np.ones(12, dtype=bool)
    assert precision_threshold(probs, right, 0.9) == 0.0
    assert precision_threshold(probs, right, 0.9, np.array([100.0, *[1.0] * 11])) is None


def test_a_calibration_on_a_sample_by_label_helps_on_the_run() -> None:
    # Four in five sentences are facts. The backend knows that, and is too sure.
    knows = CalibrationConfig(temperature=0.6, bias={"fact": 6.0})
    worlds = [world(3000, seed=seed, temperature=1.0, bias=(5.0, 0.0, 0.0)) for seed in (1, 2)]
    run, fresh = (
        replace(one, predictions=[Prediction(scores=apply(p, knows).probs) for p in one.predictions]) for one in worlds
    )
    sample = by_label(run, 80)
    blind = replace(sample, weight=None)
    options = FitOptions(flag=False)
    fitted, harmful = (fit_scored(rows, options, PLAIN) for rows in (sample, blind))
    before, after, worse = (measured(fresh, config)["log_loss"] for config in (PLAIN, fitted, harmful))
    assert after < before - 0.1
    assert worse > before, "without weights the fit does harm, and the sample does not show it:"
    assert measured(blind, harmful)["log_loss"] < measured(blind, PLAIN)["log_loss"] - 0.05
    # Weighted figures of the sample are about those of the run.
    assert measured(sample, PLAIN)["log_loss"] == pytest.approx(before, abs=0.05)
    assert measured(sample, fitted)["log_loss"] == pytest.approx(after, abs=0.05)


def test_label_sets_cover_the_run() -> None:
    draw, covered = np.random.default_rng(3), []
    # Hard rows are one in five of the sample and nearly all of the run.
    hard = np.arange(60) < 12
    weight = np.where(hard, 16.0, 1.0)
    weight /= weight.mean()
    for _ in range(3000):
        quantile = conformal_quantile(np.where(hard, 0.5, 0.0) + draw.random(60) / 2, 0.2, weight)
        new = 0.5 * (draw.random() < 0.8) + draw.random() / 2
        covered.append(new <= quantile)
    assert np.mean(covered) > 0.79


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3])
def test_equal_weights_make_no_other_quantile(alpha: float) -> None:
    badness = DRAW.random(57)
    assert conformal_quantile(badness, alpha, np.ones(57)) == conformal_quantile(badness, alpha)


def test_a_new_row_that_could_outweigh_all_rules_nothing_out() -> None:
    assert conformal_quantile(np.linspace(0, 0.9, 50), 0.1, np.array([*[1.0] * 49, 20.0])) == 1.0


def test_weights_stay_with_their_rows() -> None:
    backend, rows = tabled(world(200))
    weight = np.arange(1.0, 201.0)
    del backend.answers[rows[5].text]
    kept = [place for place in range(200) if place != 5]
    fitted = fit(backend, rows, weight=weight)
    again = fit(backend, [rows[place] for place in kept], weight=weight[kept])
    assert (fitted.failed, fitted.calibration) == (1, again.calibration)
    assert fitted.calibration != fit(backend, rows).calibration
    with pytest.raises(ValueError, match="200 rows have 199 weights"):
        fit(backend, rows, weight=weight[1:])


def test_equal_weights_make_the_very_same_calibration() -> None:
    backend, rows = tabled(world(200))
    options = FitOptions(precision=0.8, conformal=ConformalOptions(alpha=0.2))
    assert fit(backend, rows, weight=np.ones(200), options=options) == fit(backend, rows, options=options)


def gold(name: str, *columns: dict[str, Any]) -> GoldSet:
    rows = [GoldRow(str(i), "d", f"Text {i}.", NAMES[0], columns=one) for i, one in enumerate(columns)]
    return GoldSet(name, "dev", rows, f"sha of {name}", LabelScheme("mine", NAMES))


def drawn(*weights: float | None, by: str = "label") -> list[dict[str, Any]]:
    return [{"sampled": by, "weight": weight} for weight in weights]


class TestPool:
    def test_weights_are_one_on_average_in_each_set(self) -> None:
        found = pool([gold("a", *drawn(1, 3)), gold("b", {}, {}, {}), gold("c", *drawn(10, 20, 30))])
        assert self.listed(found.weight) == [0.5, 1.5, 1, 1, 1, 0.5, 1, 1.5]
        assert [row.doc for row in found.rows] == ["a/d"] * 2 + ["b/d"] * 3 + ["c/d"] * 3
        assert found.digests == {"a": "sha of a", "b": "sha of b", "c": "sha of c"}
        assert [note.partition(": Sampled by label, and weighted")[0] for note in found.notes] == ["a", "c"]

    def test_unweighted_sets_have_no_weights(self) -> None:
        found = pool([gold("a", {}, {}), gold("b", *drawn(2, 2, by="random")), gold("c", {"weight": 7}, {"weight": 1})])
        assert (found.weight, found.notes) == (None, ())
        assert pool([]).weight is None

    def test_a_sample_that_cannot_be_weighted_is_told(self) -> None:
        found = pool([gold("a", *drawn(None, None, by="uncertain")), gold("b", *drawn(1, None))])
        assert found.weight is None
        assert found.notes[0].startswith("a: Sampled by uncertain: its figures are those of such sentences")
        assert found.notes[1].startswith("b: 1 of 2 rows have no weight, so none is used")

    def test_two_sets_of_one_name(self) -> None:
        with pytest.raises(ConfigError, match="Two gold sets are called 'a'"):
            pool([gold("a", {}), gold("b", {}), gold("a", {})])

    @staticmethod
    def listed(weight: Floats | None) -> list[float]:
        assert weight is not None
        return weight.tolist()


TEXTS = {
    "factual_claim": ("The council sold mill {} in 1985.", "Mill {} may have been sold by 1985."),
    "opinion": ("The sale of mill {} was a shabby deal.", "Somebody bought mill {} for a song."),
    "prediction": ("Mill {} will be rebuilt next year.", "They plan to open mill {} in May."),
    "rhetoric": ("Whose mill is number {}, after all?", "Mill {}, once more, with feeling!"),
}


def written(folder: Path, **columns: Any) -> Path:
    """A gold set with 20 rows of each label in 20 documents, and a calibration config beside it."""
    folder.mkdir(parents=True)
    rows = [
        {"id": f"{n}-{label}", "doc": f"d{n}", "text": forms[n % 2].format(n), "label": label, **columns}
        | ({"weight": 17 if label == "factual_claim" else 1} if columns.get("sampled") == "label" else {})
        for n in range(20)
        for label, forms in TEXTS.items()
    ]
    (folder / "dev.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def settings(path: Path, *gold: Path, **keys: Any) -> Path:
    path.write_text(json.dumps({"name": "c", "backend": "cues", "gold": [*map(str, gold)], "fit": {}, **keys}))
    return path


def test_calibrate_weights_what_was_sampled_by_label(tmp_path: Path) -> None:
    sampled, plain = written(tmp_path / "a" / "mills", sampled="label"), written(tmp_path / "b" / "mills")
    fitted, _ = calibrate(settings(tmp_path / "a.yaml", sampled), tmp_path / "a-out.yaml")
    blind, _ = calibrate(settings(tmp_path / "b.yaml", plain), tmp_path / "b-out.yaml")
    assert any("mills: Sampled by label, and weighted to be the run again" in note for note in fitted.notes)
    assert fitted.calibration.bias["factual_claim"] > blind.calibration.bias["factual_claim"] + 0.5
    assert fitted.calibration.fitted_on is not None
    figure = fitted.calibration.fitted_on.figures["log_loss"]
    assert figure.before is not None
    assert figure.after < figure.before


def test_calibrate_says_what_cannot_be_weighted(tmp_path: Path) -> None:
    mills = written(tmp_path / "mills", sampled="uncertain", weight=None)
    fitted, _ = calibrate(settings(tmp_path / "c.yaml", mills), tmp_path / "out.yaml")
    assert any(note.startswith("mills: Sampled by uncertain: its figures") for note in fitted.notes)


@pytest.mark.parametrize("weight", [0, -1, "2"])
def test_a_weight_that_is_none_stops_before_a_model_is_loaded(tmp_path: Path, weight: Any) -> None:
    (tmp_path / "b.yaml").write_text("kind: nli\nlabels: claims\nmodel: {folder: nowhere}\n")
    mills = written(tmp_path / "mills", sampled="document", weight=weight)
    with pytest.raises(InputError, match="was sampled, and its weight is"):
        calibrate(settings(tmp_path / "c.yaml", mills, backend="b.yaml"), tmp_path / "out.yaml")


def test_two_folders_of_one_name_stop_before_a_model_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("kind: nli\nlabels: claims\nmodel: {folder: nowhere}\n")
    folders = [written(tmp_path / name / "gold") for name in "ab"]
    with pytest.raises(ConfigError, match="Two gold sets are called 'gold'") as error:
        calibrate(settings(tmp_path / "c.yaml", *folders, backend="b.yaml"), tmp_path / "out.yaml")
    assert "name of its own" in error.value.hint
