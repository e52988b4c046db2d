from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import ROOT, Retrying, scripted

from toolkit.annotate.output import read_rows
from toolkit.annotate.ray import OnRay, ray_work
from toolkit.annotate.run import annotate
from toolkit.annotate.shard import Shard
from toolkit.annotate.summary import Summary
from toolkit.backends.base import Backend, load_backend
from toolkit.corpus.read import Corpus
from toolkit.errors import ConfigError, InputError, OutputError

WORKER = "MapWorker"
TIMES = {"started", "ended"}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Texts of several sentences, one that cannot be read, and a table with a broken row and columns of its own."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(6):
        lines = (f"Prices will rise {number} times. How dare they say {line}?" for line in range(number))
        (folder / f"{number}.txt").write_text(f"The bridge was built in 19{number}0. " + " ".join(lines))
    (folder / "bad.txt").write_bytes(b"\0\x80\xff" * 50)
    rows = [json.dumps({"text": f"Row {n} is bad news.", "n": n if n < 12 else f"n{n}"}) for n in range(25)]
    (folder / "table.jsonl").write_text("\n".join([*rows[:9], "{broken", *rows[9:]]) + "\n")
    return folder


def run(corpus: Path, out: Path, backend: Backend | None = None, **options: Any) -> Summary:
    return annotate(Corpus([corpus]), backend or load_backend("cues"), out, window=4, **options)


def content(out: Path) -> dict[str, Any]:
    """Every file of a run; of the manifest all but the times."""
    files = sorted(out.parent.rglob("*"))
    found: dict[str, Any] = {str(file.relative_to(out.parent)): file.read_bytes() for file in files if file.is_file()}
    for name in [name for name in found if name.endswith("manifest.json")]:
        found[name] = {key: value for key, value in json.loads(found[name]).items() if key not in TIMES}
    return found


@pytest.mark.parametrize("kind", ["run", "out.csv"])
@pytest.mark.usefixtures("cluster")
def test_a_run_on_ray_is_a_run_in_one_process(tmp_path: Path, corpus: Path, kind: str) -> None:
    options = {"all_units": True}
    here = run(corpus, tmp_path / "here" / kind, **options)
    there = run(corpus, tmp_path / "there" / kind, work=OnRay(2), **options)
    assert here == there
    assert here.failed == {"bad_file": 1, "bad_row": 1}
    assert here.total > 40
    assert content(tmp_path / "here" / kind) == content(tmp_path / "there" / kind)


@pytest.mark.usefixtures("cluster")
def test_pieces_are_read_at_once_and_the_windows_stay_those_of_one_process(tmp_path: Path, corpus: Path) -> None:
    table = pa.table({"text": [f"We will see row {n}." for n in range(90)], "n": range(90)})
    pq.write_table(table, corpus / "rows.parquet", row_group_size=7)
    here = run(corpus, tmp_path / "here" / "run")
    there = run(corpus, tmp_path / "there" / "run", work=OnRay(2, piece=700))
    assert here == there
    assert content(tmp_path / "here" / "run") == content(tmp_path / "there" / "run")


@pytest.mark.usefixtures("cluster")
def test_a_run_begun_on_ray_is_finished_here_and_the_other_way_round(tmp_path: Path, corpus: Path) -> None:
    first, second, asked = tmp_path / "a" / "run", tmp_path / "b" / "run", scripted()
    run(corpus, first, scripted(), work=OnRay(2))
    run(corpus, second, scripted())
    whole = content(first)
    for out in (first, second):
        forget(out, keep=5)
    again = run(corpus, first, asked)
    assert again.reused == 20
    assert {*asked.history} == {row["text"] for row in list(read_rows(first))[20:] if row["failure"] is None}
    assert run(corpus, second, scripted(), work=OnRay(2)).reused == 20
    assert content(first) == content(second) == whole


def forget(out: Path, *, keep: int) -> None:
    """What a kill leaves: some windows, half a line of the journal, and no end."""
    journal = (out / "journal.jsonl").read_text().splitlines(keepends=True)
    (out / "journal.jsonl").write_text("".join(journal[:keep]) + journal[keep][:20])
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps(manifest | {"finished": False}))
    for part in sorted((out / "annotations").glob("*.parquet"))[keep + 1 :]:
        part.unlink()


@pytest.mark.usefixtures("cluster")
def test_failed_rows_alone_are_tried_again(tmp_path: Path, corpus: Path) -> None:
    out = tmp_path / "run"
    failing = scripted({"Row 3 is bad news.": "!timeout", "Row 20 is bad news.": "!timeout"})
    assert run(corpus, out, failing).failed["timeout"] == 2
    before = content(out)
    again = run(corpus, out, failing, work=OnRay(2))
    assert again.failed["timeout"] == 2
    assert again.reused == again.total - again.failed.total()
    assert content(out) == before
    assert run(corpus, out, Retrying(failing)).failed["timeout"] == 0


@pytest.mark.usefixtures("cluster")
def test_other_settings_and_other_inputs_are_refused(tmp_path: Path, corpus: Path) -> None:
    out = tmp_path / "run"
    run(corpus, out, scripted())
    with pytest.raises(OutputError, match="other settings"):
        run(corpus, out, scripted(default="rhetoric"), work=OnRay(2))
    forget(out, keep=5)
    (corpus / "0.txt").write_text("Another text.")
    with pytest.raises(OutputError, match="The input has changed since"):
        run(corpus, out, scripted(), work=OnRay(2))


@pytest.mark.usefixtures("cluster")
def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text\n" + "".join(f"Sentence {n} will be said.\n" for n in range(320)))
    run(source, tmp_path / "here" / "run")
    out = tmp_path / "there" / "run"
    killed: list[int] = []
    killer = threading.Thread(target=kill_worker, args=(out, killed))
    killer.start()
    run(source, out, work=OnRay(2))
    killer.join()
    assert killed
    assert content(out) == content(tmp_path / "here" / "run")


def kill_worker(out: Path, killed: list[int]) -> None:
    """Kill one that annotates, once there are some windows."""
    for _ in range(3000):
        if len(list(out.glob("annotations/*.parquet"))) > 5:
            break
        time.sleep(0.01)
    for process in psutil.Process().children(recursive=True):
        if WORKER in " ".join(process.cmdline()):
            os.kill(process.pid, signal.SIGKILL)
            killed.append(process.pid)
            return


def test_what_ray_cannot_do_is_said_before_anything_is_loaded(corpus: Path) -> None:
    files = Corpus([corpus])
    with pytest.raises(InputError, match="stdin is a stream"):
        ray_work(Corpus(["-"]))
    with pytest.raises(OutputError, match="not to standard output"):
        ray_work(files, output="-")
    with pytest.raises(ConfigError, match="spreads a run by itself"):
        ray_work(files, shard=Shard(1, 2))


def test_a_missing_extra_is_one_sentence_with_a_hint(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError")
    command = [sys.executable, "-m", "toolkit.cli.main", "annotate", corpus, "-o", tmp_path / "run", "--engine", "ray"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    ended = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.split("\n") == [
        "Error: Ray Data is not installed.",
        "Hint: Run: pip install 'claimkit[ray]'",
        "",
    ]


def test_workers_belong_to_ray(refused: Callable[..., str], corpus: Path) -> None:
    assert "--workers are for Ray." in refused("annotate", corpus, "-o", corpus / "run", "--workers", "2")
