"""What one needs to get the same figures again; nothing that names the machine or its user."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from toolkit import prompts, resources
from toolkit.annotate.manifest import package_version
from toolkit.backends.base import Backend
from toolkit.backends.config import BackendBase
from toolkit.evaluation.schema import BackendFacts, Stamp
from toolkit.labels import LabelSet

LIBRARIES = ("torch", "onnxruntime", "transformers", "tokenizers", "scikit-learn", "numpy", "scipy", "statsmodels")


def stamp(labels: LabelSet, backends: Sequence[BackendBase], config_sha256: str, *, seed: int, resamples: int) -> Stamp:
    """The stamp of a run."""
    return {
        "claimkit": package_version(),
        "git": _git(),
        "config_sha256": config_sha256,
        "label_set": f"{labels.name} {labels.fingerprint}",
        "prompts": _prompts(backends),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
        "libraries": {name: version(name) for name in LIBRARIES},
        "seed": seed,
        "resamples": resamples,
    }


def backend_facts(backend: Backend, settings: dict[str, Any], run: str) -> BackendFacts:
    """What is known of a loaded backend."""
    return {
        "run": run,
        "settings": settings,
        "parameters": _parameters(backend),
        "revision": getattr(getattr(backend.config, "model", None), "revision", None),
    }


def _git() -> dict[str, Any] | None:
    """Commit of the checkout that the package stands in, and whether files differ from it."""
    root = resources.PACKAGE.parent
    if not (root / ".git").exists():
        return None
    answers = []
    for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"]):
        try:
            done = subprocess.run(["git", "-C", root, *command], capture_output=True, text=True, check=True, timeout=10)
        except (OSError, subprocess.SubprocessError):  # no git here, or not allowed to look
            return None
        answers.append(done.stdout.strip())
    return {"commit": answers[0], "dirty": bool(answers[1])}


def _prompts(backends: Sequence[BackendBase]) -> dict[str, str]:
    names = sorted({str(name) for one in backends if (name := getattr(one, "prompt", None))})
    return {prompts.prompt_name(name): hashlib.sha256(prompts.load_prompt(name).encode()).hexdigest() for name in names}


def _parameters(backend: Backend) -> int | None:
    """Numbers in the weights files of a backend that has some, without loading them."""
    folder = getattr(getattr(backend, "files", None), "folder", None)
    if folder is None:
        return None
    from safetensors import safe_open

    count = 0
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="numpy") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - it is no dict
                size = 1
                for length in tensors.get_slice(name).get_shape():
                    size *= length
                count += size
    return count
