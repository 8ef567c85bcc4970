"""From values to ids: `apply_vocabulary`, `one_hot`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Vocabulary
from taurus_beam.graph.literal import integer_argument
from taurus_beam.graph.lowered import Lowered, rows_to_elements
from taurus_beam.graph.memory import uninitialized
from taurus_beam.graph.operation import BatchFunction, Domain, Operation, RowFunction, operation
from taurus_beam.graph.shared_numbers import array_of
from taurus_beam.graph.shared_terms import SharedTerms
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import (
    ColumnType,
    ValueType,
    VocabularyType,
    canonical,
    is_integer,
    is_numeric,
    numpy_dtype,
)
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.hashing import check_hash, hash_function, murmur3_in_onnx

__all__ = [
    "apply_vocabulary",
    "one_hot",
]


def apply_vocabulary(
    x: Column,
    vocabulary: Column,
    default_value: int = -1,
    num_oov_buckets: int = 0,
    hash: str = "murmur3",
) -> Column:
    """The id of each value: its place in a vocabulary.

    Args:
        x: Column of the vocabulary's type: scalars, vectors or ragged lists.
        vocabulary: What `tb.vocabulary` gives.
        default_value: Id of values outside the vocabulary, where there are no OOV buckets.
        num_oov_buckets: Spread values outside the vocabulary over so many ids after its last
            one, by their hash.
        hash: Hash of the OOV buckets: ``"murmur3"``, or ``"farmhash64"`` for TFT's ids.

    Returns:
        int64 of ``x``'s shape. Missing stays missing. The empty string is in no vocabulary,
        unless it is a reserved token.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["b", "a", "b"], "t": ["a", "z", None]})
        >>> def fn(inputs):
        ...     terms = tb.vocabulary(inputs["s"])
        ...     return {"id": tb.apply_vocabulary(inputs["t"], terms)}
        >>> tb.fit_transform(table, fn)[0]["id"].to_pylist()
        [1, -1, None]
    """
    default_value = integer_argument("default_value", default_value, least=-(2**63))
    num_oov_buckets = integer_argument("num_oov_buckets", num_oov_buckets, least=0)
    return apply(ApplyVocabulary(default_value, num_oov_buckets, check_hash(hash)), x, vocabulary)


def one_hot(x: Column, depth: int, dtype: Any = None) -> Column:
    """A vector with 1 at the position that an integer names, 0 elsewhere.

    Args:
        x: Integer column, one value a row.
        depth: Length of the vector.
        dtype: Numeric type of its elements; float32 by default.

    Returns:
        Vectors of ``depth``. A value outside ``0 … depth - 1`` (such as the default id of a
        vocabulary) gives all zeros, as ``tf.one_hot`` does. Missing stays missing: use
        ``tb.fill_null(x, -1)`` first for all zeros.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, -1]})
        >>> tb.fit_transform(table, lambda i: {"v": tb.one_hot(i["x"], 3)})[0]["v"].to_pylist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    depth = integer_argument("depth", depth, least=1)
    dtype = pa.float32() if dtype is None else dtype
    arrow = dtype if isinstance(dtype, pa.DataType) else pa.from_numpy_dtype(dtype)
    if not is_numeric(arrow):
        raise TraceError(f"one_hot cannot give {arrow}.", expected="a numeric type")
    return apply(OneHot(depth, str(arrow)), x)


_ID = pa.int64()


@operation
@dataclass(frozen=True)
class ApplyVocabulary(Operation):
    """The place of each value in a vocabulary."""

    name = "apply_vocabulary"
    default_value: int
    num_oov_buckets: int
    hash: str

    def infer(self, *types: ValueType) -> ColumnType:
        (column,) = column_types(self.name, types[:1])
        terms = types[1]
        if not isinstance(terms, VocabularyType):
            raise TraceError(
                f"'apply_vocabulary' needs a vocabulary, not {terms}.",
                expected="what tb.vocabulary(x) gives",
            )
        if terms.dtype != column.dtype:
            raise TraceError(
                f"A vocabulary of {terms.dtype} cannot be applied to {column}.",
                fix=f"Cast the column first: tb.cast(x, pa.{terms.dtype}()).",
            )
        if self.num_oov_buckets and is_integer(column.dtype):
            raise TraceError(
                "OOV buckets hash strings, and this is a vocabulary of integers.",
                fix="Use default_value, or cast the column to pa.string() first.",
            )
        return ColumnType(pa.int64(), column.shape)

    def domain(self, *types: ValueType) -> Domain:
        if self.num_oov_buckets:
            return Domain(0, None, of_vocabulary=True, extra=self.num_oov_buckets)
        return Domain(min(self.default_value, 0), max(self.default_value, 0), of_vocabulary=True)

    def batch(self, *types: ValueType) -> BatchFunction:
        # A vocabulary itself says -1 of what it does not know.
        unknown = self._unknown() if self.num_oov_buckets or self.default_value != -1 else None

        def run(rows: int, x: Values, terms: Vocabulary) -> Values:
            if isinstance(x.data, Text):
                ids = _text_ids(x.data, terms, unknown)
            else:
                numbers = pa.array(x.array)
                ids = terms.places(numbers)
                _fill_unknown(ids, numbers, len(terms), unknown)
            return x.with_elements(_ID, ids, x.missing)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x: Lowered
        x, terms = inputs
        default = -1 if self.num_oov_buckets else self.default_value
        ids = place_in_vocabulary(build, x.data, terms, default)
        if self.num_oov_buckets:
            hashed = murmur3_in_onnx(build, x.data, self.hash)
            ids = np.where(ids < 0, hashed % self.num_oov_buckets + len(terms), ids)
        return replace(x, type=self.infer(x.type, _type_of(terms)), data=ids)

    def row(self, *types: ValueType) -> RowFunction:
        unknown = self._unknown()

        def identify(value: Any, terms: Vocabulary) -> int:
            place = terms.place(value)
            return unknown(value, len(terms)) if place < 0 else place

        if column_types(self.name, types[:1])[0].is_scalar:
            return identify
        return lambda x, terms: [None if e is None else identify(e, terms) for e in x]

    def _unknown(self) -> Any:
        """What id a value outside a vocabulary of some size has."""
        default, buckets = self.default_value, self.num_oov_buckets
        if not buckets:
            return lambda value, size: default
        compute = hash_function(self.hash)
        return lambda value, size: size + compute(value) % buckets


def place_in_vocabulary(build: Any, x: Any, terms: Vocabulary, default: int) -> Any:
    """The place of each tensor's element in a vocabulary, or the default, written as ONNX."""
    keys = terms.terms.to_pylist()
    if x.dtype.kind in "biu":
        keys = [k - 2**64 if k >= 2**63 else int(k) for k in keys]  # uint64 travels as int64 here
        x = x.astype(np.int64)
    return build.look_up(x, keys, range(len(keys)), default)


def _type_of(terms: Vocabulary) -> VocabularyType:
    return VocabularyType(canonical(terms.terms.type))


def _text_ids(text: Text, terms: Vocabulary, unknown: Any) -> np.ndarray[Any, Any]:
    """The id of each row's string; what stands where it is missing is arbitrary."""
    shared = text.shared
    if shared is not None:
        column, codes = shared
        return _of_rows(_ids_of_column(column, terms, unknown), codes)
    rows = None if text.is_encoded else terms.places_of_rows(text.plain)
    if rows is None:
        return _of_rows(_ids(text.distinct, terms, unknown), text.codes)
    if unknown is None:
        return rows
    absent = rows < 0 if text.missing is None else (rows < 0) & ~text.missing
    if absent.any():
        others = text.take(np.flatnonzero(absent))
        ids = np.full(len(others.distinct), -1)
        _fill_unknown(ids, others.distinct, len(terms), unknown)
        rows[absent] = ids[others.codes]
    return rows


def _ids_of_column(column: SharedTerms, terms: Vocabulary, unknown: Any) -> np.ndarray[Any, Any]:
    """The id of each distinct string of a whole column."""
    places = column.remembered(terms, lambda: terms.places(column.dictionary))

    def made() -> np.ndarray[Any, Any]:
        if (places >= 0).all():
            return places
        ids = places.copy()
        _fill_unknown(ids, column.dictionary, len(terms), unknown)
        return ids

    return column.remembered((terms, unknown), made)


def _ids(distinct: Any, terms: Vocabulary, unknown: Any) -> np.ndarray[Any, Any]:
    """The id of each distinct string."""
    ids = terms.places(distinct)
    _fill_unknown(ids, distinct, len(terms), unknown)
    return ids


def _of_rows(ids: np.ndarray[Any, Any], codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The id at each code."""
    result = uninitialized(len(codes), np.int64)
    # Not "raise", which would copy through another array; the codes are known to be right.
    return (ids if len(ids) else np.zeros(1, np.int64)).take(codes, out=result, mode="clip")


def _fill_unknown(ids: np.ndarray[Any, Any], values: Any, size: int, unknown: Any) -> None:
    if unknown is None:
        return
    absent = np.flatnonzero(ids < 0)
    if absent.size:
        ids[absent] = [unknown(v, size) for v in values.take(array_of(absent)).to_pylist()]


@operation
@dataclass(frozen=True)
class OneHot(Operation):
    """Indicator vectors of integers."""

    name = "one_hot"
    depth: int
    dtype: str

    def infer(self, *types: ValueType) -> ColumnType:
        (column,) = column_types(self.name, types)
        if not column.is_scalar or not is_integer(column.dtype):
            raise TraceError(
                f"'one_hot' takes one integer a row, not {column}.",
                fix="Give it ids, such as tb.compute_and_apply_vocabulary(x).",
            )
        return ColumnType(pa.type_for_alias(self.dtype), (self.depth,))

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)
        carrier, depth = numpy_dtype(result.dtype), self.depth

        def run(rows: int, x: Values) -> Values:
            rows = x.rows
            vectors = np.zeros((rows, depth), carrier)
            inside = (x.array >= 0) & (x.array < depth)
            if x.missing is not None:
                inside &= ~x.missing
            places = np.flatnonzero(inside)
            vectors[places, x.array[places].astype(np.int64)] = 1
            missing = None if x.missing is None else np.repeat(x.missing, depth)
            return Values(result, vectors.reshape(-1), rows, missing, None, x.missing, x.constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (x,) = inputs
        result = self.infer(x.type)
        inside = (x.data >= 0) & (x.data < self.depth)
        place = np.where(inside, x.data, 0).astype(np.int64)[:, None]
        hot = (place == np.arange(self.depth)) & inside[:, None]
        missing = rows_to_elements(x.missing, self.depth)
        return Lowered(result, hot.astype(numpy_dtype(result.dtype)), missing, None, x.missing)

    def row(self, *types: ValueType) -> RowFunction:
        depth = self.depth
        zero, one = (numpy_dtype(self.infer(*types).dtype).type(v).item() for v in (0, 1))

        def run(x: int) -> Sequence[Any]:
            vector = [zero] * depth
            if 0 <= x < depth:
                vector[x] = one
            return vector

        return run
