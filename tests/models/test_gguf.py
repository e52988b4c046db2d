from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from toolkit.errors import ModelError
from toolkit.models.gguf import find_gguf

DATA = b"GGUF and more"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def test_a_file_is_known_by_its_hash(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(DATA)
    digest = hashlib.sha256(DATA).hexdigest()
    assert find_gguf(tmp_path / "m.gguf", digest).identity == digest


def test_a_file_that_is_not_there_is_looked_for_in_the_cache(tmp_path: Path, cache: Path) -> None:
    (cache / "m.gguf").write_bytes(DATA)
    assert find_gguf(tmp_path / "m.gguf").path == cache / "m.gguf"


def test_a_file_that_is_nowhere(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ModelError, match="does not exist, and neither does") as error:
        find_gguf(tmp_path / "m.gguf")
    assert str(cache) in error.value.message


def test_what_is_no_gguf(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match="not a GGUF file"):
        find_gguf(tmp_path / "m.gguf")


def test_another_model_than_the_one_meant(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(DATA)
    with pytest.raises(ModelError, match="not the expected model"):
        find_gguf(tmp_path / "m.gguf", "0" * 64)
