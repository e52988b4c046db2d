"""A command in a fresh process, and what it took."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """What a process took.

    Attributes:
        seconds: Wall time.
        cpu: Processor time of all its threads.
        peak: Most memory it had, in bytes (its resident set).
    """

    seconds: float
    cpu: float
    peak: int


def run(*command: str) -> Measured:
    """Run Python with some arguments.

    Raises:
        RuntimeError: It failed.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    with process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        told = process.stderr.read().decode(errors="replace") if process.stderr else ""
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {told[-2000:]}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale)


def claimkit(*arguments: str) -> Sequence[str]:
    """Arguments for `run` that make it the command ``claimkit``."""
    return ("-m", "toolkit.cli.main", *arguments)


def machine() -> str:
    """One line on where this runs."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"Python {platform.python_version()}, {os.cpu_count()} cores ({_processor()}), load {load:.1f} at the start"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
