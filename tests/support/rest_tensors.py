"""Tables as tensors of the Open Inference Protocol, and back, written from the documentation."""

from __future__ import annotations

import base64

import pyarrow as pa
from rest_features import SPECIAL, json_rows

DATATYPES = {
    pa.float64(): "FP64",
    pa.float32(): "FP32",
    pa.int32(): "INT32",
    pa.int64(): "INT64",
    pa.uint64(): "UINT64",
    pa.bool_(): "BOOL",
    pa.string(): "BYTES",
    pa.binary(): "BYTES",
    pa.date32(): "INT32",
}
FILLINGS = {"BOOL": False, "BYTES": ""}


def datatype(kind):
    return DATATYPES.get(kind, "INT64")


def tensors(table, masked=False):
    """A table as tensors: ragged rows padded and with lengths, missing values null or masked."""
    made = []
    rows = json_rows(table)
    for field in table.schema:
        kind = field.type.value_type if pa.types.is_nested(field.type) else field.type
        values = [row[field.name] for row in rows]
        if pa.types.is_temporal(kind):
            carrier = pa.int32() if kind == pa.date32() else pa.int64()
            plain = table[field.name].combine_chunks()
            plain = plain.cast(pa.list_(carrier) if pa.types.is_nested(field.type) else carrier)
            values = plain.to_pylist()
        name, shape = field.name, [len(rows)]
        if pa.types.is_list(field.type):
            lengths = [None if v is None else len(v) for v in values]
            made.append(tensor(f"{name}:lengths", shape, "INT64", lengths))
        if pa.types.is_nested(field.type):
            fixed = pa.types.is_fixed_size_list(field.type)
            width = field.type.list_size if fixed else max(len(v or []) for v in values)
            shape = [*shape, width]
            values = [[*(v or []), *[None] * (width - len(v or []))] for v in values]
            values = [e for v in values for e in v]
        filling = FILLINGS.get(datatype(kind), 0)
        if masked:
            missing = [v is None for v in values]
            made.append(tensor(f"{name}:missing", shape, "BOOL", missing))
            values = [filling if v is None else v for v in values]
        made.append(tensor(name, shape, datatype(kind), values))
    return made


def tensor(name, shape, kind, data):
    return {"name": name, "shape": shape, "datatype": kind, "data": data}


def table_of(outputs, schema):
    """What output tensors say, as a table."""
    found = {each["name"]: each for each in outputs}
    return pa.Table.from_arrays([column(found, f) for f in schema], schema=schema)


def column(found, field):
    kind = field.type.value_type if pa.types.is_nested(field.type) else field.type
    given = found[field.name]
    assert given["datatype"] == datatype(kind)
    data, missing = given["data"], found.get(f"{field.name}:missing", {}).get("data")
    if missing:
        data = [None if m else v for v, m in zip(data, missing, strict=True)]
    if pa.types.is_floating(kind):
        data = [SPECIAL.get(v, v) for v in data]
    if kind == pa.binary():
        data = [None if v is None else base64.b64decode(v) for v in data]
    if pa.types.is_nested(field.type):
        rows, width = given["shape"]
        data = [data[width * i : width * (i + 1)] for i in range(rows)]
        lengths = found.get(f"{field.name}:lengths", {"data": [width] * rows})["data"]
        data = [None if n in (None, -1) else row[:n] for row, n in zip(data, lengths, strict=True)]
    else:
        assert given["shape"] == [len(data)]
    if pa.types.is_temporal(kind):
        carrier = pa.int32() if kind == pa.date32() else pa.int64()
        nested = pa.types.is_nested(field.type)
        return pa.array(data, pa.list_(carrier) if nested else carrier).cast(field.type)
    return pa.array(data, field.type)
