"""The built wheel stands on its own: installed elsewhere, it finds its configs, prompts, gold sets and model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and of this one only the libraries that the wheel depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    home = folder / "env"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    into = subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip()
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    # Its own site-packages come first on the path, so `toolkit` is the wheel's and only the libraries are borrowed.
    (Path(into) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def python_of(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([python, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return python_of(python, "-m", "toolkit.cli.main", *arguments, cwd=cwd)


def test_the_wheel_is_what_is_imported(installed: Path, tmp_path: Path) -> None:
    script = "import toolkit; print(toolkit.__file__)"
    place = python_of(installed, "-c", script, cwd=tmp_path).stdout
    assert str(ROOT) not in place
    assert str(installed.parent.parent) in place


def test_it_lists_what_came_with_it(installed: Path, tmp_path: Path) -> None:
    result = run(installed, "list", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for name in ("embedded", "checkworthiness", "quickstart", "claim-nli-minilm", "classify.v1"):
        assert name in result.stdout


def test_it_annotates_with_the_embedded_model(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("The bridge opened in 1931. It will be closed next year.")
    result = run(installed, "annotate", "note.txt", "-o", "note.jsonl", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in (tmp_path / "note.jsonl").read_text().splitlines()]
    assert [row["label"] for row in rows] == ["factual_claim", "prediction"]


def test_it_evaluates_on_its_gold_sets(installed: Path, tmp_path: Path) -> None:
    config = "name: q\ngold: [GOLD]\nbackends: [majority]\n"
    script = "from toolkit.resources import data_root; print(data_root() / 'eval' / 'podium')"
    place = python_of(installed, "-c", script, cwd=tmp_path).stdout
    (tmp_path / "q.yaml").write_text(config.replace("GOLD", place.strip()))
    result = run(installed, "evaluate", "q.yaml", "-o", "out", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "results.json").is_file()
