"""Text has no types: CSV and JSON lines are read with those of a schema or of an artifact.

Otherwise a file in which all fares happen to be whole numbers, or are missing, would be read as
another type than the function was fitted on.
"""

from __future__ import annotations

from collections.abc import Set

import pyarrow as pa

from taurus_beam.io.source import Source

__all__ = ["read_typed", "with_text_kept"]

_WITHOUT_TYPES = ("csv", "jsonl")


def read_typed(source: Source, wanted: pa.Schema) -> Source:
    """The source, with some columns' types wanted; a source that knows its types is left as it is.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x.csv")
        >>> _ = open(path, "w").write("fare,id\\n1,7\\n")
        >>> read_typed(Source(path), pa.schema({"fare": pa.float64()})).schema
        fare: double
        id: int64
    """
    if source.format.name not in _WITHOUT_TYPES:
        return source
    fields = [pa.field(f.name, _typed(f, wanted)) for f in source.schema]
    return Source(
        source.patterns,
        format=source.format.name,
        schema=pa.schema(fields),
        batch_size=source.batch_size,
        skip_bad_files=source.skip_bad_files,
    )


def with_text_kept(source: Source, but: Set[str] = frozenset()) -> Source:
    """The source, with nothing but numbers and text in CSV: times and true/false stay as written.

    Args:
        source: Of any format; of others than CSV, or with a schema given, it is left as it is.
        but: Columns whose inferred types remain.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x.csv")
        >>> _ = open(path, "w").write("day,open,fare\\n2024-02-29,true,7.5\\n")
        >>> with_text_kept(Source(path)).schema.types
        [DataType(string), DataType(string), DataType(double)]
    """
    if source.format.name != "csv" or source.schema_is_given:
        return source
    texts = [
        (field.name, pa.string())
        for field in source.schema
        if field.name not in but
        and (pa.types.is_temporal(field.type) or pa.types.is_boolean(field.type))
    ]
    return read_typed(source, pa.schema(texts)) if texts else source


def _typed(found: pa.Field, wanted: pa.Schema | pa.StructType) -> pa.DataType:
    index = wanted.get_field_index(found.name)
    if index < 0:
        return found.type
    dtype = wanted.field(index).type
    if pa.types.is_struct(found.type) and pa.types.is_struct(dtype):
        # An artifact knows only the fields that it reads.
        return pa.struct([pa.field(f.name, _typed(f, dtype)) for f in found.type])
    return dtype
