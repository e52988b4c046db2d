"""A backend whose process dies over some sentences; it has a module of its own, for the workers of Ray to import."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from toolkit.backends.config import ScriptedConfig
from toolkit.backends.scripted import ScriptedBackend
from toolkit.records import Prediction, Sentence
from toolkit.registry import BACKENDS


class DyingConfig(ScriptedConfig):
    """That of a scripted backend here, and of the other one wherever it is sent."""

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        BACKENDS["scripted"] = "dying:DyingBackend"


class DyingBackend(ScriptedBackend):
    """Dies as a fault in native code or the kernel would let it."""

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        if any("deadly" in sentence.text for sentence in sentences):
            os._exit(139)
        return super().classify(sentences)
