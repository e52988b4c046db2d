from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.backends.base import load_config
from toolkit.config import load, read_yaml
from toolkit.errors import ConfigError
from toolkit.evaluation.config import EvaluateConfig
from toolkit.registry import BACKENDS
from toolkit.training.save import load_train_config

KINDS = ", ".join(BACKENDS)


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("kind: cues\nname: [\n", "is not valid YAML: line 3: "),
        ("kind: cues\nkind: cues\n", 'is not valid YAML: line 2: found duplicate key "kind"'),
        ("name: 2024-13-45\n", "is not valid YAML: month must be in 1..12"),
        ("a: *nowhere\n", "is not valid YAML: line 1: found undefined alias"),
        ("a: !python/name:os.system\n", "is not valid YAML: line 1: "),
        ("a: 1\n---\nb: 2\n", "is not valid YAML: line 2: "),
        ("a: \x07\n", "is not valid YAML"),
        ("[" * 800, "is not valid YAML"),
        ("- cues\n", "does not hold a mapping"),
        ("", "does not hold a mapping"),
        (b"name: \xff\n", "cannot be read"),
    ],
)
def test_a_file_that_is_no_config(tmp_path: Path, data: str | bytes, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_yaml(write(tmp_path / "c.yaml", data))
    assert said in error.value.message
    assert "c.yaml" in error.value.message
    assert "\n" not in error.value.message
    assert error.value.hint


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        read_yaml(tmp_path)


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path: Path) -> None:
    assert read_yaml(write(tmp_path / "c.yaml", "\ufeffname: a\n")) == {"name": "a"}


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("kind: cues\nlabel: x\n", "cannot be used: label: this key is not known."),
        ("kind: cuse\n", f"'cuse' is none of the kinds {KINDS}; did you mean cues?"),
        ("kind: gpt\n", f"'gpt' is none of the kinds {KINDS}."),
        ("kind: [cues]\n", "is none of the kinds"),
        ("name: x\n", "the key 'kind' is missing."),
        ("kind: majority\n", "label: this key is missing."),
        (
            "kind: cues\ncalibration: {temperature: 0}\n",
            "calibration.temperature: input should be greater than 0, not 0",
        ),
        ("kind: cues\ncalibration: {temperature: .inf}\n", "calibration.temperature"),
        ("kind: cues\ncalibration: {temperature: .nan}\n", "calibration.temperature"),
        ("kind: cues\ncalibration: {threshold: 1.1}\n", "calibration.threshold"),
        ("kind: cues\ncalibration: {threshold: high}\n", "not 'high'"),
        ("kind: cues\n1: 2\n", "keys should be strings"),
        ("kind: majority\nlable: x\nnmae: y\n", "label: this key is missing; lable: this key is not known; nmae"),
    ],
)
def test_a_backend_that_cannot_be_used(tmp_path: Path, yaml: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(write(tmp_path / "c.yaml", yaml))
    assert said in error.value.message
    assert "c.yaml" in error.value.message
    assert "\n" not in error.value.message


def test_a_config_cannot_be_changed(tmp_path: Path) -> None:
    config, _ = load_config(write(tmp_path / "c.yaml", "kind: cues\n"))
    with pytest.raises(ValueError, match="frozen"):
        config.name = "other"


@pytest.mark.parametrize("reference", ["data/a.csv", "../here/data/a.csv", "{}/data/a.csv", "~/here/data/a.csv"])
def test_paths_start_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
    home = tmp_path / "here"
    (home / "data").mkdir(parents=True)
    (home / "data" / "a.csv").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir("/")
    place = reference.format(home)
    evaluation = write(home / "e.yaml", f"name: x\ngold: ['{place}']\nbackends: [cues]\n")
    training = write(home / "t.yaml", f"kind: nli\nname: x\ndata: ['{place}']\nbackbone: {{hub: a/b}}\n")
    found = [*(entry.path for entry in load(evaluation, EvaluateConfig).gold), *load_train_config(training).data]
    assert [path.resolve() for path in found] == [home / "data" / "a.csv"] * 2


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("gold: [~no-such-user/x]", "gold.0.path: Could not determine home directory"),
        ("gold: []", "gold: at least 1 needed, not 0"),
        ("gold: [a]\nbackends: [cues, cues]", "cues is there twice"),
        ("gold: [a]\nsplit: train", "split"),
        ("gold: [a]\nresamples: 10", "resamples: input should be greater than or equal to 100, not 10"),
    ],
)
def test_an_evaluation_that_cannot_be_used(tmp_path: Path, yaml: str, said: str) -> None:
    text = f"name: x\n{yaml}\n" + ("" if "backends" in yaml else "backends: [cues]\n")
    with pytest.raises(ConfigError) as error:
        load(write(tmp_path / "e.yaml", text), EvaluateConfig)
    assert said in error.value.message


def test_training_starts_from_a_bare_backbone(tmp_path: Path) -> None:
    yaml = "kind: nli\nname: x\ndata: [a.csv]\nbackbone: {hub: a/b, adapter: claim-nli-minilm}\n"
    with pytest.raises(ConfigError, match="backbone: training starts from a backbone without an adapter"):
        load_train_config(write(tmp_path / "t.yaml", yaml))
