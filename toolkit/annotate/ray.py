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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from toolkit.annotate.manifest import Part
from toolkit.annotate.ray_parts import Annotator, Reading, read_windows, settings_of, slim, tell, unpack
from toolkit.annotate.shard import Shard
from toolkit.annotate.work import Done, Job
from toolkit.corpus.read import Corpus
from toolkit.errors import ConfigError, InputError, MissingExtraError, OutputError

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
    """

    workers: int | None = None

    def __call__(self, job: Job, written: Callable[[Part], None]) -> Done:
        """Do it; see `toolkit.annotate.work.locally`."""
        with connected(self.workers) as ray:
            resources = ray.cluster_resources()
            gpus = int(resources.get("GPU", 0))
            workers = self.workers or gpus or max(1, int(resources.get("CPU", 1)) - READERS)
            return _collect(job, written, _windows(ray, job, workers=workers, gpu=gpus >= workers))


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


def _windows(ray: ModuleType, job: Job, *, workers: int, gpu: bool) -> Iterator[dict[str, Any]]:
    """What comes back of the windows, as they are done."""
    context = _context(ray)
    reading = Reading(
        job.stream.corpus,
        all_units=job.stream.all_units,
        context=job.stream.context,
        window=job.window,
        output=job.output,
        found=slim(job.found),
    )
    with ray.data.DataContext.current(context):
        windows = ray.data.read_datasource(_source([reading]), num_cpus=1, override_num_blocks=1).map_batches(
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
        for batch in windows.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            for value in batch["window"].to_pylist():
                yield unpack(value)


def _context(ray: ModuleType) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Ray warns of its own defaults
        context = ray.data.DataContext.get_current().copy()
    context.target_max_block_size = BLOCK
    context.enable_progress_bars = False
    return context


def _source(readings: list[Reading]) -> Any:
    """The readings as what Ray Data reads from."""
    from ray.data.block import BlockMetadata
    from ray.data.datasource import Datasource, ReadTask

    class WindowDatasource(Datasource):
        def get_read_tasks(self, *_: Any, **__: Any) -> list[Any]:
            nothing = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
            return [ReadTask(_task(reading), nothing) for reading in readings]

        def estimate_inmemory_data_size(self) -> int | None:
            return None

    return WindowDatasource()  # type: ignore[no-untyped-call]


def _task(reading: Reading) -> Callable[[], Iterator[pa.Table]]:
    return lambda: read_windows(reading)


def _collect(job: Job, written: Callable[[Part], None], windows: Iterator[dict[str, Any]]) -> Done:
    """Journal what is done, as it is done.

    Raises:
        ToolkitError: What the reader or a worker met that the user can put right.
    """
    digests: dict[int, str] = {}
    reused = recalled = documents = without_sentences = 0
    for window in windows:
        if "fault" in window:
            raise tell(window["fault"])
        if "documents" in window:
            documents += window["documents"]
            without_sentences += window["without_sentences"]
            continue
        index, digest, part = window["index"], window["digest"], window.get("part")
        if index in digests:  # a task that Ray did twice
            continue
        digests[index] = digest
        job.stream.seen = max(job.stream.seen, window["seen"])
        job.stream.corpus.bytes_read = max(job.stream.corpus.bytes_read, window["bytes"])
        earlier = job.found.done.get(index) if window["kept"] else None
        reused += earlier.items - earlier.failed if earlier else 0
        recalled += window.get("recalled", 0)
        if part is None:
            part = job.found.done[index]
        else:
            job.output.journal.add(part)
        written(part)
    if sorted(digests) != list(range(len(digests))):
        raise RuntimeError("windows are missing")
    everything = hashlib.sha256("".join(digests[index] for index in sorted(digests)).encode())
    return Done(len(digests), everything.hexdigest(), reused, documents, without_sentences, recalled)
