"""The record itself as a Parquet file, with the facts of the run in its metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from toolkit.corpus.arrow import to_table
from toolkit.corpus.write import atomic, to_row
from toolkit.exchange.bundle import Export


def write(export: Export, target: Path) -> Sequence[str]:
    """Write the annotations; the key ``claimkit`` of the file's metadata holds the provenance as JSON."""
    table = to_table([to_row(annotation) for annotation in export.annotations], export.names)
    facts = json.dumps(export.provenance, ensure_ascii=False, default=str)
    with atomic(target) as handle:
        pq.write_table(table.replace_schema_metadata({"claimkit": facts}), handle, compression="zstd")
    return ()
