from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.backends.base import load_backend, load_config
from toolkit.backends.config import BackendBase, CuesConfig
from toolkit.errors import UnknownNameError
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
