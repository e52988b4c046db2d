"""Writes windows in a thread of its own while the next one is annotated; what it says is written, is on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from toolkit.annotate.manifest import Part
from toolkit.annotate.output import Output
from toolkit.annotate.summary import Summary
from toolkit.corpus.write import to_row
from toolkit.records import Annotation, Usage

Row = dict[str, Any]


class Writer:
    """Writes one window at a time, in order; at most one waits.

    As a context it ends only when the last window is on disk, however the block ends: an interrupt costs what is being
    annotated and nothing else.

    Args:
        output: Where to.
        extras: Keywords of `to_row`.
        written: Told of each part, in the thread of the caller.
    """

    def __init__(self, output: Output, extras: Mapping[str, bool], written: Callable[[Part], None]) -> None:
        self._output = output
        self._extras = extras
        self._written = written
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="claimkit-write")
        self._pending: Future[Part] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._collect()
        finally:
            self._thread.shutdown()

    def put(self, part: Part, rows: Sequence[Row | Annotation], usage: Usage) -> None:
        """Hand over a window, once the one before is written.

        Args:
            part: Its place and digest.
            rows: What is to be written, in order.
            usage: What it took.

        Raises:
            OutputError: The one before could not be written.
        """
        self._collect()
        self._pending = self._thread.submit(self._write, part, rows, usage)

    def _collect(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            self._written(pending.result())

    def _write(self, part: Part, rows: Sequence[Row | Annotation], usage: Usage) -> Part:
        part = write_window(self._output, part, rows, usage, self._extras)
        self._output.journal.add(part)
        return part


def write_window(
    output: Output, part: Part, rows: Sequence[Row | Annotation], usage: Usage, extras: Mapping[str, bool]
) -> Part:
    """Count the rows of a window and write them.

    Args:
        output: Where to.
        part: Its place and digest.
        rows: What is to be written, in order.
        usage: What it took.
        extras: Keywords of `to_row`.

    Returns:
        What belongs into the journal.
    """
    summary = Summary("", usage=usage)
    done = [to_row(row, **extras) if isinstance(row, Annotation) else row for row in rows]
    for row in done:
        summary.add(row)
    return output.write_part(replace(part, counts=summary.as_dict()), done)
