"""Arrow schemas as Avro schemas and back.

Avro has fewer types, so a column is stored in the nearest one that loses nothing and the Arrow
schema is kept beside it in the file's metadata. Files of other writers need no such metadata.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError

__all__ = ["arrow_schema", "avro_schema", "integer_type", "stored_type"]

AvroSchema = Any
"""What the JSON of an Avro schema parses to: a name, a union (list) or an object (dict)."""

_FROM_ARROW = {
    pa.null(): "null",
    pa.bool_(): "boolean",
    pa.int32(): "int",
    pa.int64(): "long",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.binary(): "bytes",
    pa.date32(): {"type": "int", "logicalType": "date"},
    pa.time32("ms"): {"type": "int", "logicalType": "time-millis"},
    pa.time64("us"): {"type": "long", "logicalType": "time-micros"},
}
_UNITS = {"ms": "millis", "us": "micros", "ns": "nanos"}
_LOGICAL = {
    "date": pa.date32(),
    "time-millis": pa.time32("ms"),
    "time-micros": pa.time64("us"),
    "uuid": pa.string(),
    **{f"timestamp-{name}": pa.timestamp(unit, "UTC") for unit, name in _UNITS.items()},
    **{f"local-timestamp-{name}": pa.timestamp(unit) for unit, name in _UNITS.items()},
}
_PRIMITIVE = {name: dtype for dtype, name in _FROM_ARROW.items() if isinstance(name, str)}
_PRIMITIVE["enum"] = pa.string()


def stored_type(dtype: Any) -> Any:
    """The nearest type that Avro has, or None if there is none.

    Example:
        >>> stored_type(pa.timestamp("s")), stored_type(pa.list_(pa.int8(), 3))
        (TimestampType(timestamp[ms]), ListType(list<item: int32>))
    """
    if (
        pa.types.is_list(dtype)
        or pa.types.is_large_list(dtype)
        or pa.types.is_fixed_size_list(dtype)
    ):
        item = stored_type(dtype.value_type)
        return None if item is None else pa.list_(item)
    if pa.types.is_struct(dtype):
        children = [(field.name, stored_type(field.type)) for field in dtype]
        return None if any(child is None for _, child in children) else pa.struct(children)
    if pa.types.is_timestamp(dtype):
        return pa.timestamp("ms" if dtype.unit == "s" else dtype.unit, dtype.tz and "UTC")
    if dtype in _FROM_ARROW or pa.types.is_decimal128(dtype):
        return dtype
    for is_kind, stored in (
        (pa.types.is_uint32, pa.int64()),
        (pa.types.is_uint64, pa.int64()),
        (pa.types.is_integer, pa.int32()),
        (pa.types.is_float16, pa.float32()),
        (pa.types.is_time32, pa.time32("ms")),
        (pa.types.is_time64, pa.time64("us")),
        (pa.types.is_date64, pa.date32()),
        (pa.types.is_duration, pa.int64()),
        (pa.types.is_large_string, pa.string()),
        (pa.types.is_string_view, pa.string()),
        (pa.types.is_large_binary, pa.binary()),
        (pa.types.is_binary_view, pa.binary()),
        (pa.types.is_fixed_size_binary, pa.binary()),
    ):
        if is_kind(dtype):
            return stored
    return None


def integer_type(stored: Any) -> Any:
    """The stored type with dates and times as the integers that Avro writes."""
    if pa.types.is_list(stored):
        return pa.list_(integer_type(stored.value_type))
    if pa.types.is_struct(stored):
        return pa.struct([(field.name, integer_type(field.type)) for field in stored])
    if pa.types.is_date32(stored) or pa.types.is_time32(stored):
        return pa.int32()
    if pa.types.is_timestamp(stored) or pa.types.is_time64(stored):
        return pa.int64()
    return stored


def avro_schema(schema: Any) -> AvroSchema:
    """The Avro record of an Arrow schema whose types all have a stored type; all nullable."""
    return _record(schema, "Row")


def _record(fields: Any, name: str) -> AvroSchema:
    return {
        "type": "record",
        "name": name,
        "fields": [
            {"name": field.name, "type": _nullable(stored_type(field.type), f"{name}_{field.name}")}
            for field in fields
        ],
    }


def _nullable(stored: Any, name: str) -> AvroSchema:
    return "null" if pa.types.is_null(stored) else ["null", _required(stored, name)]


def _required(stored: Any, name: str) -> AvroSchema:
    if stored in _FROM_ARROW:
        return _FROM_ARROW[stored]
    if pa.types.is_timestamp(stored):
        prefix = "timestamp-" if stored.tz else "local-timestamp-"
        return {"type": "long", "logicalType": prefix + _UNITS[stored.unit]}
    if pa.types.is_decimal(stored):
        digits = {"precision": stored.precision, "scale": stored.scale}
        return {"type": "bytes", "logicalType": "decimal", **digits}
    if pa.types.is_list(stored):
        return {"type": "array", "items": _nullable(stored.value_type, name)}
    return _record(stored, name)


def arrow_schema(record: AvroSchema, where: str) -> Any:
    """The Arrow schema of an Avro record.

    Args:
        record: The schema of a file as its JSON parses.
        where: The file to name in an error.

    Raises:
        DataError: The file holds no records, or a field has no Arrow type: a map, or a union of
            more than null and one type.

    Example:
        >>> fields = [{"name": "t", "type": ["null", {"type": "int", "logicalType": "date"}]}]
        >>> arrow_schema({"type": "record", "name": "trip", "fields": fields}, "trips.avro")
        t: date32[day]
    """
    if not isinstance(record, dict) or record.get("type") != "record":
        raise _no_type(record, "", where)
    named: dict[str, AvroSchema] = {}
    return pa.schema(
        [
            (field["name"], _arrow(field["type"], field["name"], where, named))
            for field in record["fields"]
        ]
    )


def _arrow(avro: AvroSchema, column: str, where: str, named: dict[str, AvroSchema]) -> Any:
    if isinstance(avro, list):
        present = [branch for branch in avro if branch != "null"]
        if len(present) > 1:
            raise _no_type(avro, column, where)
        return _arrow(present[0], column, where, named) if present else pa.null()
    if isinstance(avro, str):
        if avro in _PRIMITIVE:
            return _PRIMITIVE[avro]
        if avro.rpartition(".")[2] in named:
            return named[avro.rpartition(".")[2]]
        raise _no_type(avro, column, where)
    dtype = _arrow_object(avro, column, where, named)
    if "name" in avro:
        named[avro["name"].rpartition(".")[2]] = dtype
    return dtype


def _arrow_object(avro: AvroSchema, column: str, where: str, named: dict[str, AvroSchema]) -> Any:
    kind, logical = avro["type"], avro.get("logicalType")
    if logical in _LOGICAL:
        # fastavro leaves nanoseconds as integers, which is what Arrow wants of them.
        return _LOGICAL[logical]
    if logical == "decimal":
        return pa.decimal128(avro["precision"], avro.get("scale", 0))
    if kind == "array":
        return pa.list_(_arrow(avro["items"], column, where, named))
    if kind == "record":
        fields = [(field["name"], field["type"]) for field in avro["fields"]]
        return pa.struct([(name, _arrow(avro, column, where, named)) for name, avro in fields])
    if kind == "fixed":
        return pa.binary(avro["size"])
    return _arrow(kind, column, where, named)


def _no_type(avro: AvroSchema, column: str, where: str) -> DataError:
    return DataError(
        f"Column {column!r} has the Avro type {avro}, which has no Arrow type here."
        if column
        else f"The Avro file holds {avro} values, not records.",
        where=where,
        expected="primitive, logical, array and record types, or a union of one with null",
        fix="Write the files without that type, for example a map as an array of key and value.",
    )
