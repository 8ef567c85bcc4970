"""Requests and responses of the Open Inference Protocol v2: named, typed tensors in JSON.

The protocol knows neither missing values nor rows of different lengths. Here ``null`` in ``data``
is missing, or the BOOL tensor ``<name>:missing`` says so; the INT64 tensor ``<name>:lengths``
tells how much of each row of a padded tensor counts. Both ways work in both directions.

Source: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.types import ColumnType, is_numeric, is_temporal
from taurus_beam.rest.json_values import JsonColumn
from taurus_beam.rest.outcome import Outcome
from taurus_beam.rest.refusals import refusal, wrong_feature

__all__ = ["TensorRequest", "datatype", "read_tensors", "shape", "write_tensors"]

_ARROW_TYPES: dict[str, Any] = {
    "BOOL": pa.bool_(),
    **{f"INT{bits}": getattr(pa, f"int{bits}")() for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": getattr(pa, f"uint{bits}")() for bits in (8, 16, 32, 64)},
    "FP16": pa.float16(),
    "FP32": pa.float32(),
    "FP64": pa.float64(),
    "BYTES": pa.string(),
}
_DATATYPES = {arrow: name for name, arrow in _ARROW_TYPES.items()}
_MISSING, _LENGTHS = ":missing", ":lengths"


@dataclass(frozen=True, eq=False)
class TensorRequest:
    """What a request asks.

    Attributes:
        batch: The features, a column each.
        id: The client's own id of the request.
        outputs: The outputs asked for, in this order; None for all.
        masked: Whether missing outputs come as masks instead of ``null``.
    """

    batch: pa.RecordBatch
    id: str | None
    outputs: Sequence[str] | None
    masked: bool


@dataclass(frozen=True, eq=False)
class _Tensor:
    name: str
    shape: list[int]
    datatype: str
    data: list[Any]


def datatype(column_type: ColumnType) -> str:
    """The protocol's name of an element type; dates and durations go as integers."""
    dtype = column_type.dtype
    if is_temporal(dtype):
        return "INT32" if pa.types.is_date32(dtype) else "INT64"
    return "BYTES" if pa.types.is_binary(dtype) else _DATATYPES[dtype]


def shape(column_type: ColumnType) -> list[int]:
    """The protocol's shape: -1 for any number of rows, and of elements of a row."""
    return [-1, *(-1 if size is None else size for size in column_type.shape)]


def read_tensors(
    document: Any, types: Mapping[str, ColumnType], extra: bool, most_rows: int
) -> TensorRequest:
    """The features of a request.

    Raises:
        RequestError: If it is no such request, or a tensor does not fit, naming the feature.
    """
    if not isinstance(document, dict):
        raise refusal(400, "The request is no JSON object.", '{"inputs": [...]}')
    identity = document.get("id")
    if identity is not None and not isinstance(identity, str):
        raise refusal(400, "The id is no string.", "a string, or no id")
    tensors = _tensors(document.get("inputs"))
    companions = {name + end for name in types for end in (_MISSING, _LENGTHS)}
    if not extra:
        for name in tensors:
            if name not in types and name not in companions:
                raise wrong_feature(
                    name,
                    f"The model has no feature {name!r}.",
                    expected=f"the features it reads: {', '.join(types)}",
                    fix="Leave it out, or correct its name.",
                )
    arrays: dict[str, Any] = {}
    for name, column_type in types.items():
        if name not in tensors:
            raise wrong_feature(
                name,
                f"Feature {name!r} is missing from the request.",
                expected=f"a tensor for each of: {', '.join(types)}",
                fix="Give null for values that are not known.",
            )
        arrays[name] = _column(name, column_type, tensors, most_rows)
    _check_rows({name: len(array) for name, array in arrays.items()})
    return TensorRequest(
        pa.RecordBatch.from_arrays(list(arrays.values()), list(arrays)),
        identity,
        _asked(document.get("outputs")),
        _parameters(document).get("nulls") == "mask",
    )


def write_tensors(outcome: Outcome, asked: Sequence[str] | None, masked: bool) -> list[Any]:
    """The output tensors of a response.

    Raises:
        RequestError: If an output is asked for that there is none of.
    """
    tensors = []
    for name in outcome.types if asked is None else asked:
        if name not in outcome.types:
            raise wrong_feature(
                name,
                f"The model has no output {name!r}.",
                expected=f"outputs among: {', '.join(outcome.types)}",
            )
        tensors += _output(name, outcome.types[name], outcome, masked)
    return tensors


def _tensors(given: Any) -> dict[str, _Tensor]:
    if not isinstance(given, list):
        raise refusal(400, "The request has no list of inputs.", '{"inputs": [...]}')
    tensors: dict[str, _Tensor] = {}
    for each in given:
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str):
            raise refusal(400, "An input has no name.", "a tensor: name, shape, datatype, data")
        if name in tensors:
            raise wrong_feature(name, f"Feature {name!r} is given twice.", expected="one tensor")
        tensors[name] = _tensor(name, each)
    return tensors


def _tensor(name: str, given: Mapping[str, Any]) -> _Tensor:
    size, kind, data = given.get("shape"), given.get("datatype"), given.get("data")
    if "binary_data_size" in _parameters(given):
        raise wrong_feature(
            name,
            f"Feature {name!r} comes as binary data.",
            expected="data as JSON",
            fix="Send JSON, or an Arrow stream to the :transform endpoint.",
        )
    if not isinstance(kind, str) or kind not in _ARROW_TYPES:
        expected = f"one of: {', '.join(_ARROW_TYPES)}"
        raise wrong_feature(name, f"Feature {name!r} has no known datatype.", expected=expected)
    if (
        not isinstance(size, list)
        or len(size) not in (1, 2)
        or not all(s.__class__ is int and s >= 0 for s in size)
    ):
        raise wrong_feature(
            name, f"Feature {name!r} has no shape.", expected="[rows], or [rows, elements]"
        )
    if not isinstance(data, list):
        raise wrong_feature(name, f"Feature {name!r} has no data.", expected="a list of values")
    return _Tensor(name, size, kind, _flat(name, size, data))


def _flat(name: str, size: list[int], data: list[Any]) -> list[Any]:
    count = size[0] * (size[1] if len(size) == 2 else 1)
    if len(size) == 2 and len(data) == size[0] and all(isinstance(row, list) for row in data):
        for index, row in enumerate(data):
            if len(row) != size[1]:
                raise wrong_feature(
                    name,
                    f"Feature {name!r} has a row of {len(row)} elements in a tensor of {size}.",
                    where=f"feature {name!r}, row {index}",
                    expected=f"rows of {size[1]} elements; see '{name}{_LENGTHS}' for fewer",
                )
        return [value for row in data for value in row]
    if len(data) != count:
        raise wrong_feature(
            name,
            f"Feature {name!r} has {len(data)} values in a tensor of {size}.",
            expected=f"{count} values",
        )
    return data


def _column(
    name: str, column_type: ColumnType, tensors: Mapping[str, _Tensor], most_rows: int
) -> Any:
    tensor = tensors[name]
    rows = tensor.shape[0]
    if rows > most_rows:
        raise refusal(413, f"There are {rows:,} rows.", f"at most {most_rows:,} a request")
    width = tensor.shape[1] if len(tensor.shape) == 2 else None
    fits = width in (None, 1) if column_type.is_scalar else width is not None
    if not fits or (column_type.shape and column_type.shape[0] not in (None, width)):
        raise wrong_feature(
            name,
            f"Feature {name!r} has shape {tensor.shape}.",
            expected=f"{shape(column_type)}, -1 for any size",
        )
    elements = _elements(tensor, column_type)
    missing = _companion(tensors, name + _MISSING, pa.bool_(), len(elements))
    if missing is not None:
        keep = pa.array(np.asarray(missing, np.bool_))
        elements = _without(elements, keep)
    if column_type.is_scalar:
        return elements
    if column_type.is_ragged:
        return _lists(name, elements, rows, width or 0, tensors)
    return _vectors(elements, rows, width or 0)


def _elements(tensor: _Tensor, column_type: ColumnType) -> Any:
    """The flat elements, in the tensor's own type; what follows casts where no value changes."""
    dtype = column_type.dtype
    given = _ARROW_TYPES[tensor.datatype]
    fits = (
        (is_numeric(given) and is_numeric(dtype))
        or datatype(column_type) == tensor.datatype
        or (is_temporal(dtype) and tensor.datatype in ("INT32", "INT64"))
    )
    if not fits:
        raise wrong_feature(
            tensor.name,
            f"Feature {tensor.name!r} has datatype {tensor.datatype}.",
            expected=datatype(column_type),
        )
    if pa.types.is_binary(dtype):
        given = dtype
    array = JsonColumn(tensor.name, ColumnType(given)).array(tensor.data)
    if not is_temporal(dtype):
        return array
    try:
        carrier = pa.int32() if pa.types.is_date32(dtype) else pa.int64()
        return array.cast(carrier).cast(dtype)
    except pa.ArrowInvalid as problem:
        raise wrong_feature(
            tensor.name, f"Feature {tensor.name!r} has no {dtype}: {problem}"
        ) from None


def _without(elements: Any, missing: Any) -> Any:
    present = elements.is_valid().to_numpy(zero_copy_only=False)
    kept = present & ~missing.to_numpy(zero_copy_only=False)
    places = pa.array(np.arange(len(elements)), mask=~kept)
    return elements.take(places)


def _companion(tensors: Mapping[str, _Tensor], name: str, dtype: Any, size: int) -> Any:
    """The values of a tensor that says something about another; None where there is none."""
    tensor = tensors.get(name)
    if tensor is None:
        return None
    values = JsonColumn(name, ColumnType(dtype)).array(tensor.data).to_pylist()
    if len(values) != size:
        raise wrong_feature(
            name, f"{name!r} has {len(values)} values.", expected=f"{size}, as many as its tensor"
        )
    if dtype == pa.bool_() and None in values:
        raise wrong_feature(name, f"{name!r} has a null.", expected="true or false")
    return values


def _lists(name: str, elements: Any, rows: int, width: int, tensors: Mapping[str, _Tensor]) -> Any:
    lengths = _companion(tensors, name + _LENGTHS, pa.int64(), rows)
    if lengths is None:
        lengths = [width] * rows
    if not all(length is None or 0 <= length <= width for length in lengths):
        raise wrong_feature(
            name + _LENGTHS, f"'{name}{_LENGTHS}' does not fit.", expected=f"0 … {width}, or null"
        )
    counts = np.array([length or 0 for length in lengths], np.int64)
    absent = np.array([length is None for length in lengths], np.bool_)
    inside = (np.arange(width) < counts[:, None]).reshape(-1)
    offsets = np.append(0, np.cumsum(counts)).astype(np.int32)
    return pa.ListArray.from_arrays(
        pa.array(offsets), elements.filter(pa.array(inside)), mask=pa.array(absent, pa.bool_())
    )


def _vectors(elements: Any, rows: int, width: int) -> Any:
    """A vector of missing elements only is a missing vector."""
    present = elements.is_valid().to_numpy(zero_copy_only=False).reshape(rows, width)
    missing = ~present.any(axis=1)
    mask = pa.array(missing, pa.bool_()) if missing.any() else None
    return pa.FixedSizeListArray.from_arrays(elements, width, mask=mask)


def _check_rows(rows: Mapping[str, int]) -> None:
    first = next(iter(rows))
    for name, count in rows.items():
        if count != rows[first]:
            raise wrong_feature(
                name,
                f"Feature {name!r} has {count} rows, and {first!r} has {rows[first]}.",
                expected="as many rows in each tensor",
            )


def _asked(given: Any) -> list[str] | None:
    if given is None:
        return None
    names = [o.get("name") for o in given if isinstance(o, dict)] if isinstance(given, list) else []
    if not isinstance(given, list) or not all(isinstance(n, str) for n in names):
        raise refusal(400, "The outputs are no list of names.", '[{"name": "..."}]')
    if len(names) != len(given):
        raise refusal(400, "An output has no name.", '[{"name": "..."}]')
    # An empty list asks for nothing in particular.
    return [str(name) for name in names] or None


def _parameters(given: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = given.get("parameters", {})
    if not isinstance(parameters, dict):
        raise refusal(400, "The parameters are no JSON object.", '{"nulls": "mask"}')
    return parameters


def _output(name: str, column_type: ColumnType, outcome: Outcome, masked: bool) -> list[Any]:
    kind = datatype(column_type)
    values = _times(name, outcome) if is_temporal(column_type.dtype) else outcome.column(name)
    rows, filling = len(values), _FILLINGS.get(kind, 0)
    size, companions = [rows], []
    if not column_type.is_scalar:
        width = column_type.shape[0]
        if width is None:
            lengths = [None if row is None else len(row) for row in values]
            width = max((length or 0 for length in lengths), default=0)
            companions.append(_made(name + _LENGTHS, [rows], "INT64", lengths))
        size = [rows, width]
        # What stands behind the end of a row is no missing value but padding.
        values = [
            value
            for row in values
            for value in (
                [None] * width if row is None else [*row, *[filling] * (width - len(row))]
            )
        ]
    if masked:
        missing = [value is None for value in values]
        values = [filling if value is None else value for value in values]
        companions.append(_made(name + _MISSING, size, "BOOL", missing))
        for each in companions:
            each["data"] = [0 if v is None else v for v in each["data"]]
    return [_made(name, size, kind, values), *companions]


def _times(name: str, outcome: Outcome) -> list[Any]:
    """Dates, timestamps and durations as integers of their unit."""
    array = outcome.batch()[name]
    carrier = pa.int32() if pa.types.is_date32(outcome.types[name].dtype) else pa.int64()
    if outcome.types[name].is_scalar:
        values: list[Any] = array.cast(carrier).to_pylist()
        return values
    return [None if row.values is None else row.values.cast(carrier).to_pylist() for row in array]


def _made(name: str, size: list[int], kind: str, data: list[Any]) -> dict[str, Any]:
    return {"name": name, "shape": size, "datatype": kind, "data": data}


_FILLINGS: dict[str, Any] = {"BOOL": False, "BYTES": ""}
