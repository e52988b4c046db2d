"""Where the reading of a corpus may begin, so that many processes can read it, a piece each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolkit.corpus.sources import Source
from toolkit.corpus.unpack import COMPRESSIONS


@dataclass(frozen=True, slots=True)
class Place:
    """The beginning of a piece of a corpus.

    Attributes:
        source: Which of its sources, counted from 0.
        row: Which row of it, counted from 0; only a Parquet file can be entered anywhere.
    """

    source: int = 0
    row: int = 0


START = Place()


def places(sources: Sequence[Source], size: int) -> Iterator[Place]:
    """The beginnings of pieces of about so many bytes, or larger where a file cannot be entered in its middle.

    Small files are taken together, Parquet files are cut between their row groups.

    Args:
        sources: Of the corpus.
        size: Bytes.
    """
    left = 0
    for index, source in enumerate(sources):
        for row, held in _stretches(source):
            if left <= 0:
                yield Place(index, row)
                left = size
            left -= held


def _stretches(source: Source) -> Iterator[tuple[int, int]]:
    """Rows at which a source can be entered, and how many bytes there are up to the next."""
    if source.type == "parquet" and not source.fault and source.path.suffix.lower() not in COMPRESSIONS:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            metadata = pq.read_metadata(source.path)
            groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
        except (pa.ArrowException, OSError):  # reading it will say so
            groups = []
        row = 0
        for group in groups:
            yield row, group.total_byte_size
            row += group.num_rows
        if groups:
            return
    yield 0, source.size
