"""Lists of ids to indicator vectors: `multi_hot`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric, numpy_dtype, parse_dtype
from taurus_beam.graph.values import Values
from taurus_beam.transforms.lists import integer_lists, lists_of, whole_number
from taurus_beam.transforms.padded_lists import counted

__all__ = ["multi_hot"]


def multi_hot(ids: Column, depth: int, dtype: Any = None) -> Column:
    """A vector with 1 at each position that a list of integers names, 0 elsewhere.

    Args:
        ids: Ragged lists or vectors of integers, such as the ids of a vocabulary.
        depth: Length of the vector.
        dtype: Numeric type of its elements; float32 by default.

    Returns:
        Vectors of ``depth``, never missing. An id that occurs twice gives 1; missing ids and
        ids outside ``0 … depth - 1`` give nothing; an empty and a missing list all zeros.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [[2, 0, 2], [-1], None]})
        >>> tb.fit_transform(table, lambda i: {"v": tb.multi_hot(i["x"], 3)})[0]["v"].to_pylist()
        [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return apply(MultiHot(depth, str(pa.float32() if dtype is None else dtype)), ids)


@operation
@dataclass(frozen=True)
class MultiHot(Operation):
    """Indicator vectors of lists of integers."""

    name = "multi_hot"
    null_in_null_out = False
    depth: int
    dtype: str

    def infer(self, *types: ValueType) -> ColumnType:
        whole_number("depth", self.depth, least=1)
        integer_lists(self.name, types)
        try:
            dtype = parse_dtype(self.dtype)
        except ValueError:
            dtype = None
        if dtype is None or not is_numeric(dtype):
            raise TraceError(f"dtype is {self.dtype}.", expected="a numeric type: pa.float32()")
        return ColumnType(dtype, (self.depth,))

    def batch(self, *types: ValueType) -> BatchFunction:
        result, depth = self.infer(*types), self.depth
        carrier = numpy_dtype(result.dtype)

        def run(rows: int, ids: Values) -> Values:
            lists = lists_of(ids)
            inside = (lists.array >= 0) & (lists.array < depth)
            vectors = np.zeros((lists.rows, depth), carrier)
            vectors[lists.row_of[inside], lists.array[inside].astype(np.int64)] = 1
            return Values(result, vectors.reshape(-1), lists.rows, constant=lists.constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (ids,) = inputs
        result = self.infer(ids.type)
        usable = present(build, ids) & (ids.data >= 0) & (ids.data < self.depth)
        places = np.where(usable, ids.data, 0).astype(np.int64)
        place, counts = (
            build.op("Unsqueeze", t, np.array([1]), dtype=t.dtype) for t in (places, usable)
        )
        times = counted(build, (place == np.arange(self.depth)[:, None]) & counts)
        return Lowered(result, (times > 0).astype(numpy_dtype(result.dtype)))

    def row(self, *types: ValueType) -> RowFunction:
        depth = self.depth
        zero, one = (numpy_dtype(self.infer(*types).dtype).type(v).item() for v in (0, 1))

        def run(ids: list[int | None] | None) -> list[Any]:
            vector = [zero] * depth
            for i in ids or ():
                if i is not None and 0 <= i < depth:
                    vector[i] = one
            return vector

        return run
