"""Avro files of other writers."""

import io
import uuid
from datetime import datetime, timezone
from decimal import Decimal

import fastavro
import pyarrow as pa
import pytest

from taurus_beam.errors import DataError
from taurus_beam.io import Source

FOREIGN = {
    "type": "record",
    "name": "trip",
    "namespace": "org.example",
    "fields": [
        {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "n", "type": "int"},
        {"name": "x", "type": ["double", "null"]},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "again", "type": ["null", "Kind"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {
            "name": "fee",
            "type": {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2},
        },
        {"name": "hash", "type": {"type": "fixed", "name": "H", "size": 2}},
        {
            "name": "stops",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Stop",
                    "fields": [{"name": "lat", "type": "float"}],
                },
            },
        },
    ],
}
ROW = {
    "id": str(uuid.UUID(int=7)),
    "n": 1,
    "x": None,
    "kind": "B",
    "again": "A",
    "at": datetime(2024, 1, 1, tzinfo=timezone.utc),
    "fee": Decimal("1.25"),
    "hash": b"ab",
    "stops": [{"lat": 1.5}],
}


def avro(path, schema, rows):
    buffer = io.BytesIO()
    fastavro.writer(buffer, schema, rows)
    path.write_bytes(buffer.getvalue())
    return Source(str(path))


def test_the_types_of_other_writers_have_arrow_types(tmp_path):
    source = avro(tmp_path / "x.avro", FOREIGN, [ROW])
    assert dict(zip(source.schema.names, source.schema.types, strict=True)) == {
        "id": pa.string(),
        "n": pa.int32(),
        "x": pa.float64(),
        "kind": pa.string(),
        "again": pa.string(),
        "at": pa.timestamp("ms", "UTC"),
        "fee": pa.decimal128(5, 2),
        "hash": pa.binary(2),
        "stops": pa.list_(pa.struct([("lat", pa.float32())])),
    }
    [batch] = source.batches()
    assert batch.to_pylist() == [ROW]


@pytest.mark.parametrize("odd", [{"type": "map", "values": "int"}, ["null", "int", "string"]])
def test_a_type_without_an_arrow_type_names_the_column(tmp_path, odd):
    schema = {"type": "record", "name": "r", "fields": [{"name": "odd", "type": odd}]}
    with pytest.raises(DataError, match=r"(?s)Column 'odd' has the Avro type .*x\.avro"):
        _ = avro(tmp_path / "x.avro", schema, []).schema


def test_values_that_are_no_records_are_refused(tmp_path):
    with pytest.raises(DataError, match="not records"):
        _ = avro(tmp_path / "x.avro", "int", [1]).schema
