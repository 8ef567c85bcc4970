"""Exported models in JavaScript: onnxruntime-node gives what the batch path gives.

``make test-node`` installs onnxruntime-node beside this file and runs it.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest
from onnx_in_node import run_in_node

import taurus_beam as tb

MOMENT = datetime.datetime(2024, 2, 29, 23, 59, 7)
TABLE = pa.table(
    {
        "fare": [7.5, 12.0, None, 52.0, float("nan"), float("inf")],
        "stops": [3, None, -1, 2**53 + 1, 0, 7],
        "zone": ["north", "sóuth 😀", None, "", "north", "west"],
        "note": ["new york", "", None, "a  b", "york", "ny"],
        "at": [MOMENT, None, MOMENT, MOMENT, MOMENT, MOMENT],
        "place": pa.array(
            [[1.0, 2.0], None, [3.0, None], [4.0, 5.0], [6.0, 7.0], [0.1, 0.2]],
            pa.list_(pa.float32(), 2),
        ),
    }
)
TYPES = {
    onnx.TensorProto.STRING: "string",
    onnx.TensorProto.BOOL: "bool",
    onnx.TensorProto.INT64: "int64",
    onnx.TensorProto.FLOAT: "float32",
    onnx.TensorProto.DOUBLE: "float64",
}


def preprocess(inputs: Any) -> dict[str, Any]:
    fare, stops, zone = inputs["fare"], inputs["stops"], inputs["zone"]
    return {
        "fare_z": tb.scale_to_z_score(fare),
        "bucket": tb.bucketize(fare, 3),
        "share": tb.scale_to_0_1(tb.cast(stops, pa.float32())),
        "quotient": stops // 2,
        "text": tb.cast(stops, pa.string()) + ":" + tb.fill_null(zone, "?"),
        "zone_id": tb.compute_and_apply_vocabulary(zone, top_k=1, num_oov_buckets=5),
        "hashed": tb.hash_strings(zone, 1000),
        "crossed": tb.cross(zone, stops, num_buckets=1000),
        "hot": tb.one_hot(tb.compute_and_apply_vocabulary(zone), 3),
        "words": tb.split(inputs["note"]),
        "hour": tb.date_part(inputs["at"], "hour"),
        "doubled": inputs["place"] * 2,
        "known": ~tb.is_null(zone),
    }


@pytest.fixture(scope="module")
def fn() -> tb.TransformFn:
    return tb.fit(TABLE, preprocess)


@pytest.fixture(scope="module")
def model(fn: tb.TransformFn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("node") / "features.onnx"
    tb.to_onnx(fn, path)
    return path


@pytest.mark.parametrize("rows", [slice(None), slice(3, 4), slice(0, 0)])
def test_javascript_gives_what_the_batch_gives(
    fn: tb.TransformFn, model: Path, rows: slice
) -> None:
    table = TABLE.slice(*rows.indices(len(TABLE))[:1], len(TABLE.to_pylist()[rows]))
    found = in_node(model, table)
    for name, expected in fn.transform(table).to_pydict().items():
        assert plain(found, name) == [shown(v) for v in expected], name


def in_node(model: Path, table: pa.Table) -> dict[str, Any]:
    """What onnxruntime-node gives for a table, by the name of the tensor."""
    feeds = {}
    for wanted in onnx.load(model).graph.input:
        values, shape = tensor_of(table, wanted.name)
        kind = TYPES[wanted.type.tensor_type.elem_type]
        feeds[wanted.name] = {"type": kind, "shape": shape, "values": values}
    return run_in_node(model, feeds)


def tensor_of(table: pa.Table, name: str) -> tuple[list[str], list[int]]:
    """The values of an input, as docs/onnx.md describes it, and its shape."""
    if name.endswith("_element_missing"):
        rows = table[name.removesuffix("_element_missing")].to_pylist()
        flags = [e is None for row in rows for e in (row or [None, None])]
        return ["true" if f else "false" for f in flags], [len(rows), 2]
    if name.endswith("_missing"):
        rows = table[name.removesuffix("_missing")].to_pylist()
        return ["true" if v is None else "false" for v in rows], [len(rows)]
    column = table[name]
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    rows = column.to_pylist()
    if pa.types.is_fixed_size_list(column.type):
        return [str(e or 0) for row in rows for e in (row or [0, 0])], [len(rows), 2]
    nothing = "" if pa.types.is_string(column.type) else 0
    values = [nothing if v is None else v for v in rows]
    return [{"nan": "NaN", "inf": "Infinity"}.get(str(v), str(v)) for v in values], [len(rows)]


def plain(found: dict[str, Any], name: str) -> list[Any]:
    """An output's rows: what is missing is None, padding is left out."""
    tensor = found[name]
    shape, values = tensor["shape"], [read(v, tensor["type"]) for v in tensor["values"]]
    if f"{name}_missing" not in found:
        missing = [False] * shape[0]
    else:
        missing = [v == "1" for v in found[f"{name}_missing"]["values"]]
    if len(shape) == 1:
        return [None if m else v for v, m in zip(values, missing, strict=True)]
    width = shape[1]
    absent = [v == "1" for v in found.get(f"{name}_element_missing", {}).get("values", [])]
    elements = [None if absent and absent[i] else value for i, value in enumerate(values)]
    lengths = [int(v) for v in found.get(f"{name}_lengths", {}).get("values", [])]
    return [
        None if m else elements[i * width : i * width + (lengths[i] if lengths else width)]
        for i, m in enumerate(missing)
    ]


def read(text: str, kind: str) -> Any:
    if kind in ("string", "bool"):
        return text if kind == "string" else text == "1"
    return int(text) if kind == "int64" else shown(float(text.replace("Infinity", "inf")))


def shown(value: Any) -> Any:
    """A value so that NaN equals NaN and 0.0 is -0.0, and nothing else changes."""
    if isinstance(value, list):
        return [shown(v) for v in value]
    if isinstance(value, float):
        return "nan" if np.isnan(value) else value + 0.0
    return value
