"""A model that comes as a zip in pieces, each in an installed package."""

from __future__ import annotations

import io
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.errors import ModelError
from toolkit.models.parts import assembled, cache_folder
from toolkit.models.resolve import resolve

NAMES = ("tiny-model-part-001", "tiny-model-part-002", "tiny-model-part-003")
Install = Callable[..., None]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lay packages out as pip does: one piece of the data in each."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    def make(data: bytes, names: tuple[str, ...] = NAMES) -> None:
        size = -(-len(data) // len(names))
        for number, name in enumerate(names):
            piece = site / name / "input" / f"model.zip.{number + 1:03d}"
            piece.parent.mkdir(parents=True)
            piece.write_bytes(data[number * size : (number + 1) * size])
            info = site / f"{name.replace('-', '_')}-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            (info / "RECORD").write_text(f"{piece.relative_to(site)},,\n{info.name}/METADATA,,\n")

    return make


def zipped(folder: Path, extra: dict[str, str] | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"model/{file.name}")
        for name, text in (extra or {}).items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_the_pieces_make_the_model(tiny_bert: Path, install: Install, cache: Path) -> None:
    install(zipped(tiny_bert))
    files = resolve(parts=NAMES)
    assert files.identity == resolve(folder=tiny_bert).identity
    assert files.folder == cache / "models" / "tiny-model"
    assert [path.name for path in (cache / "models").iterdir()] == ["tiny-model"]  # nothing half-made is left


def test_once_made_the_packages_are_not_needed(
    tiny_bert: Path, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(zipped(tiny_bert))
    first = assembled(NAMES)
    shutil.rmtree(tmp_path / "site")
    assert assembled(NAMES) == first


def test_nothing_else_comes_out_of_the_zip(tiny_bert: Path, install: Install, tmp_path: Path) -> None:
    odd = {
        "../escape.json": "{}",
        "/absolute.json": "{}",
        "model/1_Pooling/config.json": "{}",
        "config.json": "{}",
        "model/run.py": "",
        "model/weights.bin": "",
    }
    install(zipped(tiny_bert, odd))
    folder = assembled(NAMES)
    assert folder is not None
    names = {path.name for path in folder.iterdir()}
    assert not names & {"run.py", "weights.bin", "escape.json", "absolute.json"}
    assert not list(tmp_path.rglob("escape.json"))
    assert (folder / "config.json").read_text() == (tiny_bert / "config.json").read_text()


def test_a_missing_package_is_said_with_what_to_do(tiny_bert: Path, install: Install) -> None:
    install(zipped(tiny_bert), NAMES[:2])
    with pytest.raises(ModelError, match="tiny-model-part-001 is not installed") as error:
        resolve(parts=NAMES)
    assert "claimkit[large]" in error.value.hint


@pytest.mark.parametrize("kind", ["no zip", "no weights", "damaged"])
def test_pieces_that_make_no_model(tiny_bert: Path, install: Install, cache: Path, kind: str) -> None:
    data = zipped(tiny_bert) if kind == "damaged" else b"not a zip" * 9
    if kind == "no weights":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("model/config.json", "{}")
        data = stream.getvalue()
    install(data[:2000] + b"x" * 50 + data[2050:] if kind == "damaged" else data)
    with pytest.raises(ModelError, match="do not make the zip file of a model"):
        resolve(parts=NAMES)
    assert list((cache / "models").iterdir()) == []


def test_a_cache_that_cannot_be_written(tiny_bert: Path, install: Install, cache: Path) -> None:
    install(zipped(tiny_bert))
    cache.write_text("a file in the way")
    with pytest.raises(ModelError, match="cannot be put together"):
        resolve(parts=NAMES)


@pytest.mark.parametrize("variable", ["CLAIMKIT_CACHE", "XDG_CACHE_HOME"])
def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.delenv("CLAIMKIT_CACHE")
    monkeypatch.setenv(variable, str(tmp_path / "x"))
    assert cache_folder() == (tmp_path / "x" if variable == "CLAIMKIT_CACHE" else tmp_path / "x" / "claimkit")
