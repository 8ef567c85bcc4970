"""Features of every type for the tests of the server, and their values in JSON and in tensors.

The encodings here are written from the documentation, apart from the server's own code.
"""

from __future__ import annotations

import base64
import datetime
import json
import math
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from arrow_columns import bits

import taurus_beam as tb

ARROW = "application/vnd.apache.arrow.stream"
SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
UTC = datetime.timezone.utc

_PLAIN = {
    "fare": pa.array([7.5, None, math.nan, -math.inf, 0.1, -0.0, 1e308]),
    "small": pa.array([0.1, 3e38, None, math.inf, -2.5, 1e-45, 1.0], pa.float32()),
    "count": pa.array([1, -5, None, 2**31 - 1, -(2**31), 0, 7], pa.int32()),
    "big": pa.array([0, 2**64 - 1, None, 2**53 + 1, 1, 2, 3], pa.uint64()),
    "zone": pa.array(["north", "", None, "süd 日😀", 'a"\\\n', "north", "east"]),
    "flag": pa.array([True, False, None, True, False, None, True]),
    "pair": pa.array(
        [[1.0, None], None, [math.nan, 2.0]] + [[0.1, -0.0]] * 4, pa.list_(pa.float32(), 2)
    ),
    "tags": pa.array([["a", "b"], [], None, ["b", None], ["c"], [""], ["a"] * 3]),
    "trip": pa.array([{"km": 1.5}, {"km": None}] + [{"km": float(i)} for i in range(5)]),
}
PLAIN = pa.table(_PLAIN)
ALL = pa.table(
    {
        **_PLAIN,
        "raw": pa.array([b"", b"\xff\x00", None, b"a", b"b", b"c", b"d"]),
        "day": pa.array([datetime.date(2024, 2, 29), None] + [datetime.date(1900, 3, 1)] * 5),
        "at": pa.array(
            [datetime.datetime(2024, 2, 29, 23, 59, 59, 7, UTC), None]
            + [datetime.datetime(1969, 12, 31, 1, tzinfo=UTC)] * 5,
            pa.timestamp("us", "UTC"),
        ),
        "local": pa.array([1_709_251_199_123_456_789, None, 0, -1, 5, 6, 7], pa.timestamp("ns")),
        "span": pa.array([0, None, -1500, 2**40, 4, 5, 6], pa.duration("us")),
        "days": pa.array([[datetime.date(1970, 1, 2), None], None] + [[]] * 5),
    }
)


def plain_kinds(inputs: tb.Inputs) -> dict[str, Any]:
    zone = tb.monitor_not_null(inputs["zone"])
    return {
        "fare": tb.monitor_range(inputs["fare"], max=1000),
        "fare_z": tb.scale_to_z_score(tb.clip(inputs["fare"], -100, 100)),
        "small": inputs["small"] * 2,
        "count": inputs["count"],
        "big": inputs["big"],
        "zone": tb.upper(zone),
        "zone_id": tb.compute_and_apply_vocabulary(zone, top_k=2),
        "zone_bucket": tb.compute_and_apply_vocabulary(zone, top_k=1, num_oov_buckets=2),
        "flag": inputs["flag"],
        "pair": inputs["pair"] + 1,
        "tags": inputs["tags"],
        "tag_ids": tb.compute_and_apply_vocabulary(inputs["tags"], top_k=1),
        "km": inputs["trip.km"] + 1,
    }


def all_kinds(inputs: tb.Inputs) -> dict[str, Any]:
    names = ("raw", "day", "at", "local", "span", "days")
    return {**plain_kinds(inputs), **{name: inputs[name] for name in names}}


def leaves(table: pa.Table) -> pa.Table:
    """The same columns with fields of structs by their paths."""
    return pa.table(
        {
            **{n: table[n] for n in table.column_names if n != "trip"},
            "trip.km": table["trip"].combine_chunks().flatten()[0],
        }
    )


def json_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as the documentation has them in JSON."""
    return [
        {name: _json(value, table.schema.field(name).type) for name, value in row.items()}
        for row in _plain(table).to_pylist()
    ]


def _plain(table: pa.Table) -> pa.Table:
    """Durations and nanoseconds as what Python can hold."""
    for index, field in enumerate(table.schema):
        if pa.types.is_duration(field.type):
            table = table.set_column(index, field.name, table[field.name].cast(pa.int64()))
        elif field.type == pa.timestamp("ns"):
            table = table.set_column(index, field.name, table[field.name].cast(pa.string()))
    return table


def _json(value: Any, kind: Any) -> Any:
    if isinstance(value, list):
        return [_json(v, kind) for v in value]
    if isinstance(value, dict):
        return {name: _json(v, kind) for name, v in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if kind == pa.timestamp("ns") and value is not None:
        return value.replace(" ", "T")
    return value


def from_json(rows: list[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """The table that rows of JSON say."""
    columns = [_column([row[f.name] for row in rows], f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(values: list[Any], kind: Any) -> Any:
    element = kind.value_type if pa.types.is_nested(kind) else kind

    def value(v: Any) -> Any:
        if isinstance(v, list):
            return [value(e) for e in v]
        if v is None:
            return None
        if pa.types.is_floating(element) and isinstance(v, str):
            return SPECIAL[v]
        return base64.b64decode(v, validate=True) if pa.types.is_binary(element) else v

    if pa.types.is_date32(element) and pa.types.is_nested(kind):
        parse = datetime.date.fromisoformat
        return pa.array([None if v is None else [e and parse(e) for e in v] for v in values], kind)
    if pa.types.is_timestamp(element) or pa.types.is_date32(element):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array([value(v) for v in values], kind)


def same(left: pa.Table, right: pa.Table) -> bool:
    """Equal to the last bit, all NaN being one."""
    return left.schema == right.schema and _bits(left) == _bits(right)


def _bits(table: pa.Table) -> Any:
    return [bits(list(row.values())) for row in _plain(table).to_pylist()]


def dumped(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def stream(*batches: pa.RecordBatch) -> bytes:
    """An Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content
