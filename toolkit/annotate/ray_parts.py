"""What runs in the workers of a Ray cluster: the actor that has a model, and the messages between processes."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from toolkit.annotate import work
from toolkit.annotate.cache import recalling
from toolkit.annotate.engine import Item
from toolkit.annotate.manifest import Part
from toolkit.annotate.output import Output
from toolkit.annotate.ray_guard import Guard
from toolkit.annotate.work import Job, may_do_better, window_rows
from toolkit.annotate.writer import write_window
from toolkit.backends.base import load_backend
from toolkit.backends.config import BackendBase
from toolkit.errors import ModelError, ToolkitError
from toolkit.labels import LabelSet

_log = logging.getLogger(__name__)

Message = dict[str, Any]
"""What goes from one process to the next of a window, of a reader that has come to its end, or of a fault."""


def pack(message: Message) -> pa.Table:
    """A message as a block of one row."""
    return pa.table({"window": pa.array([pickle.dumps(message)], type=pa.large_binary())})


def unpack(value: bytes) -> Message:
    """The message in a row."""
    message: Message = pickle.loads(value)
    return message


def told(error: ToolkitError) -> tuple[type[ToolkitError], str, str]:
    """An error for a message: not all kinds can be pickled."""
    return type(error), error.message, error.hint


def tell(fault: tuple[type[ToolkitError], str, str]) -> ToolkitError:
    """The error that `told` was given."""
    kind, message, hint = fault
    error = kind.__new__(kind)
    ToolkitError.__init__(error, message, hint=hint)
    return error


@dataclass(frozen=True, slots=True)
class Settings:
    """What an actor needs to know.

    Attributes:
        config: Of the backend.
        labels: The label set.
        identity: What the model must be.
        output: Where the run is.
        run: Fingerprint of the run.
        all_units: Whether there are units that are not sentences.
        cache: Whether answers are kept on disk across runs.
    """

    config: BackendBase
    labels: LabelSet
    identity: Mapping[str, Any]
    output: Output
    run: str
    all_units: bool
    cache: bool | None


def settings_of(job: Job) -> Settings:
    """What an actor needs to know of a run."""
    backend, stream = job.backend, job.stream
    return Settings(
        backend.config, backend.labels, backend.identity(), job.output, job.run, stream.all_units, job.cache
    )


class Annotator:
    """An actor: it has a model, and answers and writes one window at a time.

    Args:
        settings: `Settings`, pickled.
    """

    def __init__(self, settings: bytes) -> None:
        self._stack = ExitStack()
        self._recalled = 0
        self._fault: ToolkitError | None = None
        try:
            self._settings: Settings = pickle.loads(settings)
            backend = load_backend(self._settings.config, labels=self._settings.labels)
            if dict(backend.identity()) != dict(self._settings.identity):
                raise ModelError(
                    f"A worker has another model for {backend.config.name!r} than the process that started the run.",
                    hint="Give all nodes the same model files, and write `runtime` and `precision` into the config.",
                )
            self._backend, self._memories = self._stack.enter_context(recalling(backend, wanted=self._settings.cache))
        except ToolkitError as error:
            self._fault = error
        except Exception as error:  # raised here, it would be retried and then shown with the inside of Ray
            _log.exception("The backend cannot be loaded.")
            self._fault = ModelError(
                f"A worker cannot load the backend ({type(error).__name__}: {error}).",
                hint="Give all nodes the same claimkit with the same extras, and the modules that the run needs.",
            )

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Answer and write the window in a block of one row."""
        message = unpack(batch["window"][0].as_py())
        items: list[Item] | None = message.pop("items", None)
        if items is None:
            return pack(message)
        try:
            if self._fault is not None:
                raise self._fault
            return pack(message | self._done(message, items))
        except ToolkitError as error:
            return pack({"fault": told(error)})

    def _done(self, message: Message, items: list[Item]) -> Message:
        settings = self._settings
        earlier: Part | None = message.pop("earlier")
        guard = Guard(settings.output.note_path(message["index"]))
        rows, usage = window_rows(settings.output, earlier, items, self._backend, settings.run, ask=guard.annotate)
        retry = sum(map(may_do_better, rows, items))
        part = Part(message["index"], message["digest"], len(items), retry)
        extras = work.extras_of(self._backend, kind=settings.all_units)
        recalled = sum(memory.recalled for memory in self._memories)
        before, self._recalled = self._recalled, recalled
        part = write_window(settings.output, part, rows, usage, extras)
        guard.done()
        return {"part": part, "recalled": recalled - before}
