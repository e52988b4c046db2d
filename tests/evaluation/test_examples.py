"""Few-shot examples must not be what is scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import InputError, ModelError
from toolkit.evaluation.duplicates import Text
from toolkit.evaluation.examples import Shown, near_examples
from toolkit.evaluation.health import health_of
from toolkit.evaluation.plan import prepare

BARGES = "Barge crews lifted their blockade of three locks early on Wednesday."
NEARLY = "Barge crews have lifted their blockade of three locks early on Wednesday."
OTHER = "The council approved the budget by seven votes to two on Monday evening."


def write(path: Path, *texts: str, label: str = "factual_claim") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"id": f"{path.stem}{i}", "doc": f"d{i}", "text": text, "label": label, "attributed": False}
        for i, text in enumerate(texts)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def config(folder: Path, **changes: Any) -> Path:
    chat = {
        "kind": "chat",
        "base_url": "http://127.0.0.1:9/v1",
        "model": "m",
        "cache": False,
        "examples": {"files": ["shots.jsonl"], "count": 1},
    }
    (folder / "asks.yaml").write_text(json.dumps(chat))
    settings = {"name": "e", "gold": ["gold"], "backends": ["asks.yaml"], "resamples": 100} | changes
    (folder / "e.yaml").write_text(json.dumps(settings))
    return folder / "e.yaml"


def test_an_example_that_is_a_test_row_is_refused_before_anything_runs(tmp_path: Path) -> None:
    write(tmp_path / "gold" / "test.jsonl", OTHER, BARGES)
    write(tmp_path / "shots.jsonl", "Something else altogether, of no concern.", BARGES.upper())
    with pytest.raises(InputError, match=r"The example shots1 of .* is the row test1 of the gold set 'gold'"):
        prepare(config(tmp_path))


def test_members_of_a_cascade_are_looked_at_too(tmp_path: Path) -> None:
    write(tmp_path / "gold" / "test.jsonl", BARGES)
    write(tmp_path / "shots.jsonl", BARGES)
    config(tmp_path)
    cascade = {"kind": "cascade", "members": ["cues", "asks.yaml"], "share": 0.1}
    (tmp_path / "both.yaml").write_text(json.dumps(cascade))
    with pytest.raises(InputError, match="The example shots0"):
        prepare(config(tmp_path, backends=["both.yaml"]))


def test_a_row_that_an_example_resembles_is_told(tmp_path: Path) -> None:
    write(tmp_path / "gold" / "test.jsonl", OTHER, BARGES)
    write(tmp_path / "shots.jsonl", "Something else altogether, of no concern.", NEARLY)
    plan = prepare(config(tmp_path))
    found = health_of(plan, plan.gold[0], {})["few_shot"]
    assert [(one["id"], one["other"], one["where"]) for one in found] == [("test1", "shots1", "shots.jsonl")]
    assert 0.9 <= found[0]["similarity"] < 1


def test_examples_may_be_of_the_dev_split_that_is_scored(tmp_path: Path) -> None:
    write(tmp_path / "gold" / "dev.jsonl", OTHER, BARGES)
    config_of_dev = config(tmp_path, split="dev")
    (tmp_path / "shots.jsonl").write_bytes((tmp_path / "gold" / "dev.jsonl").read_bytes())
    plan = prepare(config_of_dev)
    assert health_of(plan, plan.gold[0], {})["few_shot"] == []


def test_examples_may_be_of_the_file_that_is_scored(tmp_path: Path) -> None:
    write(tmp_path / "shots.jsonl", OTHER, BARGES)
    assert prepare(config(tmp_path, gold=["shots.jsonl"])).gold[0].name == "shots"
    write(tmp_path / "mine.jsonl", BARGES)
    with pytest.raises(InputError, match="is the row mine0 of the gold set 'mine'"):
        prepare(config(tmp_path, gold=["mine.jsonl"]))


def test_a_near_copy_counts_unless_it_is_of_a_document_that_is_never_shown() -> None:
    def shown(text: str, doc: str) -> Shown:
        return Shown(Text(f"{doc}:{text[:12]}", "f", text), Path("f"), doc)

    row = Text("r", "dev", BARGES)
    assert near_examples([row], [shown(BARGES, "a"), shown(NEARLY, "a")]) == []
    (found,) = near_examples([row], [shown(BARGES, "a"), shown(NEARLY, "b")])
    assert found["other"].startswith("b:")


@pytest.mark.parametrize(("content", "said"), [(None, "does not exist"), (b"GGML and something", "is not a GGUF file")])
def test_a_missing_language_model_is_noticed_before_others_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))
    write(tmp_path / "gold" / "test.jsonl", OTHER)
    (tmp_path / "local.yaml").write_text(json.dumps({"kind": "causal", "model": {"file": "m.gguf"}}))
    if content is not None:
        (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(ModelError, match=said):
        prepare(config(tmp_path, backends=["cues", "local.yaml"]))


def test_examples_of_a_local_model_are_read_before_others_run(tmp_path: Path) -> None:
    write(tmp_path / "gold" / "test.jsonl", OTHER)
    (tmp_path / "m.gguf").write_bytes(b"GGUF and something")
    local = {"kind": "causal", "model": {"file": "m.gguf"}, "examples": {"files": ["gone.jsonl"]}}
    (tmp_path / "local.yaml").write_text(json.dumps(local))
    with pytest.raises(InputError, match=r"gone\.jsonl cannot be read"):
        prepare(config(tmp_path, backends=["cues", "local.yaml"]))
