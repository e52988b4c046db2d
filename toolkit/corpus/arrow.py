"""Rows as Arrow tables: a fixed type for every field of the record, an inferred one for the input's own columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.corpus.write import FIELDS, KIND, LABEL_SET, RATIONALE, atomic

GROUP_ROWS = 1 << 16
"""Rows of a row group of one file, which readers take at once: with few of them it is large and slow to read."""

GROUP_BYTES = 1 << 26
"""Bytes in memory at which a row group ends earlier."""

DEEPEST = 30
"""Lists and objects in one another that Parquet gets; of half as many more it cannot read what it has written."""


def record_schema(labels: Sequence[str]) -> dict[str, pa.DataType]:
    """Field to Arrow type."""
    types: dict[str, pa.DataType] = dict.fromkeys(FIELDS, pa.string())
    types |= {"start": pa.int64(), "end": pa.int64(), "abstained": pa.bool_(), "attributed": pa.bool_()}
    types |= {"attributed_prob": pa.float64(), "probs": pa.struct([(name, pa.float64()) for name in labels])}
    types |= {"failure": pa.struct([("kind", pa.string()), ("message", pa.string())]), KIND: pa.string()}
    types |= {LABEL_SET: pa.list_(pa.string()), RATIONALE: pa.string()}
    return types


def to_table(rows: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> pa.Table:
    """A table of rows; columns that are missing in some rows are null there."""
    fixed = record_schema(labels)
    names = list(dict.fromkeys(chain.from_iterable(rows))) or list(FIELDS)
    arrays = {name: _array([row.get(name) for row in rows], fixed.get(name)) for name in names}
    return pa.table(arrays)


def _array(values: list[Any], fixed: pa.DataType | None) -> pa.Array:
    if fixed is not None:
        return pa.array(values, type=fixed)
    try:
        inferred = pa.array(values)
        if _fits_parquet(inferred.type):
            return inferred
    except (pa.ArrowException, OverflowError, RecursionError, TypeError, ValueError):
        pass
    return pa.array([_as_text(value) for value in values], type=pa.string())


def _fits_parquet(kind: pa.DataType, depth: int = 0) -> bool:
    """Whether Parquet can hold a type, and what is written can be read: nothing too deep, no object without keys."""
    if depth > DEEPEST or (pa.types.is_struct(kind) and not kind.num_fields):
        return False
    return all(_fits_parquet(kind.field(index).type, depth + 1) for index in range(kind.num_fields))


def write_parquet(rows: Sequence[Mapping[str, Any]], path: Path, labels: Sequence[str]) -> None:
    """Write rows as one Parquet file, atomically.

    Args:
        rows: Rows of `to_row`.
        path: The file.
        labels: Label names; they fix the type of ``probs``.
    """
    with atomic(path) as handle:
        pq.write_table(to_table(rows, labels), handle, compression="zstd")


def unify(parts: Sequence[Path]) -> pa.Schema:
    """Give all parts of a run one schema, rewriting those that differ.

    Columns of the input are typed by what a part holds, and the next part may hold something else: integers then
    fractions, or nothing then text. What has no common type becomes JSON text.

    Returns:
        The schema that they have in common.
    """
    schemas = [pq.read_schema(part) for part in parts]
    common = _common(schemas)
    lossy: set[str] = set()
    for part, schema in zip(parts, schemas, strict=True):
        if not schema.equals(common):
            lossy |= _lossy(pq.read_table(part), common)
    for name in lossy:
        common = common.set(common.get_field_index(name), pa.field(name, pa.string()))
    for part, schema in zip(parts, schemas, strict=True):
        if not schema.equals(common):
            with atomic(part) as handle:
                pq.write_table(_conform(pq.read_table(part), common), handle, compression="zstd")
    return common


def concatenate(parts: Sequence[Path], target: Path) -> None:
    """One Parquet file of all parts, a row group of them in memory at a time."""
    schema = unify(parts)
    with atomic(target) as handle, pq.ParquetWriter(handle, schema, compression="zstd") as writer:
        group: list[pa.Table] = []
        for part in parts:
            group.append(pq.read_table(part))
            if sum(table.num_rows for table in group) >= GROUP_ROWS or sum(t.nbytes for t in group) >= GROUP_BYTES:
                writer.write_table(pa.concat_tables(group))
                group.clear()
        if group:
            writer.write_table(pa.concat_tables(group))


def _common(schemas: Sequence[pa.Schema]) -> pa.Schema:
    types: dict[str, pa.DataType] = {}
    for schema in schemas:
        for column in schema:
            known = types.get(column.name)
            types[column.name] = column.type if known is None else _wider(known, column.type)
    # A column that is null everywhere gets a real type, which readers such as datasets need.
    return pa.schema([(name, pa.string() if pa.types.is_null(kind) else kind) for name, kind in types.items()])


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one.equals(other):
        return one
    try:
        merged = pa.unify_schemas([pa.schema([("x", one)]), pa.schema([("x", other)])], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.string()
    return merged.field("x").type


def _lossy(table: pa.Table, schema: pa.Schema) -> set[str]:
    """Columns that cannot take the type of the schema without losing something, such as digits of a large integer."""
    found = set()
    for column in schema:
        if column.name in table.column_names and not pa.types.is_string(column.type):
            try:
                table[column.name].cast(column.type)
            except pa.ArrowException:
                found.add(column.name)
    return found


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = []
    for column in schema:
        if column.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, column.type))
            continue
        values = table[column.name]
        if pa.types.is_string(column.type) and not pa.types.is_string(values.type):
            values = pa.chunked_array([pa.array([_as_text(value) for value in values.to_pylist()], type=pa.string())])
        columns.append(values.cast(column.type))
    return pa.table(columns, schema=schema)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
