"""`claimkit models` and `distill` as commands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Outcome

Command = Callable[..., Outcome]


@pytest.fixture
def pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backend whose model would come in packages that are not installed."""
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "pieces.yaml"
    path.write_text("kind: classifier\nmodel: {parts: [no-such-model-part-001, no-such-model-part-002]}\n")
    return path


def test_list_says_what_is_ready(claimkit: Command) -> None:
    lines = claimkit("models", "list").out.splitlines()
    states = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}
    assert states["embedded"] == states["embedded-fast"] == "ready"
    assert "embedded-large" in states
    assert "cues" not in states


def test_verify_names_the_hash(claimkit: Command) -> None:
    result = claimkit("models", "verify", "embedded")
    assert result.code == 0
    assert "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db" in result.out


def test_get_says_where_the_files_are(claimkit: Command, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "b.yaml").write_text("kind: nli\nmodel: {folder: m}\n")
    result = claimkit("models", "get", tmp_path / "b.yaml")
    assert result.out.splitlines() == [str(folder), f"weights SHA-256 {hashlib.sha256(b'weights').hexdigest()}"]


@pytest.mark.parametrize("command", ["get", "verify"])
def test_what_is_not_installed_is_said_with_what_to_do(claimkit: Command, pieces: Path, command: str) -> None:
    result = claimkit("models", command, pieces)
    assert result.code == 2
    assert "no-such-model-part-001 is not installed" in result.err
    assert "claimkit[large]" in result.err


def test_a_backend_without_a_model(claimkit: Command) -> None:
    result = claimkit("models", "get", "cues")
    assert result.code == 2
    assert "runs no model" in result.err


def test_distill_says_that_the_teacher_is_unknown_before_anything_is_written(claimkit: Command, tmp_path: Path) -> None:
    result = claimkit("distill", "claim-head-minilm", "--teacher", "embeded", "-o", tmp_path / "out")
    assert result.code == 2
    assert "did you mean" in result.err.lower()
    assert not (tmp_path / "out").exists()
