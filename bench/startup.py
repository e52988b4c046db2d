"""Start-up: `claimkit --help` beside a bare Python, and a one-page document beside importing transformers.

The document is annotated with the embedded model in a cache folder of its own: once cold, when the ONNX form of the
model is made and the runtimes are tried, then warm, without the cache of answers.

Run: python bench/startup.py [--rounds 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measured

EXAMPLE = measured.ROOT / "examples" / "commentary.txt"
IMPORTS = "import torch; from transformers import AutoModelForSequenceClassification, AutoTokenizer"
HEAVY = ("torch", "transformers", "onnx", "sklearn", "scipy", "pandas", "datasets", "trafilatura")
"""Packages that a page of text needs none of."""
MOST_SECONDS = 2.5
SHOWN = 8


def seconds(*command: str, rounds: int) -> float:
    """Median wall time of a command in a fresh process."""
    return sorted(measured.run(*command).seconds for _ in range(rounds))[rounds // 2]


def imported(*command: str) -> dict[str, int]:
    """Module to microseconds of its import, with what it imports itself."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], check=True, capture_output=True, text=True, cwd=measured.ROOT
    )
    lines = re.finditer(r"^import time:\s+\d+ \|\s+(\d+) \|\s+(\S+)$", done.stderr, re.MULTILINE)
    return {line[2]: int(line[1]) for line in lines}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    print(measured.machine())
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLAIMKIT_CACHE"] = f"{folder}/cache"
        page = (str(EXAMPLE), "--fresh", "--no-cache", "-o", f"{folder}/out.jsonl")
        annotate = tuple(measured.claimkit("annotate", *page))
        begin = time.perf_counter()
        measured.run(*annotate)
        figures["annotate one page, cold"] = time.perf_counter() - begin
        print(f"annotate one page, the first time: {figures['annotate one page, cold']:.2f} s", flush=True)
        pairs = [
            ("claimkit --help", tuple(measured.claimkit("--help")), "python -c pass", ("-c", "pass")),
            ("annotate one page", annotate, "import torch, transformers", ("-c", IMPORTS)),
        ]
        for name, command, peer, peer_command in pairs:
            figures[name] = seconds(*command, rounds=options.rounds)
            figures[peer] = seconds(*peer_command, rounds=options.rounds)
            ratio = figures[name] / figures[peer]
            print(f"{name}: {figures[name]:.2f} s; {peer}: {figures[peer]:.2f} s; ratio {ratio:.1f}", flush=True)
        times = imported(*annotate)
    loaded = [name for name in HEAVY if name in times]
    longest = sorted((name for name in times if "." not in name), key=lambda name: -times[name])[:SHOWN]
    print("imports that take longest: " + ", ".join(f"{name} {times[name] / 1000:.0f} ms" for name in longest))
    met = figures["annotate one page"] <= MOST_SECONDS and not loaded
    print(f"{'met' if met else 'NOT MET'}: a page in {MOST_SECONDS} s without {', '.join(loaded or HEAVY)}")
    if options.json:
        options.json.write_text(json.dumps({"machine": measured.machine(), "seconds": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
