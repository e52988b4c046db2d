"""Where the labels of an export come from, in facts that may be published: no machine paths."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from toolkit.exchange.run import Run


def provenance(run: Run) -> dict[str, Any]:
    """Facts of a run: its fingerprint, backend and model, label set, calibration and sources.

    Args:
        run: The run; without a manifest only what stands in the annotations is known.
    """
    first = run.annotations[0]
    settings = run.manifest.get("settings", {})
    config = settings.get("backend config", {})
    model = settings.get("model", {})
    return {
        "run": first.run,
        "backend": first.backend,
        "claimkit": settings.get("claimkit version"),
        "label set": settings.get("label set"),
        "model": {str(key): _public(value) for key, value in model.items()} if isinstance(model, dict) else model,
        "calibration": config.get("calibration"),
        "finished": run.manifest.get("ended"),
        "sources": [PurePath(str(entry)).name for entry in run.manifest.get("inputs", [])],
    }


def _public(value: Any) -> Any:
    """A fact about a model; a path is known by its name."""
    return PurePath(value).name if isinstance(value, str) and value.startswith(("/", "~")) else value
