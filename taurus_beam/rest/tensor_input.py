"""Requests of the Open Inference Protocol v2: named, typed tensors in JSON, as columns.

Each tensor is checked before anything of its size is made. See `tensor_types` for missing values
and rows of different lengths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.types import ColumnType, is_numeric, is_temporal
from taurus_beam.rest.json_values import JsonColumn
from taurus_beam.rest.refusals import refusal, wrong_feature
from taurus_beam.rest.tensor_types import (
    ABSENT,
    ARROW_TYPES,
    LENGTHS,
    MISSING,
    carrier,
    datatype,
    shape,
)

__all__ = ["TensorRequest", "read_tensors"]


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
    companions = {name + end for name in types for end in (MISSING, LENGTHS)}
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
    if not isinstance(kind, str) or kind not in ARROW_TYPES:
        expected = f"one of: {', '.join(ARROW_TYPES)}"
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
                    expected=f"rows of {size[1]} elements; see '{name}{LENGTHS}' for fewer",
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
    missing = _companion(tensors, name + MISSING, pa.bool_(), len(elements))
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
    given = ARROW_TYPES[tensor.datatype]
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
        return array.cast(carrier(dtype)).cast(dtype)
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
    lengths = _companion(tensors, name + LENGTHS, pa.int64(), rows)
    if not rows:
        width = 0  # whatever it says: there is nothing of it
    lengths = [width] * rows if lengths is None else [n if n != ABSENT else None for n in lengths]
    if not all(length is None or 0 <= length <= width for length in lengths):
        raise wrong_feature(
            name + LENGTHS,
            f"'{name}{LENGTHS}' does not fit.",
            expected=f"0 … {width}; {ABSENT} or null: missing",
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
