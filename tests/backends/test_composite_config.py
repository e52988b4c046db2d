"""Members: how configs name them, what cannot be put together, and what a fingerprint knows of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tiny import save_bert

from toolkit import Classifier
from toolkit.annotate.manifest import fingerprint, settings_of
from toolkit.backends.base import load_backend, load_config
from toolkit.backends.composite_config import CascadeConfig, leaves
from toolkit.backends.config import CuesConfig, MajorityConfig
from toolkit.errors import ConfigError, ToolkitError, UnknownNameError

OWN = {"kind": "majority", "name": "own", "label": "opinion"}
NO = {"kind": "majority", "name": "no", "label": "no", "labels": "yesno.yaml"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "one.yaml").write_text("kind: majority\nlabel: rhetoric\n")
    (tmp_path / "yesno.yaml").write_text("name: yesno\nlabels: [{name: yes}, {name: no}]\n")
    (tmp_path / "sub" / "other.yaml").write_text("kind: majority\nlabel: yes\nlabels: ../yesno.yaml\n")
    return tmp_path


def write(folder: Path, name: str = "c.yaml", **keys: Any) -> Path:
    settings = {"kind": "cascade", "margin": 0.5, "members": ["cues", "sub/one.yaml"], **keys}
    path = folder / name
    path.write_text(json.dumps({key: value for key, value in settings.items() if value is not None}))
    return path


def run_of(path: Path) -> str:
    return fingerprint(settings_of(load_backend(path), {}))


def test_members_by_name_path_and_written_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(folder, members=["cues", "sub/one.yaml", OWN])
    monkeypatch.chdir("/")
    config = load_config(path)[0]
    assert isinstance(config, CascadeConfig)
    assert [(type(one), one.name) for one in config.members] == [
        (CuesConfig, "cues"),
        (MajorityConfig, "one"),
        (MajorityConfig, "own"),
    ]
    assert Classifier.load(path).classify(["Who are they?"])[0].label is not None


def test_a_member_without_a_name_goes_by_its_kind(folder: Path) -> None:
    config = load_config(write(folder, members=["sub/one.yaml", {"kind": "cues"}]))[0]
    assert [leaf.name for leaf in leaves(config)] == ["one", "cues"]


def test_members_may_have_a_label_set_of_their_own_folder(folder: Path) -> None:
    path = write(
        folder, members=["sub/other.yaml", {**OWN, "label": "no", "labels": "yesno.yaml"}], labels="yesno.yaml"
    )
    assert load_backend(path).labels.names == ("yes", "no")
    answer = Classifier.load(path).classify(["Well."])[0]
    assert answer.label == "yes"


def test_another_label_set_goes_to_all_members(folder: Path) -> None:
    path = write(
        folder, members=["sub/other.yaml", {**OWN, "label": "no", "labels": "yesno.yaml"}], labels="yesno.yaml"
    )
    with pytest.raises(ConfigError, match="'other' answers yes, which 'claims' does not have"):
        load_backend(path, labels="claims")


def test_cascades_of_cascades(folder: Path) -> None:
    write(folder, "inner.yaml")
    config = load_config(write(folder, "outer.yaml", members=["inner.yaml", OWN]))[0]
    assert [leaf.name for leaf in leaves(config)] == ["cues", "one", "own"]
    assert Classifier.load(config).classify(["Who are they?"])[0].failure is None


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"members": ["cues"]}, "members: at least 2 needed"),
        ({"members": ["cues", "cues"]}, "two are called 'cues'"),
        ({"members": ["cues", "sub/other.yaml"]}, "answers with the label set 'yesno' and this config with 'claims'"),
        ({"members": ["cues", {"kind": "majority"}]}, "member 2 cannot be used: label: this key is missing"),
        ({"members": "cues"}, "members"),
        ({"margin": None}, "say what goes on to the next member"),
        ({"conformal": True}, "give margin or conformal, not both"),
        ({"margin": None, "conformal": True}, "'cues' has no label sets"),
        ({"share": 0}, "share"),
        ({"kind": "ensemble", "margin": None, "weights": [0.5, 0.5]}, "weights are for `method: weighted`"),
        ({"kind": "ensemble", "margin": None, "method": "weighted", "weights": [1.0]}, "1 weights for 2 members"),
        ({"kind": "ensemble", "margin": None, "method": "weighted", "weights": [0.5, 0.6]}, "must sum to 1"),
        ({"kind": "ensemble", "margin": None, "method": "weighted", "weights": [1.5, -0.5]}, "not be negative"),
    ],
)
def test_what_cannot_be_used(folder: Path, keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(write(folder, **keys))
    assert said in error.value.message


def test_a_member_that_is_not_there(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown backend 'cuse'\. Did you mean cues"):
        load_config(write(folder, members=["cuse", "cues"]))


def test_members_in_a_circle(folder: Path) -> None:
    write(folder, "a.yaml", members=["cues", "b.yaml"])
    write(folder, "b.yaml", members=["cues", "a.yaml"])
    with pytest.raises(ConfigError, match=r"they go in a circle: b.yaml → a.yaml → b.yaml"):
        load_config(folder / "a.yaml")
    with pytest.raises(ToolkitError, match="circle"):
        load_config(write(folder, "self.yaml", members=["cues", "self.yaml"]))


def test_the_same_member_twice_on_different_ways_is_no_circle(folder: Path) -> None:
    write(folder, "inner.yaml")
    backend = load_backend(write(folder, "outer.yaml", members=["inner.yaml", "cues"]))
    inner, cues = backend.members.backends  # type: ignore[attr-defined]
    assert inner.members.backends[0] is cues, "and it is in memory once"


def test_the_fingerprint_changes_with_the_members(folder: Path) -> None:
    first = run_of(write(folder))
    assert run_of(write(folder)) == first
    assert run_of(write(folder, share=0.5)) != first
    assert run_of(write(folder, members=["sub/one.yaml", "cues"])) != first
    (folder / "sub" / "one.yaml").write_text("kind: majority\nname: another name\nlabel: rhetoric\n")
    assert run_of(write(folder)) == first, "a name changes no answer"
    (folder / "sub" / "one.yaml").write_text("kind: majority\nlabel: rhetoric\ncalibration: {temperature: 2}\n")
    assert run_of(write(folder)) != first


def test_the_fingerprint_knows_the_members_weights_and_no_path(folder: Path, tiny_bert: Path) -> None:
    runs = set()
    for model in (tiny_bert, save_bert(folder / "another", seed=1), shutil.copytree(tiny_bert, folder / "copy")):
        (folder / "sub" / "one.yaml").write_text(json.dumps({"kind": "nli", "model": {"folder": str(model)}}))
        settings = settings_of(load_backend(write(folder)), {})
        assert str(model) not in json.dumps(settings)
        runs.add(fingerprint(settings))
    assert len(runs) == 2, "a copy in another place is the same model"
