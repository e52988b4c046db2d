"""Which keys of a backend config can change an answer: what fingerprints are made of."""

from __future__ import annotations

from typing import Any

from toolkit.backends.config import BackendBase

NOT_ANSWER_CHANGING: dict[str, Any] = {
    **dict.fromkeys(("name", "tokens_per_batch", "device", "labels", "model", "data", "members"), True),
    # Of a language model: what hashes stand for, and how fast it is asked.
    **dict.fromkeys(("prompt", "threads", "reuse_prefix", "cache"), True),
    "runtime": True,  # the one that was really used is with the weights
    "examples": {"files"},
    # Of a chat server: how fast, how patiently and for how much it is asked.
    **dict.fromkeys(("api_key_env", "concurrency", "requests_per_minute", "tokens_per_minute", "timeout"), True),
    **dict.fromkeys(("retries", "prices", "budget", "mode", "poll_seconds"), True),
}
"""Keys that leave the answers alone, or that hashes of the label set, weights, data, members, prompt or examples stand
for."""


def answer_settings(config: BackendBase) -> dict[str, Any]:
    """A config as JSON values, without the keys that leave the answers alone; no machine path is in it."""
    settings: dict[str, Any] = config.model_dump(mode="json", exclude=NOT_ANSWER_CHANGING)
    return settings
