"""A run on Ray with one and two workers beside the same run in one process with two threads; and real kills of both.

Every run ends in the same files, which is looked at. Kills are SIGKILL, in turn of the process that started the run and
of a worker that annotates; a worker's costs nothing, after the other the same command goes on.

Run: python bench/ray_engine.py [--count 20000] [--backend embedded-fast] [--kills 0]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import corpora
import measured
import psutil

TIMES = {"started", "ended"}
WORKER = "MapWorker"


def content(run: Path) -> dict[str, Any]:
    """Every file of a run; of the manifest all but the times."""
    found: dict[str, Any] = {str(one.relative_to(run)): one.read_bytes() for one in run.rglob("*") if one.is_file()}
    manifest = json.loads(found.pop("manifest.json"))
    return found | {name: value for name, value in manifest.items() if name not in TIMES}


def command(source: Path, out: Path, backend: str, workers: int) -> list[str]:
    """Arguments of Python for one run; none of its answers come from an earlier one."""
    ours = ["annotate", str(source), "-o", str(out), "--backend", backend, "--no-cache"]
    return [*measured.claimkit(*ours, *(["--engine", "ray", "--workers", str(workers)] if workers else []))]


def speed(source: Path, folder: Path, backend: str, count: int) -> None:
    """Print the table; the start-up is that of a run of a few sentences, the shorter of two."""
    print(f"| run of {backend} | seconds | sentences/s | without start-up | of local |\n|---|---|---|---|---|")
    small = folder / "small.csv"
    corpora.table(small, 64)
    local = 0.0
    for name, workers in (("local, two threads", 0), ("Ray, 1 worker", 1), ("Ray, 2 workers", 2)):
        begun = [folder / f"small{workers}-{again}" for again in range(2)]
        start = min(measured.run(*command(small, out, backend, workers)).seconds for out in begun)
        took = measured.run(*command(source, folder / f"run{workers}", backend, workers)).seconds
        rate = count / max(took - start, 1e-9)
        local = local or rate
        print(f"| {name} | {took:.1f} | {count / took:,.0f} | {rate:,.0f} | {rate / local:.2f} |", flush=True)
    same = content(folder / "run0") == content(folder / "run1") == content(folder / "run2")
    print(f"\nThe run folders are {'the same to the byte' if same else 'DIFFERENT'}, but for times.")


def kill(source: Path, folder: Path, backend: str, kills: int, rng: random.Random) -> None:
    """Kill until so many kills have struck, and compare what is left with a run without a stop."""
    measured.run(*command(source, folder / "whole", backend, 0))
    whole = content(folder / "whole")
    struck = runs = 0
    while struck < kills:
        out = folder / f"killed{runs}"
        while True:
            process = subprocess.Popen(
                [sys.executable, *command(source, out, backend, 2)],
                env=os.environ | {"PYTHONPATH": str(measured.ROOT)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            what = strike(process, rng, out)
            struck += what != ""
            process.wait()
            print(f"kill {struck}: {what or 'none, it was done'}; {windows(out)} windows are there", flush=True)
            if process.returncode == 0:
                break
        runs += 1
        if content(out) != whole:
            raise SystemExit(f"{out} differs from the run without a stop")
    print(f"{struck} kills, {runs} runs: nothing lost, nothing twice, all files byte-identical")


def strike(process: subprocess.Popen[bytes], rng: random.Random, out: Path) -> str:
    """Kill the process or one of its workers at a random moment after its next window; gives which."""
    there = windows(out)
    while process.poll() is None and windows(out) == there:
        time.sleep(0.02)
    time.sleep(rng.uniform(0, 1))
    if process.poll() is not None:
        return ""
    if rng.random() < 0.5:
        process.send_signal(signal.SIGKILL)
        return "the run"
    for child in psutil.Process(process.pid).children(recursive=True):
        if WORKER in " ".join(child.cmdline()):
            child.kill()
            return "a worker"
    return ""


def windows(out: Path) -> int:
    """How many are in the journal."""
    journal = out / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.is_file() else 0


def main() -> None:
    """Measure, then kill."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--backend", default="embedded-fast")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=13)
    arguments = parser.parse_args()
    print(f"{measured.machine()}; {arguments.count:,} sentences\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.count:
            corpora.table(folder / "table.csv", arguments.count)
            speed(folder / "table.csv", folder, arguments.backend, arguments.count)
        if arguments.kills:
            corpora.articles(folder / "texts", 60_000)
            kill(folder / "texts", folder, "cues", arguments.kills, random.Random(arguments.seed))


if __name__ == "__main__":
    main()
