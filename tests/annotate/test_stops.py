"""Real processes that are stopped, starved of disk or doubled, and inputs that change under them."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, scripted, shell

from toolkit.annotate.manifest import Journal
from toolkit.annotate.output import Output, read_rows
from toolkit.annotate.run import annotate
from toolkit.annotate.stream import annotate_to_stream
from toolkit.backends.base import load_backend
from toolkit.backends.scripted import ScriptedBackend
from toolkit.corpus.read import Corpus
from toolkit.errors import InputError, OutputError
from toolkit.records import Prediction, Sentence

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    # With something that does not compress.
    rows = ({"text": f"Prices fell by {n}.", "key": sha256(b"%d" % n).hexdigest()} for n in range(7000))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


MAIN = """
import signal
from toolkit.cli.main import main

# Where the tests run in the background of a shell, interrupts are ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


def start(*arguments: str | Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", MAIN, "annotate", *map(str, arguments), "--backend", "cues"]
    return subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE)


def run(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and what was said."""
    process = start(*arguments)
    _, err = process.communicate()
    return process.returncode, err.decode()


def whole(rows: Path, out: Path) -> dict[str, Any]:
    """What a run without a stop leaves."""
    annotate(Corpus([rows]), load_backend("cues"), out)
    return content(out)


def content(out: Path) -> dict[str, Any]:
    """Every file of a run, hidden ones too; of its manifest all but the times."""
    files = out.rglob("*") if out.is_dir() else out.parent.glob(f"*{out.name}*")
    found: dict[str, Any] = {str(file.relative_to(out.parent)): file.read_bytes() for file in files if file.is_file()}
    for name in [name for name in found if name.endswith("manifest.json")]:
        manifest = json.loads(found[name])
        found[name] = {key: value for key, value in manifest.items() if key not in {"started", "ended"}}
    return found


@pytest.mark.slow
def test_kills_at_random_moments() -> None:
    """The benchmark of kills, in small."""
    command = [sys.executable, ROOT / "bench" / "kills.py", "--kills", "5", "--sentences", "8000", "--embedded", "0"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^  kill \d+ after", done.stdout, flags=re.MULTILINE)) >= 5
    assert "nothing lost or twice, all files byte-identical" in done.stdout


@pytest.mark.parametrize("kind", ["out.csv", "run"])
def test_interrupt_is_exit_code_130_and_says_how_to_go_on(tmp_path: Path, kind: str) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    # Long rows, for the first megabyte is looked at before the first line is read.
    data = b"".join(b'{"text": "Prices fell by %d.", "pad": "%s"}\n' % (n, b"x" * 200) for n in range(7000))

    def fed(out: Path) -> dict[str, Any]:
        process = start(pipe, "-o", out)
        pipe.write_bytes(data)
        process.communicate()
        assert process.returncode == 0
        return content(out)

    out = tmp_path / "stopped" / kind
    process = start(pipe, "-o", out)
    journal = Output(out, []).journal
    with pipe.open("wb") as handle:  # which does not end, so the run cannot
        handle.write(data[: data.index(b" 6500.")])
        handle.flush()
        wait_for(lambda: len(journal.read()) == 3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert err.decode() == "What was done is kept; the same command goes on from there.\nInterrupted.\n"
    assert fed(out) == fed(tmp_path / "whole" / kind)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("kind", "kilobytes", "parts"),
    [
        ("out.jsonl", 20, 0),
        ("out.jsonl", 1000, 4),
        ("out.csv", 1000, 4),
        ("out.parquet", 150, 4),
        ("run", 20, 0),
    ],
)
def test_full_disk_is_said_and_a_rerun_completes(
    tmp_path: Path, rows: Path, kind: str, kilobytes: int, parts: int
) -> None:
    expected = whole(rows, tmp_path / "whole" / kind)
    (tmp_path / "full").mkdir()
    command = f"ulimit -f {kilobytes}; claimkit annotate ../in.jsonl -o {kind} --backend cues"
    done = shell(command, tmp_path / "full")
    assert done.returncode == 2, done.stderr
    assert b"cannot be written: File too large." in done.stderr
    assert b"Is the disk full?" in done.stderr
    assert b"Traceback" not in done.stderr
    assert len(Journal(Output(tmp_path / "full" / kind, []).journal.path).read()) == parts
    done = shell(f"claimkit annotate ../in.jsonl -o {kind} --backend cues", tmp_path / "full")
    assert done.returncode == 0, done.stderr
    assert drop_inputs(content(tmp_path / "full" / kind)) == drop_inputs(expected)


def drop_inputs(found: dict[str, Any]) -> dict[str, Any]:
    """Without the paths of the inputs as they were given."""
    return {
        name: {**value, "inputs": None} if name.endswith("manifest.json") else value for name, value in found.items()
    }


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, where one may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("kind", ["out.jsonl", "run"])
def test_file_system_without_room(tmp_path: Path, rows: Path, small_disk: Path, kind: str) -> None:
    expected = whole(rows, tmp_path / "whole" / kind)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (150_000 if kind == "out.jsonl" else 940_000))
    code, err = run(rows, "-o", small_disk / kind)
    assert code == 2
    assert "No space left on device" in err
    assert "Traceback" not in err
    ballast.unlink()
    remount = ["mount", "-o", "remount,size=20m", str(small_disk)]
    subprocess.run(remount, check=True)
    assert run(rows, "-o", small_disk / kind)[0] == 0
    assert content(small_disk / kind) == expected


@pytest.mark.parametrize("kind", ["out.jsonl", "run"])
def test_two_processes_cannot_write_the_same_run(tmp_path: Path, rows: Path, kind: str) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    out = tmp_path / kind
    first = start(pipe, "-o", out)
    with pipe.open("wb") as handle:
        lock = Output(out, []).folder / ".lock"
        wait_for(lock.exists)
        wait_for(lambda: bool(lock.read_text()))
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        for more in ((), ("--fresh",)):
            code, err = run(rows, "-o", out, *more)
            assert code == 2
            assert f"is being written by another claimkit (process {first.pid} on " in err
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
        handle.write(b'{"text": "One is here."}\n')
    first.communicate()
    assert first.returncode == 0
    assert len(list(read_rows(out))) == 1
    assert not lock.exists()


def test_lock_of_a_killed_process_is_free(tmp_path: Path, rows: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    process = start(pipe, "-o", tmp_path / "run")
    with pipe.open("wb"):
        wait_for((tmp_path / "run" / ".lock").exists)
        process.kill()
        process.communicate()
    assert run(rows, "-o", tmp_path / "run")[0] == 0
    assert not (tmp_path / "run" / ".lock").exists()


class Meddling(ScriptedBackend):
    """Does something to the input while it is being annotated."""

    def __init__(self, meddle: Callable[[], Any], *, at: int = 2) -> None:
        super().__init__(scripted().config, scripted().labels)
        self.meddle = meddle
        self.at = at
        self.calls = 0

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        self.calls += 1
        if self.calls == self.at:
            self.meddle()
        return super().classify(sentences)


def append(path: Path) -> None:
    with path.open("ab") as handle:
        handle.write(b'{"text": "More."}\n')


def replace(path: Path) -> None:
    shutil.copy2(path, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


MEDDLING = {
    "appended": append,
    "replaced by its copy": replace,
    "touched": lambda path: os.utime(path, ns=(1, 1)),
    "truncated": lambda path: os.truncate(path, 50),
    "removed": Path.unlink,
}


@pytest.mark.parametrize("how", MEDDLING)
@pytest.mark.parametrize("kind", ["out.jsonl", "run"])
def test_input_that_changes_while_it_is_read_is_an_error(tmp_path: Path, rows: Path, kind: str, how: str) -> None:
    with pytest.raises(InputError, match=r"in\.jsonl has changed while it was being read") as caught:
        annotate(Corpus([rows]), Meddling(lambda: MEDDLING[how](rows)), tmp_path / kind, window=100)
    assert caught.value.hint
    # What was read before is kept, and nothing of what was read when it was noticed.
    assert list(Output(tmp_path / kind, []).journal.read()) == [0]


def test_compressed_input_that_changes(tmp_path: Path, rows: Path) -> None:
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(rows.read_bytes()))
    with pytest.raises(InputError, match="has changed while it was being read"):
        annotate(Corpus([packed]), Meddling(lambda: append(packed)), tmp_path / "run", window=100)


def test_change_is_noticed_in_a_stream_too(tmp_path: Path, rows: Path) -> None:
    with (tmp_path / "out").open("w") as stream, pytest.raises(InputError, match="has changed while"):
        annotate_to_stream(Corpus([rows]), Meddling(lambda: append(rows), at=1), stream)
    assert (tmp_path / "out").read_text() == ""


def test_inputs_before_or_after_the_one_that_is_read_may_change(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("text\n" + "One is here.\n" * 10)

    def meddle() -> None:
        (tmp_path / "a.csv").write_text("text\n")
        (tmp_path / "c.csv").write_text("text\nTwo is there.\n")

    summary = annotate(Corpus([tmp_path]), Meddling(meddle, at=1), tmp_path / "run", window=15)
    assert summary.total == 21


def test_run_that_cannot_be_locked_is_said(tmp_path: Path, rows: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be"):
        annotate(Corpus([rows]), scripted(), tmp_path / "file" / "run")
