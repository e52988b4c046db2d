"""The walk of docs/walk.md: its very commands, with two people typing into real pseudo-terminals."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

pytest.importorskip("textual", reason="the extra label is not installed")

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "walk.md").read_text(encoding="utf-8"), re.DOTALL)
LABELS = ("factual_claim", "opinion", "prediction", "rhetoric")
PATIENCE = 240.0
"""Seconds for one screen or one answer, on a machine that is busy with a training."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout as far as the walk needs one, with `claimkit` on the path."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "claimkit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m toolkit.cli.main "$@"\n')
    command.chmod(0o755)
    return tmp_path


def environment(place: Path) -> dict[str, str]:
    path = os.pathsep.join([str(place / "bin"), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "100"}


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, command: str, place: Path) -> None:
        self.shown = b""
        self.process, self.screen = pty.fork()
        if self.process == 0:  # the command's side
            os.chdir(place)
            os.execvpe("bash", ["bash", "-c", command], environment(place))
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 32, 100, 0, 0))

    def until(self, seen: Callable[[], bool]) -> None:
        """Read what comes until something is so."""
        end = time.monotonic() + PATIENCE
        while not seen():
            assert time.monotonic() < end, self.shown[-2000:].decode("utf-8", "replace")
            if select.select([self.screen], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.screen, 65536)
                except OSError:  # the command has ended
                    return

    def type(self, key: str) -> None:
        os.write(self.screen, key.encode())

    def leave(self) -> int:
        """Press q, and wait for the end."""
        self.type("q")
        found: list[int] = []

        def ended() -> bool:
            process, status = os.waitpid(self.process, os.WNOHANG)
            found.extend([status] if process else [])
            return bool(process)

        end = time.monotonic() + PATIENCE
        while not ended():
            assert time.monotonic() < end
            if select.select([self.screen], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.screen, 65536)
                except OSError:
                    time.sleep(0.05)
        os.close(self.screen)
        return os.waitstatus_to_exitcode(found[0])


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def label(command: str, place: Path, answers: Sequence[str], file: Path) -> None:
    """Give each answer, and see it on disk before the next one is given."""
    terminal = Terminal(command, place)
    terminal.until(lambda: b"Guideline" in terminal.shown)
    for number, answer in enumerate(answers, start=1):
        terminal.type(str(LABELS.index(answer) + 1))
        terminal.until(lambda number=number: len(lines(file)) == number)  # type: ignore[misc]
    assert terminal.leave() == 0


def test_the_walk(place: Path) -> None:
    began = time.monotonic()
    said: list[str] = []

    def run(block: str) -> None:
        done = subprocess.run(
            ["bash", "-euc", block], cwd=place, env=environment(place), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout + done.stderr)

    annotate, sample, labelling, agree, adjudicate, evaluate, export = BLOCKS
    run(annotate)
    run(sample)
    walk = place / "walk"
    rows = lines(walk / "sample.jsonl")
    assert len(rows) == 12
    model = [str(row["suggestion"]["label"]) for row in rows]  # type: ignore[index]
    other = [LABELS[(LABELS.index(name) + 1) % 4] for name in model]
    for person, answers in {"anna": model, "ben": other[:2] + model[2:]}.items():
        (command,) = (line for line in labelling.splitlines() if line.endswith(person))
        label(command, place, answers, walk / f"sample.{person}.jsonl")
    run(agree)
    assert "12 rows" in said[-1]
    terminal = Terminal(adjudicate, place)
    terminal.until(lambda: b"Guideline" in terminal.shown)
    for number, answer in enumerate(model[:2], start=1):
        terminal.type(str(LABELS.index(answer) + 1))
        terminal.until(lambda number=number: f"{number} of 2".encode() in terminal.shown)  # type: ignore[misc]
    assert terminal.leave() == 0
    gold = lines(walk / "gold" / "test.jsonl")
    assert [row["label"] for row in gold] == model
    run(evaluate)
    results = json.loads((walk / "results" / "results.json").read_text())
    found = {one["backend"]: one["all_rows"]["accuracy"]["value"] for one in results["results"]}
    assert found["embedded"] == 1.0
    assert results["gold"][0]["health"]["weights"]["effective"] < 12
    run(export)
    assert (walk / "dataset" / "README.md").is_file()
    assert "in an excluded gold set" in said[-1]
    assert time.monotonic() - began < 600, "the walk is to take less than ten minutes"
