"""Start-up: `claimkit --help` beside a bare Python, and a one-page document beside importing transformers.

Run: python bench/startup.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "commentary.txt"


def seconds(*command: str) -> float:
    """Median wall time of a command in a fresh process."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return sorted(times)[ROUNDS // 2]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        annotate = ("-m", "toolkit.cli.main", "annotate", str(EXAMPLE), "--fresh", "-o", f"{folder}/out.jsonl")
        pairs = [
            ("claimkit --help", ("-m", "toolkit.cli.main", "--help"), "python -c pass", ("-c", "pass")),
            ("annotate one page", annotate, "import torch, transformers", ("-c", IMPORTS)),
        ]
        for name, command, peer, peer_command in pairs:
            ours, theirs = seconds(*command), seconds(*peer_command)
            print(f"{name}: {ours:.2f} s; {peer}: {theirs:.2f} s; ratio {ours / theirs:.1f}")


IMPORTS = "import torch; from transformers import AutoModelForSequenceClassification, AutoTokenizer"

if __name__ == "__main__":
    main()
