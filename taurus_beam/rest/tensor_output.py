"""Responses of the Open Inference Protocol v2: outputs as named, typed tensors in JSON.

See `tensor_types` for missing values and rows of different lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taurus_beam.graph.types import ColumnType, is_temporal
from taurus_beam.rest.outcome import Outcome
from taurus_beam.rest.refusals import wrong_feature
from taurus_beam.rest.tensor_types import ABSENT, LENGTHS, MISSING, carrier, datatype

__all__ = ["write_tensors"]

_FILLINGS: dict[str, Any] = {"BOOL": False, "BYTES": ""}


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
            if masked:
                lengths = [ABSENT if length is None else length for length in lengths]
            companions.append(_made(name + LENGTHS, [rows], "INT64", lengths))
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
        companions.append(_made(name + MISSING, size, "BOOL", missing))
    return [_made(name, size, kind, values), *companions]


def _times(name: str, outcome: Outcome) -> list[Any]:
    """Dates, timestamps and durations as integers of their unit."""
    array = outcome.batch()[name]
    integers = carrier(outcome.types[name].dtype)
    if outcome.types[name].is_scalar:
        values: list[Any] = array.cast(integers).to_pylist()
        return values
    return [None if row.values is None else row.values.cast(integers).to_pylist() for row in array]


def _made(name: str, size: list[int], kind: str, data: list[Any]) -> dict[str, Any]:
    return {"name": name, "shape": size, "datatype": kind, "data": data}
