"""Weights of an ensemble: that they are the right ones, that figures come from unseen documents, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from composites import CLAIMS, Fake, ensemble, failed, member, said, sure
from support import ROOT

from toolkit.backends.base import load_backend, load_config
from toolkit.backends.composite_config import EnsembleConfig
from toolkit.calibrating import FitOptions, calibrate, fit
from toolkit.calibrating.scored import Scored
from toolkit.calibrating.weights import fit_weights
from toolkit.errors import ConfigError
from toolkit.evaluation.goldset import GoldRow
from toolkit.records import Prediction

ALONE = {"bias": "none", "temperature": False, "flag": False, "weights": True}
GOLD = [str(ROOT / "eval" / name) for name in ("newsroom", "podium", "market-and-screen")]


def world(n: int, truth: tuple[float, ...], *, seed: int = 0) -> Scored:
    """Rows whose labels are drawn from the members' probabilities, mixed by the true weights."""
    draw = np.random.default_rng(seed)
    probs = draw.dirichlet(np.full(len(CLAIMS.names), 0.3), size=(n, len(truth)))
    gold = [CLAIMS.names[draw.choice(len(CLAIMS.names), p=np.array(truth) @ row)] for row in probs]
    members = [[answer(one) for one in row] for row in probs]
    return Scored(
        [row[0] for row in members], gold, [None] * n, [f"d{i % 20}" for i in range(n)], CLAIMS.names, members
    )


def answer(probs: np.ndarray) -> Prediction:
    return Prediction(probs=dict(zip(CLAIMS.names, probs.tolist(), strict=True)))


@pytest.mark.parametrize("truth", [(0.7, 0.3), (0.5, 0.5), (1.0, 0.0), (0.2, 0.5, 0.3)])
def test_finds_the_weights_that_labels_were_drawn_with(truth: tuple[float, ...]) -> None:
    found = fit_weights(world(4000, truth))
    assert found == pytest.approx(truth, abs=0.04)
    assert sum(found) == pytest.approx(1, abs=1e-12)
    assert min(found) >= 0


def test_no_other_weights_have_a_lower_log_loss() -> None:
    rows = world(300, (0.6, 0.4), seed=1)
    right = np.array([[one.probs[label] for one in row] for row, label in zip(rows.members, rows.gold, strict=True)])

    def loss(first: float) -> float:
        return float(-np.log(right @ [first, 1 - first]).mean())

    best = min(np.linspace(0.001, 0.999, 999), key=loss)
    assert fit_weights(rows)[0] == pytest.approx(best, abs=0.002)


def test_rows_that_a_member_failed_on_tell_nothing() -> None:
    rows = world(1000, (0.8, 0.2))
    holes = [*rows.members[:500], *([row[0], failed()] for row in rows.members[500:])]
    some = Scored(rows.predictions, rows.gold, rows.attributed, rows.documents, rows.names, holes)
    assert fit_weights(some) == fit_weights(rows.take(range(500)))
    none = Scored(rows.predictions, rows.gold, rows.attributed, rows.documents, rows.names, [holes[-1]] * 1000)
    assert fit_weights(none) == (0.5, 0.5)


def gold(n: int = 40) -> list[GoldRow]:
    """Labels in turn, so that no member can know one from the others."""
    return [GoldRow(str(i), f"d{i % 8}", f"Sentence {i}.", CLAIMS.names[i % 4], None) for i in range(n)]


def test_the_better_member_gets_the_weight_and_the_figures_are_cross_fitted() -> None:
    rows = gold()
    good = Fake(member("good"), {row.text: sure(row.label, 0.7) for row in rows})
    bad = Fake(member("bad"), {row.text: sure("opinion", 0.9) for row in rows})
    backend = ensemble(good, bad, method="weighted")
    fitted = fit(backend, rows, options=FitOptions(**ALONE))
    assert fitted.weights is not None
    assert fitted.weights[0] > 0.9
    assert fitted.notes[0].startswith("Weights: good ")
    assert fitted.calibration.fitted_on is not None
    figures = fitted.calibration.fitted_on.figures
    assert figures["accuracy"].after == 1.0
    assert figures["log_loss"].before is not None
    assert figures["log_loss"].after < figures["log_loss"].before
    assert [len(one.asked) for one in (good, bad)] == [40, 40], "each member is asked once"


def test_a_calibration_is_fitted_on_the_weighted_mean() -> None:
    rows = gold()
    members = [Fake(member(name), {row.text: sure(row.label, 0.5) for row in rows}) for name in "ab"]
    fitted = fit(ensemble(*members, method="weighted"), rows, options=FitOptions(weights=True, flag=False))
    assert fitted.calibration.temperature < 1, "always right and never sure: it was too modest"


def test_what_is_written_is_an_ensemble_with_its_weights(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    settings: dict[str, Any] = {"kind": "ensemble", "method": "weighted", "members": ["cues", "m.yaml"]}
    (tmp_path / "in" / "e.yaml").write_text(json.dumps(settings))
    (tmp_path / "in" / "m.yaml").write_text("kind: majority\nlabel: factual_claim\n")
    config = {"name": "mine", "backend": "in/e.yaml", "gold": GOLD, "fit": ALONE}
    (tmp_path / "c.yaml").write_text(json.dumps(config))
    fitted, written = calibrate(tmp_path / "c.yaml", tmp_path / "out" / "mine.yaml")
    found = load_config(written)[0]
    assert isinstance(found, EnsembleConfig)
    assert found.weights == fitted.weights
    assert [one.name for one in found.members] == ["cues", "m"]
    assert load_backend(written).config.name == "mine"
    assert str(tmp_path) not in written.read_text()


@pytest.mark.parametrize("backend", ["cues", {"kind": "ensemble", "method": "mean", "members": ["cues", "majority"]}])
def test_what_has_no_weights(tmp_path: Path, backend: Any) -> None:
    if isinstance(backend, dict):
        (tmp_path / "e.yaml").write_text(json.dumps(backend))
        backend = "e.yaml"
    (tmp_path / "c.yaml").write_text(json.dumps({"name": "c", "backend": backend, "gold": GOLD, "fit": ALONE}))
    with pytest.raises(ConfigError, match="has no weights to fit"):
        calibrate(tmp_path / "c.yaml", tmp_path / "o.yaml")
    with pytest.raises(ConfigError, match="has no weights to fit"):
        fit(load_backend("cues"), gold(), options=FitOptions(**ALONE))


def test_labels_without_probabilities_cannot_be_calibrated() -> None:
    rows = gold()
    mute = Fake(member("mute"), {row.text: said(row.label) for row in rows})
    with pytest.raises(ConfigError, match="tells labels without probabilities"):
        fit(mute, rows, options=FitOptions())
