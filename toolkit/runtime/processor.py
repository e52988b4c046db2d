"""What computes here: the processor, what it can do, and the versions of the libraries."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


def threads(wanted: int | None = None) -> int:
    """How many threads to compute with: as many as wanted, or as ``OMP_NUM_THREADS`` says, or one per core."""
    if wanted is not None:
        return wanted
    told = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if told.isdigit() and int(told) > 0:
        return int(told)
    affinity = getattr(os, "sched_getaffinity", None)  # what a container or job scheduler leaves us; Linux only
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@lru_cache(maxsize=1)
def name() -> str:
    """The processor's name, as far as it is told."""
    found = re.search(r"^model name\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    return (found[1].strip() if found else platform.processor()) or platform.machine()


@lru_cache(maxsize=1)
def flags() -> frozenset[str]:
    """Instruction sets by the names that Linux gives them; empty where they are not told."""
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    return frozenset(found[1].split()) if found else frozenset()


def adds_bytes_exactly() -> bool:
    """Whether products of 8-bit numbers are added up in 32 bits.

    x86 without VNNI adds two of them up in 16 bits, which is not enough for all. Where nothing is told, be careful.
    """
    if platform.machine().lower() not in {"x86_64", "amd64", "i386", "i686", "x86"}:
        return True
    return bool(flags() & {"avx512_vnni", "avx_vnni"})


def _cpuinfo() -> str:
    try:
        return CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


@lru_cache(maxsize=1)
def may_have_gpu() -> bool:
    """Whether it is worth asking PyTorch for a GPU, which takes a second to import; True when in doubt."""
    if platform.system() == "Darwin":
        return platform.machine() == "arm64"
    if platform.system() == "Linux":
        return any(Path(place).exists() for place in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg"))
    try:
        return subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def library_version(name: str) -> str:
    """Version of a library that computes; empty when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
