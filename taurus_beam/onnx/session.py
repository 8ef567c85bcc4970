"""An exported model run in ONNX Runtime on Arrow data, to compare it with the other paths.

Serving needs none of this: any ONNX runtime takes the model. Names and types are read from the
model's own metadata; of a model that was merged with another, this gives the features alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph.intake import column_values
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, numpy_dtype, parse_dtype
from taurus_beam.graph.values import Values, to_arrow
from taurus_beam.onnx.runtime import elements, open_session

__all__ = ["OnnxTransform"]


class OnnxTransform:
    """An exported model as a function of Arrow data. Safe to use from several threads.

    Args:
        model: What `to_onnx` gave, its bytes, or its file.

    Raises:
        EngineError: If ONNX Runtime is not installed, or cannot load the model.

    Example:
        >>> import pyarrow as pa, taurus_beam as tb
        >>> fn = tb.fit(pa.table({"x": [1.0, 3.0]}), lambda i: {"z": tb.scale_to_z_score(i["x"])})
        >>> OnnxTransform(tb.to_onnx(fn))(pa.table({"x": [3.0, None]})).to_pylist()
        [{'z': 1.0}, {'z': None}]
    """

    def __init__(self, model: Any) -> None:
        content = model.SerializeToString() if hasattr(model, "SerializeToString") else model
        self._session = open_session(content)
        properties = self._session.get_modelmeta().custom_metadata_map
        if "taurus_beam.inputs" not in properties:
            raise EngineError("The model was not exported by taurus_beam.")
        self._inputs = json.loads(properties["taurus_beam.inputs"])
        self._outputs = json.loads(properties["taurus_beam.outputs"])

    def __call__(self, data: pa.Table | pa.RecordBatch) -> pa.Table:
        """The outputs for the rows of some Arrow data.

        Raises:
            DataError: If a column is missing or of another type, naming it.
        """
        batch = data.combine_chunks().to_batches() if isinstance(data, pa.Table) else [data]
        if not batch:
            nothing = [pa.nulls(0, f.type) for f in data.schema]
            batch = [pa.RecordBatch.from_arrays(nothing, schema=data.schema)]
        feeds: dict[str, Any] = {}
        for column, port in self._inputs.items():
            feeds.update(_fed(column_values(batch[0], column, _type_of(port)), port))
        names = [o.name for o in self._session.get_outputs()]
        found = dict(zip(names, self._session.run(names, feeds), strict=True))
        return pa.table({name: _column(found, port) for name, port in self._outputs.items()})


def _type_of(port: Mapping[str, str]) -> ColumnType:
    match = re.fullmatch(r"(.+?)((?:\[\d*\])?)", port["type"])
    assert match is not None
    element, size = match.groups()
    if not size:
        return ColumnType(parse_dtype(element))
    return ColumnType(parse_dtype(element), (int(size[1:-1]) if size != "[]" else None,))


def _fed(values: Values, port: Mapping[str, str]) -> dict[str, Any]:
    """The tensors of a column; what is missing as 0 or the empty string."""
    rows, data = values.rows, elements(values)
    missing = np.zeros(len(data), np.bool_) if values.missing is None else values.missing
    rows_missing = missing if values.type.is_scalar else values.missing_rows
    feeds: dict[str, Any] = {}
    if values.type.is_ragged:
        assert values.offsets is not None
        lengths = np.diff(values.offsets)
        inside = np.arange(lengths.max(initial=0)) < lengths[:, None]
        feeds[port["lengths"]] = lengths
        data, missing = (_padded(a, inside) for a in (data, missing))
    elif not values.type.is_scalar:
        data, missing = (a.reshape(rows, *values.type.shape) for a in (data, missing))
    feeds[port["data"]] = data
    if "missing" in port:
        feeds[port["missing"]] = np.zeros(rows, np.bool_) if rows_missing is None else rows_missing
    if "element_missing" in port:
        feeds[port["element_missing"]] = missing
    return feeds


def _padded(flat: np.ndarray[Any, Any], inside: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    filler = "" if flat.dtype == object else 0
    padded = np.full(inside.shape, filler, flat.dtype)
    padded[inside] = flat
    return padded


def _column(found: Mapping[str, Any], port: Mapping[str, str]) -> Any:
    column_type, data = _type_of(port), found[port["data"]]
    rows = len(data)
    missing = found.get(port.get("missing", ""))
    elements_missing = missing
    offsets, missing_rows = None, None
    if not column_type.is_scalar:
        elements_missing, missing_rows = found.get(port.get("element_missing", "")), missing
        if column_type.is_ragged:
            lengths = found[port["lengths"]]
            offsets = np.concatenate([[0], np.cumsum(lengths)])
            inside = np.arange(data.shape[1]) < lengths[:, None]
            data = data[inside]
            elements_missing = None if elements_missing is None else elements_missing[inside]
        else:
            data = data.reshape(-1)
            elements_missing = None if elements_missing is None else elements_missing.reshape(-1)
    if data.dtype == object:
        text = pa.array(data.tolist(), column_type.dtype, mask=elements_missing)
        return to_arrow(
            Values(column_type, Text(text), rows, elements_missing, offsets, missing_rows)
        )
    data = data.astype(numpy_dtype(column_type.dtype), copy=False)
    return to_arrow(Values(column_type, data, rows, elements_missing, offsets, missing_rows))
