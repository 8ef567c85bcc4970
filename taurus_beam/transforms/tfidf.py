"""Weighing terms by how rare they are: `tfidf`, `idf`, `document_frequency`.

The tables of the whole data set are made once, when the function is frozen; applying it is a
lookup. Computed in float64 and rounded once to float32.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.document_frequency import CountsById, RowTotal
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.types import (
    RAGGED,
    ColumnType,
    ValueType,
    is_float,
    numpy_dtype,
)
from taurus_beam.graph.values import Values, constant_values
from taurus_beam.transforms.lists import lists_of, whole_number
from taurus_beam.transforms.num_buckets import num_buckets
from taurus_beam.transforms.padded_lists import counted, kept
from taurus_beam.transforms.term_ids import (
    ModuloVocabulary,
    Terms,
    check_ids,
    distinct_in_onnx,
    terms_of,
)

__all__ = ["document_frequency", "idf", "tfidf"]


def tfidf(
    x: Column, vocab_size: int | Column | None = None, smooth: bool = True
) -> tuple[Column, Column]:
    """The distinct terms of each row, and their weights: term frequency × `idf`.

    Args:
        x: Ragged lists (or vectors) of integers: the ids of a row's terms.
        vocab_size: How many different ids there are, OOV buckets counted; by default
            `num_buckets` of ``x``. An id outside ``0 … vocab_size - 1`` is taken modulo it, as
            in TFT: -1 is the last id.
        smooth: See `idf`.

    Returns:
        Two columns of ragged lists, one entry for each distinct term of the row in the order
        of the ids: the id (int64) and its weight (float32): the share of the row's terms that
        are this one, times its `idf`. Missing elements are left out and do not count; an empty
        row gives empty lists, a missing row missing ones.

    Raises:
        TraceError: If ``x`` is not of lists of integers, or ``vocab_size`` is not positive.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["I like pie pie pie", "yum yum pie"]})
        >>> def fn(inputs):
        ...     ids = tb.compute_and_apply_vocabulary(tb.split(inputs["s"]))
        ...     term, weight = tb.tfidf(ids)
        ...     return {"term": term, "weight": weight}
        >>> out, _ = tb.fit_transform(table, fn)
        >>> out["term"].to_pylist()
        [[0, 2, 3], [0, 1]]
        >>> [[round(w, 4) for w in row] for row in out["weight"].to_pylist()]
        [[0.6, 0.2811, 0.2811], [0.3333, 0.937]]
    """
    ids = _ids(x, vocab_size)
    terms = apply(Terms(), ids)
    return terms, apply(TermWeights(), ids, _idf_table(terms, ids, smooth, add_baseline=True))


def idf(
    x: Column,
    vocab_size: int | Column | None = None,
    smooth: bool = True,
    add_baseline: bool = True,
) -> Column:
    """The inverse document frequency of each term: how rare it is among the rows.

    Args:
        x: Ragged lists (or vectors) of integers; see `tfidf`.
        vocab_size: See `tfidf`.
        smooth: True gives ``ln((N + 1) / (df + 1)) + 1`` for N rows of which df have the term;
            False gives ``ln(N / df) + 1``, +inf for a term that no row had.
        add_baseline: False leaves out the ``+ 1``, so that a term of all rows gives 0.

    Returns:
        float32 in ragged lists like ``x``, one for each element; missing elements are left
        out. N counts all rows, empty and missing ones too, as TFT does.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [[0, 1, 1], [0], []]})
        >>> fn = lambda i: {"idf": tb.idf(i["x"], 2, smooth=False)}
        >>> out = tb.fit_transform(table, fn)[0]["idf"].to_pylist()
        >>> [[round(v, 4) for v in row] for row in out]
        [[1.4055, 2.0986, 2.0986], [1.4055], []]
    """
    ids = _ids(x, vocab_size)
    return apply(LookUp(), ids, _idf_table(apply(Terms(), ids), ids, smooth, add_baseline))


def document_frequency(x: Column, vocab_size: int | Column | None = None) -> Column:
    """In how many rows of the whole data set each term occurs.

    Args:
        x: Ragged lists (or vectors) of integers; see `tfidf`.
        vocab_size: See `tfidf`.

    Returns:
        int64 in ragged lists like ``x``, one for each element; missing elements are left out.
        0 for a term that no row had.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [[0, 1, 1], [0], []]})
        >>> fn = lambda i: {"df": tb.document_frequency(i["x"], 2)}
        >>> tb.fit_transform(table, fn)[0]["df"].to_pylist()
        [[2, 1, 1], [2], []]
    """
    ids = _ids(x, vocab_size)
    return apply(LookUp(), ids, apply(CountsById(), apply(Terms(), ids)))


def _ids(x: Column, vocab_size: int | Column | None) -> Column:
    if vocab_size is None:
        vocab_size = num_buckets(x)
    if not isinstance(vocab_size, Column):
        whole_number("vocab_size", vocab_size, least=1)
    elif vocab_size.node.per_row:
        raise TraceError(
            f"vocab_size is a column: {vocab_size}.",
            where=str(user_location()),
            expected="an integer, or one value of the whole data set such as tb.num_buckets gives",
        )
    return apply(ModuloVocabulary(), x, vocab_size)


def _idf_table(terms: Column, ids: Column, smooth: bool, add_baseline: bool) -> Column:
    frequencies = apply(CountsById(), terms)
    return apply(IdfTable(bool(smooth), bool(add_baseline)), frequencies, apply(RowTotal(), ids))


@operation
@dataclass(frozen=True)
class IdfTable(Operation):
    """Inverse document frequencies from document frequencies and the number of rows."""

    name = "idf_table"
    smooth: bool
    add_baseline: bool

    def infer(self, *types: ValueType) -> ColumnType:
        if types != (ColumnType(pa.int64(), RAGGED), ColumnType(pa.int64())):
            raise TraceError("'idf_table' takes document frequencies and the number of rows.")
        return ColumnType(pa.float64(), RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)
        one, baseline = int(self.smooth), float(self.add_baseline)

        def run(rows: int, frequencies: Values, total: Values) -> Values:
            shares = (total.array[0] + one) / (frequencies.array + one)
            unseen = (frequencies.array + one) == 0
            table = np.where(unseen, np.inf, np.log(shares) + baseline)
            return constant_values(result, table)

        return run


@operation
class LookUp(Operation):
    """The entry of a table for each id; its last entry for all ids beyond it."""

    name = "term_look_up"

    def infer(self, *types: ValueType) -> ColumnType:
        check_ids(self.name, types)
        return ColumnType(_entry_type(types[1]), RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        dtype = self.infer(*types).dtype

        def run(rows: int, ids: Values, table: Values) -> Values:
            lists = lists_of(ids)
            entries = table.array.astype(numpy_dtype(dtype))
            return replace(lists, data=_looked_up(entries, lists.array)).values(dtype)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        ids, table = inputs
        dtype = self.infer(ids.type, table.type).dtype
        entries = table.data.astype(numpy_dtype(dtype))
        found = _looked_up_in_onnx(build, entries, ids.data)
        return kept(build, ids, dtype, found, present(build, ids))

    def row(self, *types: ValueType) -> RowFunction:
        finish = _finish(self.infer(*types).dtype)

        def run(ids: list[int], table: list[Any]) -> list[Any]:
            last = len(table) - 1
            return [finish(table[min(i, last)]) for i in ids]

        return run


@operation
class TermWeights(Operation):
    """For each distinct id, ascending: its share of the row times its entry of a table."""

    name = "term_weights"

    def infer(self, *types: ValueType) -> ColumnType:
        check_ids(self.name, types)
        return ColumnType(_entry_type(types[1]), RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        dtype = self.infer(*types).dtype

        def run(rows: int, ids: Values, table: Values) -> Values:
            lists = lists_of(ids)
            terms, counts = terms_of(ids)
            shares = counts / np.repeat(lists.lengths, terms.lengths)
            weights = shares * _looked_up(table.array, terms.array)
            return replace(terms, data=weights.astype(numpy_dtype(dtype))).values(dtype)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        ids, table = inputs
        dtype = self.infer(ids.type, table.type).dtype
        ordered, first, counts = distinct_in_onnx(build, ids)
        shares = counts / counted(build, present(build, ids))[:, None]
        weights = shares * _looked_up_in_onnx(build, table.data, ordered)
        return kept(build, ids, dtype, weights.astype(numpy_dtype(dtype)), first)

    def row(self, *types: ValueType) -> RowFunction:
        finish = _finish(self.infer(*types).dtype)

        def run(ids: list[int], table: list[float]) -> list[float]:
            size, last, counts = len(ids), len(table) - 1, Counter(ids)
            return [finish(counts[i] / size * table[min(i, last)]) for i in sorted(counts)]

        return run


def _looked_up(table: np.ndarray[Any, Any], ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    entries: np.ndarray[Any, Any] = table[np.minimum(ids, len(table) - 1)]
    return entries


def _looked_up_in_onnx(build: Any, table: np.ndarray[Any, Any], ids: Any) -> Any:
    places = np.maximum(np.minimum(ids, len(table) - 1), 0)
    return build.op("Gather", table, places, dtype=table.dtype)


def _entry_type(table: ValueType) -> Any:
    """Entries of a table as they are given to the user: float32 for floats."""
    assert isinstance(table, ColumnType)
    return pa.float32() if is_float(table.dtype) else table.dtype


def _finish(dtype: Any) -> RowFunction:
    return (lambda v: float(np.float32(v))) if is_float(dtype) else int
