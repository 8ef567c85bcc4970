"""Ids of terms brought into their vocabulary's range, and the distinct ones of each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType, is_integer
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.lists import Lists, integer_lists, lists_of
from taurus_beam.transforms.padded_lists import at_places, counted, earlier_equal, kept, per_pair

__all__ = ["ModuloVocabulary", "Terms", "check_ids", "distinct_in_onnx", "distinct_terms"]

_MOST_KEYS = 1 << 62


@operation
class ModuloVocabulary(Operation):
    """Present ids, modulo the size of their vocabulary."""

    name = "modulo_vocabulary"

    def infer(self, *types: ValueType) -> ColumnType:
        integer_lists("tfidf", types)
        size = column_types(self.name, types)[1]
        if not size.is_scalar or not is_integer(size.dtype):
            raise TraceError(f"vocab_size is a {size}.", expected="one integer")
        return ColumnType(pa.int64(), RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        self.infer(*types)

        def run(rows: int, x: Values, size: Values) -> Values:
            lists, modulus = lists_of(x), _at_least_one(size.array[0])
            wide = np.uint64 if lists.array.dtype == np.uint64 else np.int64
            ids = np.mod(lists.array.astype(wide, copy=False), wide(modulus)).astype(np.int64)
            return replace(lists, data=ids).values(pa.int64())

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x, size = inputs
        modulus = _at_least_one(size.data)
        if x.data.dtype == np.uint64:
            ids = (x.data % np.uint64(modulus)).astype(np.int64)
        else:
            ids = x.data.astype(np.int64) % modulus
        return kept(build, x, pa.int64(), ids, present(build, x))

    def row(self, *types: ValueType) -> RowFunction:
        def run(x: list[int | None], size: int) -> list[int]:
            modulus = _at_least_one(size)
            return [i % modulus for i in x if i is not None]

        return run


@operation
class Terms(Operation):
    """The distinct ids of each row, ascending."""

    name = "terms"

    def infer(self, *types: ValueType) -> ColumnType:
        check_ids(self.name, types)
        return ColumnType(pa.int64(), RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        self.infer(*types)
        return lambda rows, ids: distinct_terms(lists_of(ids))[0].values(pa.int64())

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (ids,) = inputs
        ordered, first, _ = distinct_in_onnx(build, ids)
        return kept(build, ids, pa.int64(), ordered, first)

    def row(self, *types: ValueType) -> RowFunction:
        return lambda ids: sorted(set(ids))


def _at_least_one(size: Any) -> int:
    """The size of a vocabulary, an empty one's taken for 1 so that it has a last id."""
    return max(int(size), 1)


def distinct_terms(ids: Lists) -> tuple[Lists, np.ndarray[Any, Any]]:
    """The distinct ids of each row, ascending, and how often each occurs in it."""
    numbers, distinct = ids.array, None
    low = int(numbers.min(initial=0))
    span = int(numbers.max(initial=0)) - low + 1
    if span * ids.rows > _MOST_KEYS:
        distinct, numbers = np.unique(numbers, return_inverse=True)
        low, span = 0, len(distinct)
    keys = ids.row_of * span + (numbers - low)
    keys.sort()
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    counts = np.diff(np.append(np.flatnonzero(first), len(keys)))
    found = keys[first] % span + low
    before = np.concatenate([[0], np.cumsum(first)])
    terms = found if distinct is None else distinct[found]
    return replace(ids, data=terms, offsets=before[ids.offsets]), counts


def distinct_in_onnx(build: Any, ids: Lowered) -> tuple[Any, Any, Any]:
    """The ids of each row, ascending; which are the first of equal ones, and how many are equal."""
    there = present(build, ids)
    # What is no id comes behind all that are.
    beyond = np.where(there, ids.data, np.iinfo(np.int64).max)
    width = build.op("Shape", beyond, dtype=np.int64, start=1, end=2)
    ordered, order = build.ops(
        "TopK", beyond, width, dtypes=[np.int64, np.int64], axis=1, largest=0, sorted=1
    )
    there = at_places(build, there, order)
    one, other = per_pair(build, ordered)
    counts = counted(build, (one == other) & per_pair(build, there)[1])
    return ordered, there & (earlier_equal(build, ordered, there) == 0), counts


def check_ids(name: str, types: Sequence[ValueType]) -> None:
    """TraceError unless the first argument is what `ModuloVocabulary` gives."""
    if types[0] != ColumnType(pa.int64(), RAGGED):
        raise TraceError(f"{name!r} takes ragged lists of int64, not {types[0]}.")
