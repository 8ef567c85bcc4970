"""Combinations of several columns as one category: `cross`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError, TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.budget import check_elements
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, aligned, any_of
from taurus_beam.graph.operation import BatchFunction, Domain, Operation, RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import RAGGED, SCALAR, ColumnType, Shape, ValueType, is_integer
from taurus_beam.graph.values import Mask, Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.hashing import check_hash, hash_function, murmur3_in_onnx
from taurus_beam.transforms.lists import encoded, offsets_of, repeated, whole_number

__all__ = ["cross"]


def cross(
    *columns: Column, num_buckets: int, hash: str = "murmur3", separator: str = "_X_"
) -> Column:
    """Hash the combination of several columns' values into one of ``num_buckets`` buckets.

    Args:
        columns: Two or more columns of strings or integers (ids, buckets): scalars, vectors or
            ragged lists. Cut floats into buckets first.
        num_buckets: How many buckets, at least 1.
        hash: ``"murmur3"`` or ``"farmhash64"``; see `hash_strings`.
        separator: What stands between the values of a combination when it is hashed. Integers
            are written in decimal, so 1 and ``"1"`` are the same.

    Returns:
        int64, 0 … ``num_buckets - 1``: the hash of the values joined by the separator. Where
        all columns are scalars, one a row, missing where any value is. Lists give all
        combinations of a row, the last column's elements changing fastest: as many as the
        product of their lengths, in a vector where all lists are vectors, else in a ragged
        list. A combination with a missing element is missing, and so is the row where a whole
        list or a scalar is.

    Raises:
        TraceError: For fewer than two columns, or another type.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"from": ["EWR", "JFK", None], "hour": [6, 6, 7],
        ...                   "tags": [["a", "b"], [], ["c"]]})
        >>> def fn(inputs):
        ...     return {"x": tb.cross(inputs["from"], inputs["hour"], num_buckets=100),
        ...             "y": tb.cross(inputs["from"], inputs["tags"], num_buckets=100)}
        >>> out, _ = tb.fit_transform(table, fn)
        >>> out["x"].to_pylist(), out["y"].to_pylist()
        ([2, 29, None], [[88, 22], [], None])
    """
    return apply(Cross(num_buckets, check_hash(hash), separator), *columns)


@operation
@dataclass(frozen=True)
class Cross(Operation):
    """The hash of each combination, modulo the number of buckets."""

    name = "cross"
    grows = True
    num_buckets: int
    hash: str
    separator: str

    def infer(self, *types: ValueType) -> ColumnType:
        whole_number("num_buckets", self.num_buckets, least=1)
        if not isinstance(self.separator, str):
            raise TraceError(f"separator is {self.separator!r}.", expected="a string")
        columns = column_types(self.name, types)
        if len(columns) < 2:
            raise TraceError(
                f"'cross' takes two or more columns, not {len(columns)}.",
                fix="For one column use tb.hash_strings.",
            )
        for column in columns:
            if not (pa.types.is_string(column.dtype) or is_integer(column.dtype)):
                raise TraceError(
                    f"'cross' takes strings and integers, not {column}.",
                    fix="Use tb.bucketize for floats, tb.cast for others.",
                )
        return ColumnType(pa.int64(), _shape(columns))

    def domain(self, *types: ValueType) -> Domain:
        return Domain(0, self.num_buckets - 1)

    def batch(self, *types: ValueType) -> BatchFunction:
        result, bucket = self.infer(*types), self._bucket()

        def run(rows: int, *columns: Values) -> Values:
            constant = all(c.constant for c in columns)
            combinations = _combinations(columns, 1 if constant else rows, result.shape)
            keys, parts = _keys(columns, combinations.present)
            joined = pc.binary_join_element_wise(*parts, self.separator)
            buckets = np.array([bucket(text) for text in joined.to_pylist()], np.int64)
            missing = combinations.missing
            if missing is None:
                data = buckets[keys]
            else:
                data = np.zeros(len(missing), np.int64)
                data[~missing] = buckets[keys]
            return Values(
                result,
                data,
                combinations.rows,
                missing,
                combinations.offsets,
                combinations.missing_rows,
                constant,
            )

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        if sum(not x.type.is_scalar for x in inputs) > 1:
            raise EngineError("All pairs of several lists have no ONNX form.")
        columns = aligned(self.name, inputs)
        separator = np.array(self.separator, object)
        joined: Any = None
        for x in columns:
            text = _text_in_onnx(x.data)
            joined = text if joined is None else joined + separator + text
        lists = next((x for x in columns if not x.type.is_scalar), None)
        data = murmur3_in_onnx(build, joined, self.hash) % self.num_buckets
        missing = any_of(*(x.missing for x in columns))
        result = self.infer(*(x.type for x in inputs))
        if lists is None:
            return Lowered(result, data, missing)
        of_rows = [x.missing for x in inputs if x.type.is_scalar]
        missing_rows = any_of(lists.missing_rows, *of_rows)
        lengths: Any = lists.lengths
        if lengths is not None and missing_rows is not None:
            lengths = np.where(missing_rows, 0, lengths)
        return Lowered(result, data, missing, lengths, missing_rows)

    def row(self, *types: ValueType) -> RowFunction:
        columns, bucket, join = column_types(self.name, types), self._bucket(), self.separator.join
        if all(c.is_scalar for c in columns):
            return lambda *values: bucket(join(map(str, values)))
        scalar = [c.is_scalar for c in columns]

        def run(*values: Any) -> list[int | None]:
            lists = [[v] if one else v for one, v in zip(scalar, values, strict=True)]
            check_elements(math.prod(map(len, lists)))
            return [
                None if any(v is None for v in combination) else bucket(join(map(str, combination)))
                for combination in itertools.product(*lists)
            ]

        return run

    def _bucket(self) -> RowFunction:
        compute, buckets = hash_function(self.hash), self.num_buckets
        return lambda text: compute(text) % buckets


@dataclass(frozen=True, eq=False)
class _Combinations:
    """Which element of each column each combination takes, and how they group into rows."""

    elements: list[np.ndarray[Any, Any]]
    rows: int
    missing: Mask | None
    offsets: np.ndarray[Any, Any] | None
    missing_rows: Mask | None

    @property
    def present(self) -> list[np.ndarray[Any, Any]]:
        """The elements of the combinations that are not missing."""
        if self.missing is None:
            return self.elements
        return [elements[~self.missing] for elements in self.elements]


def _text_in_onnx(data: Any) -> Any:
    if data.dtype == object:
        return data
    return np.array(str(data), object) if isinstance(data, np.ndarray) else data.as_text()


def _shape(columns: Sequence[ColumnType]) -> Shape:
    lists = [c for c in columns if not c.is_scalar]
    if not lists:
        return SCALAR
    if any(len(c.shape) != 1 for c in lists):
        raise TraceError("'cross' takes no values of two dimensions.")
    if any(c.is_ragged for c in lists):
        return RAGGED
    return (math.prod(c.shape[0] or 0 for c in lists),)


def _combinations(columns: Sequence[Values], rows: int, shape: Shape) -> _Combinations:
    begins = [_begins(c, rows) for c in columns]
    lengths = [_lengths(c, rows) for c in columns]
    missing_rows = np.zeros(rows, np.bool_)
    if shape != SCALAR:
        for column in columns:
            whole = column.missing if column.type.is_scalar else column.missing_rows
            if whole is not None:
                missing_rows |= whole
    check_elements(float(np.prod(lengths, axis=0, dtype=np.float64).sum()), rows)
    products = np.prod(lengths, axis=0, dtype=np.int64)
    if shape == RAGGED:
        products[missing_rows] = 0
    offsets, places = repeated(products)
    elements = []
    for first, size in zip(reversed(begins), reversed(lengths), strict=True):
        sizes = np.repeat(size, products)
        elements.append(np.repeat(first, products) + places % np.maximum(sizes, 1))
        places = places // np.maximum(sizes, 1)
    elements.reverse()
    missing = np.zeros(offsets[-1], np.bool_)
    for column, taken in zip(columns, elements, strict=True):
        if column.missing is not None:
            missing |= column.missing[taken]
    if shape not in (SCALAR, RAGGED):
        missing |= np.repeat(missing_rows, products)
    return _Combinations(
        elements,
        rows,
        missing if missing.any() else None,
        offsets if shape == RAGGED else None,
        missing_rows if missing_rows.any() else None,
    )


def _begins(column: Values, rows: int) -> np.ndarray[Any, Any]:
    if column.constant:
        return np.zeros(rows, np.int64)
    return np.arange(rows) if column.type.is_scalar else offsets_of(column)[:-1]


def _lengths(column: Values, rows: int) -> np.ndarray[Any, Any]:
    if column.type.is_scalar:
        return np.ones(rows, np.int64)
    lengths = np.diff(offsets_of(column))
    return np.broadcast_to(lengths, rows) if column.constant else lengths


def _keys(columns: Sequence[Values], elements: Sequence[Any]) -> tuple[Any, list[Any]]:
    """A number for each combination, equal for equal ones, and each number's values as text."""
    keys = np.zeros(len(elements[0]), np.int64)
    parts: list[Any] = []
    for column, taken in zip(columns, elements, strict=True):
        codes, texts = _texts(column)
        size = max(len(texts), 1)
        keys, pairs = encoded(keys * size + codes[taken])
        parts = [part.take(pa.array(pairs // size)) for part in parts]
        parts.append(texts.take(pa.array(pairs % size)))
    return keys, parts


def _texts(column: Values) -> tuple[Any, Any]:
    if isinstance(column.data, Text):
        return column.data.codes, column.data.distinct
    codes, distinct = encoded(column.array)
    return codes, pa.array(distinct).cast(pa.string())
