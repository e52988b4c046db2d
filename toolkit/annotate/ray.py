"""A run on Ray Data: a task reads and cuts, actors with a model each answer and write, this process keeps the journal.

The windows are those of a run in one process, so the run folder is the same to the byte, and a run that was begun here
may be finished there. Ray does the scheduling, the retries of what died, and the back-pressure.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa

from toolkit.annotate.manifest import Part
from toolkit.annotate.ray_cut import Piece, Share, can_be_cut, shares
from toolkit.annotate.ray_parts import Annotator, Message, settings_of, tell, unpack
from toolkit.annotate.ray_read import Inputs, measure_piece, read_windows, slim
from toolkit.annotate.shard import Shard
from toolkit.annotate.work import Done, Job
from toolkit.corpus.pieces import places
from toolkit.corpus.read import Corpus
from toolkit.errors import ConfigError, InputError, MissingExtraError, OutputError

PIECE = 16 << 20
"""Bytes of the inputs that one task reads."""

READERS = 1
"""Processors of a cluster that are left for reading when nobody says how many workers there should be."""

BLOCK = 1
"""Bytes of a block at which it goes on its way, so that each holds one window."""


def require_ray() -> ModuleType:
    """Ray with Ray Data.

    Raises:
        MissingExtraError: It is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # it tells of each retry as of an error
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtraError("Ray Data", "ray") from error
    # Its progress is ours to tell.
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


@contextmanager
def connected(workers: int | None) -> Iterator[ModuleType]:
    """Ray, on the cluster that this process belongs to or that RAY_ADDRESS names, else on this machine alone.

    Args:
        workers: How many there will be.
    """
    ray = require_ray()
    if ray.is_initialized():
        yield ray
        return
    local = not os.environ.get("RAY_ADDRESS")
    if local:  # else Ray gives way to every other process here, which a run in one process does not
        os.environ.setdefault("RAY_worker_niceness", "0")
    # On this machine there is always room for as many workers as were asked for, and for the reader beside them.
    cores = {"num_cpus": (workers or os.cpu_count() or 1) + READERS, "include_dashboard": False} if local else {}
    with _silent():
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **cores)
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _silent() -> Iterator[None]:
    """Without the lines that Ray's native part writes to standard error as it starts."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@dataclass(frozen=True, slots=True)
class OnRay:
    """Does a run on Ray; for `toolkit.annotate.run.annotate` as its ``work``.

    Attributes:
        workers: Actors with a model each; None takes one for each GPU of the cluster, or each processor without.
        piece: Bytes of the inputs that one task reads.
    """

    workers: int | None = None
    piece: int = PIECE

    def __call__(self, job: Job, written: Callable[[Part], None]) -> Done:
        """Do it; see `toolkit.annotate.work.locally`."""
        job.output.tidy(done=False)  # a stop is not the death of a worker
        with connected(self.workers) as ray:
            resources = ray.cluster_resources()
            gpus = int(resources.get("GPU", 0))
            workers = self.workers or gpus or max(1, int(resources.get("CPU", 1)) - READERS)
            with ray.data.DataContext.current(_context(ray)):
                tally = Tally()
                shares = _shares(ray, job, self.piece, tally)
                windows = _windows(ray, job, shares, workers=workers, gpu=gpus >= workers)
                return _collect(job, written, windows, tally)


def ray_work(corpus: Corpus, workers: int | None = None, *, output: str = "", shard: Shard | None = None) -> OnRay:
    """What does a run on Ray, once it is known that Ray is there and can do it.

    Args:
        corpus: The inputs.
        workers: See `OnRay`.
        output: Where the run goes.
        shard: The share of the run to do.

    Raises:
        MissingExtraError: Ray is not installed.
        InputError: One of the inputs is a stream.
        OutputError: The run goes to standard output.
        ConfigError: Only a share of it is to be done.
    """
    require_ray()
    if output == "-":
        raise OutputError("A run on Ray goes to a place of its own, not to standard output.", hint="Name OUT with -o.")
    if shard is not None:
        raise ConfigError("--engine ray spreads a run by itself.", hint="Leave out --shard, or --engine ray.")
    for source in corpus.sources:
        if source.is_stream:
            raise InputError(
                f"{source.name} is a stream, which workers cannot read.",
                hint="Write it to a file first, or use --engine local.",
            )
    return OnRay(workers)


def _shares(ray: ModuleType, job: Job, size: int, tally: Tally) -> list[Share]:
    """The windows to read at once: where the inputs are large, as a first reading of all pieces at once finds them."""
    corpus = job.stream.corpus
    begins = list(places(corpus.sources, size)) if can_be_cut(corpus) else []
    if len(begins) < 2:
        return [Share()]
    corpus.freeze()
    pieces = [Piece(*ends) for ends in zip_longest(begins, begins[1:])]
    inputs = Inputs.of(ray.put(corpus), job)
    read = [partial(measure_piece, inputs, number, piece) for number, piece in enumerate(pieces)]
    found = _messages(ray.data.read_datasource(_source(read), num_cpus=1, override_num_blocks=len(read)))

    def in_order() -> Iterator[tuple[Piece, np.ndarray]]:
        waiting: dict[int, np.ndarray] = {}
        for number, piece in enumerate(pieces):
            while number not in waiting:
                message = next(found)
                tally.add(message)
                waiting[message["piece"]] = message["lengths"]
            yield piece, waiting.pop(number)

    return list(shares(in_order(), job.window))


def _windows(ray: ModuleType, job: Job, shares: list[Share], *, workers: int, gpu: bool) -> Iterator[Message]:
    """What comes back of the windows, as they are done."""
    inputs = Inputs.of(ray.put(job.stream.corpus), job)
    found = ray.put(slim(job.found))
    read = [partial(read_windows, inputs, share, job.output, job.window, found) for share in shares]
    if not read:
        return iter(())
    windows = ray.data.read_datasource(_source(read), num_cpus=1, override_num_blocks=len(read)).map_batches(
        Annotator,
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(
            min_size=1, max_size=workers, initial_size=workers, max_tasks_in_flight_per_actor=2
        ),
        num_cpus=1,
        num_gpus=1 if gpu else None,
        fn_constructor_args=(pickle.dumps(settings_of(job)),),
    )
    return _messages(windows)


def _messages(dataset: Any) -> Iterator[Message]:
    """The messages of a dataset, as they come.

    Raises:
        ToolkitError: What a reader or a worker met that the user can put right.
    """
    for batch in dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
        for value in batch["window"].to_pylist():
            message = unpack(value)
            if "fault" in message:
                raise tell(message["fault"])
            yield message


def _context(ray: ModuleType) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Ray warns of its own defaults
        context = ray.data.DataContext.get_current().copy()
    context.target_max_block_size = BLOCK
    context.enable_progress_bars = False
    return context


def _source(read: Sequence[Callable[[], Iterator[pa.Table]]]) -> Any:
    """What Ray Data reads from: a task for each function."""
    from ray.data.block import BlockMetadata
    from ray.data.datasource import Datasource, ReadTask

    class WindowDatasource(Datasource):
        def get_read_tasks(self, *_: Any, **__: Any) -> list[Any]:
            nothing = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
            return [ReadTask(one, nothing) for one in read]

        def estimate_inmemory_data_size(self) -> int | None:
            return None

    return WindowDatasource()  # type: ignore[no-untyped-call]


@dataclass(slots=True)
class Tally:
    """What was counted while reading.

    Attributes:
        items: In pieces that were read for the first time.
        documents: Documents that could be read.
        without_sentences: How many of them have no sentence.
    """

    items: int = 0
    documents: int = 0
    without_sentences: int = 0

    def add(self, message: Message) -> None:
        """Count what a message tells."""
        self.items += len(message.get("lengths", ()))
        self.documents += message["documents"]
        self.without_sentences += message["without_sentences"]


def _collect(job: Job, written: Callable[[Part], None], windows: Iterator[Message], tally: Tally) -> Done:
    """Journal what is done, as it is done."""
    stream, corpus = job.stream, job.stream.corpus
    digests: dict[int, str] = {}
    reused = recalled = 0
    if tally.items:  # all of them, so that is what there will be
        stream.seen, corpus.bytes_read = tally.items, corpus.bytes_total
    for window in windows:
        if "documents" in window:
            tally.add(window)
            continue
        index = window["index"]
        if index in digests:  # a task that Ray did twice
            continue
        digests[index] = window["digest"]
        if not tally.items:
            stream.seen, corpus.bytes_read = max((stream.seen, corpus.bytes_read), (window["seen"], window["bytes"]))
        earlier = job.found.done[index] if window["kept"] else None
        reused += earlier.items - earlier.failed if earlier else 0
        recalled += window.get("recalled", 0)
        part = window.get("part") or earlier
        if part is None:
            raise RuntimeError(f"window {index} came back without its part")
        if "part" in window:
            job.output.journal.add(part)
        written(part)
    if digests.keys() != {*range(len(digests))}:
        raise RuntimeError("windows are missing")
    everything = hashlib.sha256("".join(digests[index] for index in sorted(digests)).encode())
    return Done(len(digests), everything.hexdigest(), reused, tally.documents, tally.without_sentences, recalled)
