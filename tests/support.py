"""What several test files share: short ways to read a corpus, and backends to annotate with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.backends.config import ScriptedConfig
from toolkit.backends.scripted import ScriptedBackend
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.labels import load_labels
from toolkit.records import Document, Prediction, Sentence, Unreadable

ROOT = Path(__file__).resolve().parent.parent


class Outcome(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


def shell(command: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """A shell command in which ``claimkit`` is the command line of this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    full = f'claimkit() {{ "{sys.executable}" -m toolkit.cli.main "$@"; }}; {command}'
    command_line = ["bash", "-c", full]
    return subprocess.run(
        command_line, cwd=cwd, env=environment, capture_output=True, timeout=60, check=False, **options
    )


def documents(*inputs: str | Path, **options: Any) -> list[Document | Unreadable]:
    """All documents of a corpus."""
    return list(Corpus(inputs, ReadOptions(**options)).documents())


def texts(*inputs: str | Path, **options: Any) -> list[str]:
    """Their texts; those that could not be read as ``!kind``."""
    found = documents(*inputs, **options)
    return [one.text if isinstance(one, Document) else f"!{one.failure.kind}" for one in found]


def scripted(answers: dict[str, str] | None = None, default: str | None = "opinion", **config: Any) -> ScriptedBackend:
    """A backend that answers from a list and remembers what it was asked."""
    settings = ScriptedConfig(kind="scripted", name="scripted", answers=answers or {}, default=default, **config)
    return ScriptedBackend(settings, load_labels("claims"))


class Stopping(ScriptedBackend):
    """Raises instead of answering the n-th call."""

    def __init__(self, backend: ScriptedBackend, *, at: int, error: BaseException) -> None:
        super().__init__(backend.config, backend.labels)
        self.at = at
        self.error = error
        self.calls = 0

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        self.calls += 1
        if self.calls == self.at:
            raise self.error
        return super().classify(sentences)


class Retrying(ScriptedBackend):
    """Has the config of a backend that failed, and does not fail."""

    def __init__(self, failed: ScriptedBackend) -> None:
        super().__init__(failed.config, failed.labels)

    def _answer(self, text: str) -> Prediction:
        return scripted()._answer(text)


class BrokenBackend(ScriptedBackend):
    """A backend with a bug outside of what the engine guards."""

    def identity(self) -> dict[str, Any]:
        raise RuntimeError("a bug")


class MisspeltBackend(ScriptedBackend):
    """Another bug."""

    def identity(self) -> dict[str, Any]:
        raise KeyError("a bug")
