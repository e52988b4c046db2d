"""Annotations as a stream, of which nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from toolkit.annotate.cache import recalling
from toolkit.annotate.engine import ItemStream, annotate_window, windows
from toolkit.annotate.manifest import fingerprint, settings_of
from toolkit.annotate.run import Progress, reading_of, window_for
from toolkit.annotate.summary import Summary
from toolkit.annotate.work import extras_of
from toolkit.backends.base import Backend, context_of
from toolkit.corpus.read import Corpus
from toolkit.corpus.write import jsonl_line, to_row
from toolkit.records import Annotation


def stream(
    corpus: Corpus, backend: Backend, *, all_units: bool = False, cache: bool | None = None
) -> Iterator[Annotation]:
    """Annotate a corpus as a stream, without keeping anything.

    Args:
        corpus: The inputs.
        backend: Who answers.
        all_units: Keep units that are not sentences, without a label.
        cache: Keep answers on disk across runs, and look for them there; None does so for models.
    """
    window = window_for(backend)
    run = fingerprint(settings_of(backend, reading_of(corpus, all_units, window)))
    items = ItemStream(corpus, all_units=all_units, context=context_of(backend))
    with recalling(backend, wanted=cache) as (asked, _):
        for _, _, some in windows(items, window):
            yield from annotate_window(some, asked, run)[0]


def annotate_to_stream(
    corpus: Corpus,
    backend: Backend,
    stream: IO[str],
    *,
    all_units: bool = False,
    cache: bool | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Annotate a corpus as JSONL onto an open stream; nothing is kept, so nothing can be resumed.

    Args:
        corpus: The inputs.
        backend: Who answers.
        stream: Where the lines go.
        all_units: Keep units that are not sentences, without a label.
        cache: Keep answers on disk across runs, and look for them there; None does so for models.
        progress: Called after each window.

    Raises:
        InputError: The only input cannot be read, or an input changes while it is read.
    """
    window = window_for(backend)
    run = fingerprint(settings_of(backend, reading_of(corpus, all_units, window)))
    summary = Summary(run)
    items = ItemStream(corpus, all_units=all_units, context=context_of(backend))
    extras = extras_of(backend, kind=all_units)
    with recalling(backend, wanted=cache) as (asked, memories):
        for _, _, some in windows(items, window):
            annotated, usage = annotate_window(some, asked, run)
            corpus.require_unchanged()
            summary.usage += usage
            for annotation in annotated:
                row = to_row(annotation, **extras)
                summary.add(row)
                stream.write(jsonl_line(row))
            stream.flush()
            if progress:
                progress(summary.total, items.total())
        summary.recalled = sum(memory.recalled for memory in memories)
    summary.documents, summary.without_sentences = items.documents, items.without_sentences
    return summary
