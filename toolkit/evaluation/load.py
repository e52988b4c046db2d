"""Reads results of any format as results of the present one; what an old format does not tell is None."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.errors import InputError
from toolkit.evaluation.folder import RESULTS, gold_path, predictions_path
from toolkit.evaluation.schema import FORMAT, NOTHING, Estimate, GoldFacts, Result, Results

_LATER = ("output_tokens", "requests", "cached", "escalated")
_SPEED = ("seconds", "sentences_per_second", "tokens", "truncated", "peak_memory_mb", "cost", "energy_kwh", *_LATER)
_KEYS: Mapping[str, type] = {
    **dict.fromkeys(("name", "description"), str),
    **dict.fromkeys(("config", "stamp", "backends"), dict),
    **dict.fromkeys(("labels", "gold", "results", "comparisons", "robustness"), list),
}
_ENTRIES = {"gold": GoldFacts.__annotations__.keys(), "results": Result.__annotations__.keys()}
"""What stands in the entries of two lists."""


def load_results(folder: Path) -> Results:
    """The results in a folder.

    Args:
        folder: What ``claimkit evaluate`` wrote, or its ``results.json``.

    Raises:
        InputError: There are none, or of a format that this version does not know.
    """
    path = folder if folder.is_file() else folder / RESULTS
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", hint="Give a folder that `claimkit evaluate` wrote."
        ) from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}.", hint="Run the evaluation again.") from error
    version = value.get("format") if isinstance(value, dict) else None
    if version == 1:
        try:
            return upgrade(value)
        except (KeyError, TypeError, AttributeError, ZeroDivisionError):
            raise _incomplete(path) from None
    if version != FORMAT:
        raise InputError(
            f"{path} is of format {version!r}, which this version does not know.",
            hint=f"Formats 1 to {FORMAT} are read; a newer claimkit may know it.",
        )
    _add_later_keys(value)
    if not _complete(value):
        raise _incomplete(path)
    results: Results = value
    return results


def _add_later_keys(value: Mapping[str, Any]) -> None:
    """Give results of an earlier version of this format the keys that came later, as it would have had them."""
    for gold in value["gold"] if isinstance(value.get("gold"), list) else ():
        if isinstance(gold, dict) and isinstance(gold.get("health"), dict):
            gold["health"].setdefault("weights", None)
    for result in value["results"] if isinstance(value.get("results"), list) else ():
        if isinstance(result, dict):
            result.setdefault("unscored", 0)
            result.setdefault("cascade", None)
            if isinstance(result.get("speed"), dict):
                result["speed"] = {**dict.fromkeys(_LATER), **result["speed"]}


def _complete(value: Mapping[str, Any]) -> bool:
    """Whether everything is there that figures are found by."""
    if any(not isinstance(value.get(key), kind) for key, kind in _KEYS.items()):
        return False
    return all(
        isinstance(one, dict) and one.keys() >= keys for name, keys in _ENTRIES.items() for one in value[name]
    ) and all(one["backend"] in value["backends"] for one in value["results"])


def _incomplete(path: Path) -> InputError:
    return InputError(f"{path} holds no whole results.", hint="Run the evaluation again.")


def upgrade(old: Mapping[str, Any]) -> Results:
    """Results of format 1 in the shape of the present format."""
    classes = list(old["labels"])
    stamp = old["stamp"]
    results: Any = {
        "format": FORMAT,
        "read_from": 1,
        "name": old["name"],
        "description": old["description"],
        "config": old["config"],
        "labels": classes,
        "stamp": {
            "git": None,
            "config_sha256": "",
            "prompts": {},
            "cores": 0,
            **stamp,
            "seed": old["config"]["seed"],
            "resamples": old["config"]["resamples"],
        },
        "gold": [_gold(one, stamp["label_set"].split(" ")[0], classes) for one in old["gold"]],
        "backends": {name: _backend(name, settings, old) for name, settings in old["backends"].items()},
        "results": [_result(one, classes) for one in old["results"]],
        "comparisons": [],
        "robustness": [],
    }
    checked: Results = results
    return checked


def _gold(old: Mapping[str, Any], scheme: str, classes: list[str]) -> dict[str, Any]:
    return {
        **old,
        "rows": gold_path(old["name"]),
        "scheme": {"name": scheme, "classes": classes},
        "keep_text": True,
        "benchmark": None,
        "detectable": {"macro_f1": None, "basis": "", "words": ""},
        "health": {
            "exact": [],
            "near": [],
            "near_threshold": 1.0,
            "leakage": [],
            "leakage_sources": [],
            "few_shot": [],
            "annotators": None,
            "suspects": {"method": "", "backends": [], "rows": [], "skipped": "not told in format 1"},
            "weights": None,
        },
    }


def _backend(name: str, settings: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    run = next((one["run"] for one in old["results"] if one["backend"] == name), "")
    return {"run": run, "settings": settings, "parameters": None, "revision": None}


def _result(old: Mapping[str, Any], classes: list[str]) -> dict[str, Any]:
    flag = old["attributed"]
    answered = old["n"] - old["abstained"] - old["failed"]
    return {
        **{key: old[key] for key in ("gold", "split", "backend", "run", "n", "documents", "abstained", "failed")},
        "predictions": predictions_path(old["gold"], old["backend"]),
        "unscored": 0,
        "coverage": answered / old["n"],
        "all_rows": {
            "n": old["n"],
            "macro_f1": _estimate(old, "macro_f1"),
            "accuracy": _estimate(old, "accuracy"),
            **dict.fromkeys(("mcc", "log_loss", "brier", "ece"), NOTHING),
            "per_label": {name: _label(old["per_label"][name]) for name in classes},
        },
        "covered": None,
        "confusion": old["confusion"],
        "reliability": [],
        "risk_coverage": None,
        "thresholds": [],
        "slices": {"minimum": 0, "groups": [], "worst": None, "words": ""},
        "attributed": None if flag is None else _flag(flag, old["n"]),
        "cascade": None,
        "speed": {**dict.fromkeys(_SPEED), "sentences_per_second": old["sentences_per_second"]},
    }


def _flag(old: Mapping[str, Any], n: int) -> dict[str, Any]:
    scores = {"n": n, **_label(old), "ece": NOTHING}
    return {"all_rows": scores, "covered": None, "confusion": [], "reliability": []}


def _label(old: Mapping[str, Any]) -> dict[str, Any]:
    figures = {name: {"value": old[name], "interval": None} for name in ("precision", "recall")}
    return {**figures, "f1": _estimate(old, "f1"), "auroc": NOTHING, "support": int(old["support"])}


def _estimate(old: Mapping[str, Any], name: str) -> Estimate:
    return {"value": old[name], "interval": old[f"{name}_interval"]}
