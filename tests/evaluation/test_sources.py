from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolkit import config
from toolkit.errors import ConfigError, UnknownNameError
from toolkit.evaluation.config import EvaluateConfig
from toolkit.evaluation.goldset import GoldSet
from toolkit.evaluation.sources import load_entries
from toolkit.labels import load_labels


def load(tmp_path: Path, *gold: object) -> list[GoldSet]:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test.jsonl").write_text('{"id": "a", "text": "One.", "label": "opinion"}\n')
    (tmp_path / "e.yaml").write_text(json.dumps({"name": "e", "gold": gold, "backends": ["cues"]}))
    settings = config.load(tmp_path / "e.yaml", EvaluateConfig)
    return load_entries(settings.gold, load_labels(), split="test")


@pytest.mark.parametrize(
    ("entry", "kept"), [("mine", True), ({"path": "mine"}, True), ({"path": "mine", "keep_text": False}, False)]
)
def test_a_path_starts_from_the_config(tmp_path: Path, entry: object, kept: bool) -> None:
    (gold,) = load(tmp_path, entry)
    assert (gold.name, gold.keep_text, gold.folder) == ("mine", kept, tmp_path / "mine")


def test_what_is_scored_by_default_is_the_label_set(tmp_path: Path) -> None:
    scheme = load(tmp_path, "mine")[0].scheme
    assert (scheme.name, scheme.classes) == ("claims", load_labels().names)
    probs = dict.fromkeys(reversed(scheme.classes), 0.25)
    assert list(scheme.scores(probs, None, None)) == list(scheme.classes)


def test_an_unknown_benchmark(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Unknown benchmark 'nope'"):
        load(tmp_path, {"benchmark": "nope", "folder": "."})


@pytest.mark.parametrize("entry", [{}, {"path": "mine", "benchmark": "x"}, {"path": "mine", "folder": "x"}, 3])
def test_an_entry_is_one_thing(tmp_path: Path, entry: object) -> None:
    with pytest.raises(ConfigError, match="cannot be used: gold"):
        load(tmp_path, entry)
