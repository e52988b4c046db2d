from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import ROOT

from toolkit import Classifier
from toolkit.backends.base import load_config
from toolkit.backends.config import NliConfig, TfidfConfig
from toolkit.calibrating import calibrate, write_config
from toolkit.calibration_config import CalibrationConfig
from toolkit.config import read_yaml
from toolkit.errors import ConfigError, OutputError

GOLD = [str(ROOT / "eval" / name) for name in ("newsroom", "podium", "market-and-screen")]


def config(path: Path, **keys: object) -> Path:
    settings = {"name": "mine", "backend": "cues", "gold": GOLD, "fit": {"bias": "labels"}, **keys}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))
    return path


def test_what_is_written_answers_as_it_was_fitted(tmp_path: Path) -> None:
    fit = {"bias": "labels", "precision": 0.8, "conformal": {"alpha": 0.2, "method": "aps"}}
    fitted, written = calibrate(config(tmp_path / "c.yaml", fit=fit), tmp_path / "out.yaml")
    assert load_config(written)[0].calibration == fitted.calibration
    before, after = (Classifier.load(backend).classify(["It may rain tomorrow."])[0] for backend in ("cues", written))
    assert before.scores == after.scores
    assert before.probs != after.probs
    assert before.label_set is None
    assert after.label_set


def test_it_helps_on_documents_that_it_did_not_see(tmp_path: Path) -> None:
    fitted, _ = calibrate(config(tmp_path / "c.yaml"), tmp_path / "out.yaml")
    assert fitted.calibration.fitted_on is not None
    figure = fitted.calibration.fitted_on.figures["log_loss"]
    assert figure.before is not None
    assert figure.after < figure.before - 0.02


def test_says_what_it_was_fitted_on(tmp_path: Path) -> None:
    calibrate(config(tmp_path / "c.yaml"), tmp_path / "out.yaml")
    origin = read_yaml(tmp_path / "out.yaml")["calibration"]["fitted_on"]
    assert (origin["n"], origin["documents"], origin["backend"]) == (449, 22, "cues")
    assert {*origin["gold"]} == {"newsroom", "podium", "market-and-screen"}
    assert str(tmp_path) not in (tmp_path / "out.yaml").read_text()


def test_paths_lead_to_the_same_files_from_another_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "model").mkdir(parents=True)
    (tmp_path / "a" / "adapter").mkdir()
    (tmp_path / "a" / "l.yaml").write_text("name: l\nlabels: [{name: x}, {name: y}]\n")
    source = tmp_path / "a" / "b.yaml"
    source.write_text("kind: nli\nlabels: l.yaml\nmodel: {folder: model, adapter: adapter}\nmax_tokens: 64\n")
    target = tmp_path / "far" / "away" / "b.yaml"
    write_config(source, target, CalibrationConfig(temperature=2), name="far")
    old, new = load_config(source)[0], load_config(target)[0]
    assert isinstance(old, NliConfig)
    assert isinstance(new, NliConfig)
    assert new.model.folder is not None
    assert new.model.folder.resolve() == tmp_path / "a" / "model"
    assert Path(str(new.model.adapter)).resolve() == tmp_path / "a" / "adapter"
    assert (target.parent / new.labels).resolve() == tmp_path / "a" / "l.yaml"
    assert (new.max_tokens, new.name, new.calibration.temperature) == (64, "far", 2)


def test_data_leads_to_the_same_files_from_another_folder(tmp_path: Path) -> None:
    source = ROOT / "configs/backends/tfidf.yaml"
    write_config(source, tmp_path / "far" / "t.yaml", CalibrationConfig(), name="t")
    old, new = load_config(source)[0], load_config(tmp_path / "far" / "t.yaml")[0]
    assert isinstance(old, TfidfConfig)
    assert isinstance(new, TfidfConfig)
    assert [path.resolve(strict=True) for path in new.data] == [path.resolve() for path in old.data]


def test_shipped_names_stay_names(tmp_path: Path) -> None:
    write_config(ROOT / "configs/backends/embedded.yaml", tmp_path / "e.yaml", CalibrationConfig(), name="e")
    old, new = (read_yaml(path) for path in (ROOT / "configs/backends/embedded.yaml", tmp_path / "e.yaml"))
    assert {**new, "name": "embedded"} == {**old, "calibration": {}}


def test_a_calibration_may_be_written_again_and_nothing_else_is_written_over(tmp_path: Path) -> None:
    settings = config(tmp_path / "c.yaml")
    calibrate(settings, tmp_path / "out.yaml")
    calibrate(settings, tmp_path / "out.yaml")
    (tmp_path / "b.yaml").write_text("kind: cues\n")
    with pytest.raises(OutputError, match="no calibrated config"):
        calibrate(settings, tmp_path / "b.yaml")
    with pytest.raises(OutputError, match="no calibrated config"):
        calibrate(settings, settings)


def test_without_labels_or_gold(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("The mill burnt down in 1911. It will be rebuilt next year. What a loss!")
    fit = {"bias": "batch", "temperature": False, "flag": False}
    fitted, _ = calibrate(config(tmp_path / "c.yaml", gold=[], text=["t.txt"], fit=fit), tmp_path / "out.yaml")
    assert {*fitted.calibration.bias} == {"factual_claim", "opinion", "prediction", "rhetoric"}
    origin = read_yaml(tmp_path / "out.yaml")["calibration"]["fitted_on"]
    assert len(origin["text"]) == 64
    assert "figures" not in origin


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"gold": []}, "gold is missing"),
        ({"fit": {"bias": "none", "temperature": False, "flag": False}}, "there is nothing to fit"),
        ({"text": ["t.txt"]}, "text is for `bias: batch` alone"),
        ({"gold": [], "fit": {"bias": "batch", "temperature": False, "flag": False}}, "needs text or gold"),
        ({"fit": {"bias": "label"}}, "fit.bias"),
        ({"backend": "cuse"}, "Unknown backend 'cuse'. Did you mean cues?"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        calibrate(config(tmp_path / "c.yaml", **keys), tmp_path / "out.yaml")
    assert said in error.value.message
