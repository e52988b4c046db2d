"""What runs in the workers of a Ray cluster: the readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Self

import pyarrow as pa

from toolkit.annotate.engine import ItemStream, windows
from toolkit.annotate.output import Output
from toolkit.annotate.ray_cut import Piece, Share, lengths
from toolkit.annotate.ray_parts import Message, pack, told
from toolkit.annotate.work import Found, Job
from toolkit.backends.prompt_config import ContextConfig
from toolkit.errors import ToolkitError


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is to be read, and how.

    Attributes:
        corpus: Reference of the corpus, which is sent once.
        all_units: Keep units that are not sentences.
        context: What the backend wants to see around each sentence.
    """

    corpus: Any
    all_units: bool
    context: ContextConfig | None

    @classmethod
    def of(cls, corpus: Any, job: Job) -> Self:
        """The inputs of a job, whose corpus has a reference."""
        return cls(corpus, job.stream.all_units, job.stream.context)

    def stream(self) -> ItemStream:
        """The items."""
        import ray

        return ItemStream(ray.get(self.corpus), all_units=self.all_units, context=self.context)


def slim(found: Found) -> Found:
    """What a reader needs of what was found: the counts only of those windows that are tried again."""
    done = {index: part if part.retry else replace(part, counts={}, columns=()) for index, part in found.done.items()}
    return Found({}, done, is_done=False)


def measure_piece(inputs: Inputs, number: int, piece: Piece) -> Iterator[pa.Table]:
    """The lengths of the items of a piece, by which windows are cut."""
    try:
        stream = inputs.stream()
        found = lengths(stream, piece)
    except ToolkitError as error:
        yield pack({"fault": told(error)})
        return
    yield pack({"piece": number, "lengths": found, **_counts(stream)})


def read_windows(inputs: Inputs, share: Share, output: Output, size: int, found: Any) -> Iterator[pa.Table]:
    """Windows as blocks; those that are done without their items. What the user can put right ends it.

    Args:
        inputs: What is to be read.
        share: Which of its windows.
        output: Where the run is.
        size: Most items in a window.
        found: Reference of what an earlier run left.
    """
    import ray

    try:
        yield from _read(inputs.stream(), share, output, size, ray.get(found))
    except ToolkitError as error:
        yield pack({"fault": told(error)})


def _read(stream: ItemStream, share: Share, output: Output, size: int, found: Found) -> Iterator[pa.Table]:
    items = islice(stream.between(share.begin), share.skip, None)
    for number, digest, some in islice(windows(items, size), share.windows):
        index = share.first + number
        part = found.part(output, index, digest, some[0])
        message: Message = {"index": index, "digest": digest, "kept": part is not None}
        message |= {"seen": stream.seen, "bytes": stream.corpus.bytes_read}
        if part is None or part.retry:
            stream.corpus.require_unchanged()
            message |= {"items": some, "earlier": part}
        yield pack(message)
    if share.windows is None:
        yield pack(_counts(stream))


def _counts(stream: ItemStream) -> Message:
    return {"documents": stream.documents, "without_sentences": stream.without_sentences}
