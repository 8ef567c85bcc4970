"""A schema from an Arrow schema, and an Arrow schema from a schema.

Arrow knows types and nesting, so that is all a schema gets from it; what values may be is for
`infer_schema`, or for the person who edits.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.artifact.schema_proto import arrow_schema
from taurus_beam.errors import DataError
from taurus_beam.validation.paths import Path, serialize

__all__ = ["schema_from_arrow", "schema_to_arrow"]

# The tag that artifact.schema_proto reads, so that both know the element type.
_TAG = "arrow:"
_TIMESTAMPS = {
    "s": schema_pb2.TimeDomain.UNIX_SECONDS,
    "ms": schema_pb2.TimeDomain.UNIX_MILLISECONDS,
    "us": schema_pb2.TimeDomain.UNIX_MICROSECONDS,
    "ns": schema_pb2.TimeDomain.UNIX_NANOSECONDS,
}


def schema_from_arrow(arrow: pa.Schema) -> Any:
    """The `Schema` of data that have an Arrow schema.

    Integers, Booleans (with ``bool_domain``), dates and timestamps (with ``time_domain``), times
    and durations are INT, floats FLOAT, strings and binary BYTES, structs STRUCT with their
    fields. Fixed-size lists have a shape; other lists a value count, nested ones one for each
    level; a scalar has one value, so that a row that lacks it breaks no rule but presence. A
    column that is not nullable is required. The Arrow type of the elements is kept as an
    annotation, which `schema_to_arrow` reads.

    Raises:
        DataError: If a column has a type without statistics (unions, maps, decimals, null).

    Example:
        >>> print(schema_from_arrow(pa.schema({"fare": pa.float32()})))
        feature {
          name: "fare"
          value_count {
            min: 1
            max: 1
          }
          type: FLOAT
          annotation {
            tag: "arrow:float"
          }
        }
        <BLANKLINE>
    """
    if not isinstance(arrow, pa.Schema):
        raise DataError(f"A {type(arrow).__name__} is no Arrow schema.", expected="a pa.Schema")
    schema = schema_pb2.Schema()
    for field in arrow:
        _add(schema.feature, field, ())
    return schema


def schema_to_arrow(schema: Any) -> pa.Schema:
    """The Arrow schema of a `Schema`; gives back what `schema_from_arrow` was given.

    Layouts that hold the same values are one type: strings are ``string`` and lists ``list``,
    never large, and dictionaries are their values. Without an annotation, INT is int64, FLOAT
    float32 and BYTES string; a shape gives nested fixed-size lists (one value with shape [1] a
    scalar), value counts nested lists.

    Raises:
        DataError: If a feature has no type.

    Example:
        >>> schema_to_arrow(schema_from_arrow(pa.schema({"legs": pa.list_(pa.int16())})))
        legs: list<item: int16>
          child 0, item: int16
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise DataError(f"A {type(schema).__name__} is no schema.", expected="a Schema proto")
    return pa.schema([_arrow_field(feature) for feature in schema.feature])


def _add(container: Any, field: Any, parent: Path) -> None:
    path = (*parent, field.name)
    feature = container.add(name=field.name)
    if not field.nullable:
        feature.presence.min_fraction = 1.0
    element, sizes = _levels(field.type)
    _add_counts(feature, sizes)
    if pa.types.is_struct(element):
        feature.type = schema_pb2.STRUCT
        for inner in element:
            _add(feature.struct_domain.feature, inner, path)
        return
    feature.type = _feature_type(element, path)
    feature.annotation.tag.append(f"{_TAG}{element}")
    if pa.types.is_boolean(element):
        feature.bool_domain.SetInParent()
    elif pa.types.is_timestamp(element):
        feature.time_domain.integer_format = _TIMESTAMPS[element.unit]
    elif pa.types.is_date32(element):
        feature.time_domain.integer_format = schema_pb2.TimeDomain.UNIX_DAYS
    elif pa.types.is_date64(element):
        feature.time_domain.integer_format = schema_pb2.TimeDomain.UNIX_MILLISECONDS


def _levels(dtype: Any) -> tuple[Any, list[int | None]]:
    """The type of the elements, and the size of each list around them, None where it varies."""
    sizes: list[int | None] = []
    while True:
        if pa.types.is_dictionary(dtype):
            dtype = dtype.value_type
        elif pa.types.is_fixed_size_list(dtype):
            sizes.append(dtype.list_size)
            dtype = dtype.value_type
        elif _is_list(dtype):
            sizes.append(None)
            dtype = dtype.value_type
        else:
            return _plain(dtype), sizes


def _is_list(dtype: Any) -> bool:
    kinds = (pa.types.is_list, pa.types.is_large_list)
    views = (pa.types.is_list_view, pa.types.is_large_list_view)
    return any(is_kind(dtype) for is_kind in (*kinds, *views))


def _plain(dtype: Any) -> Any:
    """The type whose name an annotation has: layouts of the same values are one."""
    if pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype):
        return pa.string()
    binary = (pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    if any(is_kind(dtype) for is_kind in binary):
        return pa.binary()
    return dtype


def _add_counts(feature: Any, sizes: list[int | None]) -> None:
    if not sizes:
        feature.value_count.min = feature.value_count.max = 1
    elif len(sizes) == 1 and sizes[0] is None:
        feature.value_count.min = 0
    elif None not in sizes:
        for size in sizes:
            feature.shape.dim.add(size=size)
    else:
        for size in sizes:
            count = feature.value_counts.value_count.add(min=size or 0)
            if size is not None:
                count.max = size


def _feature_type(dtype: Any, path: Path) -> int:
    kinds = pa.types
    if kinds.is_integer(dtype) or kinds.is_boolean(dtype) or kinds.is_temporal(dtype):
        return int(schema_pb2.INT)
    if kinds.is_floating(dtype):
        return int(schema_pb2.FLOAT)
    if kinds.is_string(dtype) or kinds.is_binary(dtype):
        return int(schema_pb2.BYTES)
    raise DataError(
        f"Column {serialize(path)} is {dtype}, which a schema has no type for.",
        expected="numbers, strings, binary, times, structs, or lists of them",
        fix="Cast the column, or leave it out.",
    )


def _arrow_field(feature: Any) -> Any:
    required = feature.presence.min_fraction == 1.0
    return pa.field(feature.name, _arrow_type(feature), nullable=not required)


def _arrow_type(feature: Any) -> Any:
    if feature.type == schema_pb2.STRUCT:
        inner = [_arrow_field(each) for each in feature.struct_domain.feature]
        one = feature.value_count.max == 1
        nested = feature.HasField("shape") or feature.HasField("value_counts")
        # Nothing said of its count: a struct, as the statistics of one say nothing either.
        is_list = feature.HasField("value_count") and not one
        dtype = pa.struct(inner)
        if nested:
            return _nested(dtype, feature)
        return pa.list_(dtype) if is_list else dtype
    if feature.HasField("value_counts") or len(feature.shape.dim) > 1:
        alone = schema_pb2.Feature()
        alone.CopyFrom(feature)
        alone.ClearField("value_counts")
        alone.shape.Clear()
        alone.shape.SetInParent()
        return _nested(_leaf(alone), feature)
    return _leaf(feature)


def _leaf(feature: Any) -> Any:
    """Scalars, vectors and ragged lists, as artifacts know them."""
    return arrow_schema(schema_pb2.Schema(feature=[feature])).field(0).type


def _nested(dtype: Any, feature: Any) -> Any:
    for dim in reversed(feature.shape.dim):
        dtype = pa.list_(dtype, dim.size)
    for count in reversed(feature.value_counts.value_count):
        fixed = count.HasField("max") and count.min == count.max
        dtype = pa.list_(dtype, count.min) if fixed else pa.list_(dtype)
    return dtype
