from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Outcome

Command = Callable[..., Outcome]


@pytest.fixture
def article(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("Prices will fall. How dare they? Prices will fall.")
    return tmp_path / "a.txt"


def test_table(claimkit: Command, article: Path, tmp_path: Path) -> None:
    outcome = claimkit("plan", article, "--backend", "cues", "-o", tmp_path / "run")
    assert outcome.code == 0
    shown = {line[:20].strip(): line[20:] for line in outcome.out.splitlines()}
    assert shown["documents"] == "1"
    assert shown["sentences"] == "3, 48 characters"
    assert shown["duplicates"] == "1 (33.3%)"
    assert shown["to be answered"] == "2 different sentences"
    assert "(measured on 1)" in shown["cues"]
    assert not (tmp_path / "run").exists()


def test_json_and_reading_options(claimkit: Command, tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes("key;review\n7;Été? Oui!\n".encode("cp1252"))
    options = ("--text-column", "review", "--id-column", "key", "--format", "csv", "--encoding", "cp1252")
    outcome = claimkit("plan", tmp_path / "a.dat", *options, "--unit", "sentence", "--json", "--backend", "cues")
    found = json.loads(outcome.out)
    assert (found["documents"], found["sentences"], found["members"][0]["name"]) == (1, 2, "cues")


def test_cost_of_a_server_without_its_key(claimkit: Command, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    outcome = claimkit("plan", article, "--backend", "openai")
    assert outcome.code == 0
    assert "2 requests" in outcome.out
    assert "time depends on the server; cost about 0.00" in outcome.out


def test_user_errors(refused: Callable[..., str], article: Path, tmp_path: Path) -> None:
    assert "Unknown backend" in refused("plan", article, "--backend", "none")
    assert "does not exist" in refused("plan", tmp_path / "none.txt")
