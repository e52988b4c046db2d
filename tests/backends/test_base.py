from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.backends.base import load_backend, load_config
from toolkit.backends.config import BackendBase, CuesConfig
from toolkit.calibration_config import CalibrationConfig
from toolkit.errors import ConfigError, UnknownNameError
from toolkit.labels import load_labels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text("kind: majority\nlabel: no\nlabels: labels.yaml\n")
    (tmp_path / "labels.yaml").write_text("name: x\nlabels: [{name: yes}, {name: no}]\n")
    return tmp_path


def test_a_shipped_name() -> None:
    assert load_backend("cues").config.name == "cues"


def test_a_path_whose_labels_start_from_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert load_backend(folder / "mine.yaml").labels.names == ("yes", "no")


def test_a_path_that_starts_from_a_folder(folder: Path) -> None:
    assert load_backend("mine.yaml", base=folder).labels.names == ("yes", "no")


def test_a_path_does_not_start_from_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(UnknownNameError):
        load_backend("mine.yaml", base=folder / "other")


@pytest.mark.parametrize("labels", ["claims", load_labels("claims")])
def test_other_labels(labels: str) -> None:
    assert load_backend(CuesConfig(kind="cues", labels="none.yaml"), labels=labels).labels.name == "claims"


def test_a_file_names_its_backend(folder: Path) -> None:
    assert load_config(folder / "mine.yaml")[0].name == "mine"


def test_a_config_object_without_a_name_goes_by_its_kind() -> None:
    assert load_backend(CuesConfig(kind="cues")).config.name == "cues"


def test_a_name_of_its_own_stays() -> None:
    assert load_backend(CuesConfig(kind="cues", name="rules")).config.name == "rules"


@pytest.mark.parametrize(
    ("reference", "said"),
    [("cuse", "Did you mean cues"), ("embeded", "embedded"), ("x.yaml", "'x.yaml'"), ("", "''"), ("a" * 999, "aaa")],
)
def test_an_unknown_name(reference: str, said: str) -> None:
    with pytest.raises(UnknownNameError, match=said) as error:
        load_backend(reference)
    assert "embedded" in error.value.hint


def test_a_home_that_is_not_there() -> None:
    with pytest.raises(UnknownNameError):
        load_backend("~nobody-of-that-name/x.yaml")


def test_a_config_of_no_kind() -> None:
    with pytest.raises(UnknownNameError, match="backend kind"):
        load_backend(BackendBase())


FITTED = "fitted_on: {claimkit: 0.1.0, backend: cues, label_set: claims x, labels: [%s]}"
NAMES = "factual_claim, opinion, prediction, rhetoric"


def test_a_calibration_for_other_labels_is_dropped_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    calibration = f"{{temperature: 2, bias: {{yes: 1}}, {FITTED % 'yes, no'}}}"
    (tmp_path / "b.yaml").write_text(f"kind: scripted\ndefault: opinion\ncalibration: {calibration}\n")
    assert load_backend(tmp_path / "b.yaml").config.calibration == CalibrationConfig()
    assert "calibrated for other labels" in caplog.text


def test_a_calibration_for_these_labels_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "b.yaml").write_text(f"kind: cues\ncalibration: {{temperature: 2, {FITTED % NAMES}}}\n")
    assert load_backend(tmp_path / "b.yaml", labels="claims").config.calibration.temperature == 2
    assert not caplog.text


def test_a_calibration_goes_by_names_and_not_by_their_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    turned = ", ".join(reversed(NAMES.split(", ")))
    calibration = f"{{bias: {{opinion: 1}}, {FITTED % turned}}}"
    (tmp_path / "b.yaml").write_text(f"kind: cues\ncalibration: {calibration}\n")
    assert load_backend(tmp_path / "b.yaml", labels="claims").config.calibration.bias == {"opinion": 1}
    assert not caplog.text


@pytest.mark.parametrize("key", ["bias", "thresholds"])
def test_a_calibration_by_hand_names_labels_that_there_are(tmp_path: Path, key: str) -> None:
    (tmp_path / "b.yaml").write_text(f"kind: cues\ncalibration: {{{key}: {{opinon: 0.5}}}}\n")
    with pytest.raises(ConfigError, match="names opinon, which 'claims' does not have"):
        load_backend(tmp_path / "b.yaml")
