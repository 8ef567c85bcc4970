"""Within the list of each row: `deduplicate_per_row`, `truncate`, `segment_indices`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType
from taurus_beam.graph.values import Mask, Values
from taurus_beam.transforms.lists import (
    codes_of,
    encoded_text,
    integer_lists,
    list_column,
    lists_of,
    offsets_of,
    repeated,
    whole_number,
)
from taurus_beam.transforms.padded_lists import (
    at_places,
    counted,
    earlier_equal,
    kept,
    padded,
    per_pair,
)

__all__ = ["deduplicate_per_row", "segment_indices", "truncate"]


def deduplicate_per_row(x: Column) -> Column:
    """The distinct elements of each row, in the order they first occur.

    Args:
        x: Ragged lists or vectors of any type (``tft.deduplicate_tensor_per_row``).

    Returns:
        Ragged lists. Missing elements are left out; a missing row stays missing. 0.0 and -0.0
        are one value, the first stays; every NaN stays, as it equals nothing.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [["b", "a", "b"], [], None]})
        >>> fn = lambda i: {"x": tb.deduplicate_per_row(i["x"])}
        >>> tb.fit_transform(table, fn)[0]["x"].to_pylist()
        [['b', 'a'], [], None]
    """
    return apply(DeduplicatePerRow(), x)


def truncate(x: Column, max_length: int, keep: Literal["first", "last"] = "first") -> Column:
    """The first (or last) elements of each row.

    Args:
        x: Ragged lists of any type.
        max_length: How many elements a row may have.
        keep: Which to keep: ``"first"`` or ``"last"``.

    Returns:
        Ragged lists of at most ``max_length`` elements, in their order. Missing elements count
        and stay; a missing row stays missing.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [[1, 2, 3], [4], None]})
        >>> fn = lambda i: {"x": tb.truncate(i["x"], 2, keep="last")}
        >>> tb.fit_transform(table, fn)[0]["x"].to_pylist()
        [[2, 3], [4], None]
    """
    return apply(Truncate(max_length, keep), x)


def segment_indices(segment_ids: Column) -> Column:
    """The place of each element within its segment: a run of equal neighbours in a row.

    Args:
        segment_ids: Ragged lists or vectors of integers.

    Returns:
        int64 of the same shape: 0 for the first element of a segment, then 1, 2, … (TFT gives
        int32, and fails where ids descend; here each change begins a segment). Missing
        elements stay missing and part no segment.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [[0, 0, 1, 2, 2, 2], [7]]})
        >>> fn = lambda i: {"x": tb.segment_indices(i["x"])}
        >>> tb.fit_transform(table, fn)[0]["x"].to_pylist()
        [[0, 1, 0, 0, 1, 2], [0]]
    """
    return apply(SegmentIndices(), segment_ids)


@operation
class DeduplicatePerRow(Operation):
    """The first of equal elements."""

    name = "deduplicate_per_row"

    def infer(self, *types: ValueType) -> ColumnType:
        return ColumnType(list_column(self.name, types).dtype, RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        dtype = self.infer(*types).dtype

        def run(rows: int, x: Values) -> Values:
            lists = lists_of(x)
            codes, limit = codes_of(lists.data)
            first = _first_of_equal(lists.row_of * limit + codes)
            if isinstance(lists.data, Text):  # codes are at hand, and wanted by what comes next
                lists = replace(lists, data=encoded_text(codes, lists.data.distinct))
            return lists.select(first).values(dtype)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (x,) = inputs
        there = present(build, x)
        first = earlier_equal(build, x.data, there) == 0
        return kept(build, x, x.type.dtype, x.data, there & first)

    def row(self, *types: ValueType) -> RowFunction:
        def run(x: list[Any]) -> list[Any]:
            seen = {None}
            kept = []
            for element in x:
                # A NaN is never equal to one seen before, but may be the same object.
                if element != element or element not in seen:
                    seen.add(element)
                    kept.append(element)
            return kept

        return run


@operation
@dataclass(frozen=True)
class Truncate(Operation):
    """The first or last elements."""

    name = "truncate"
    max_length: int
    keep: Literal["first", "last"]

    def infer(self, *types: ValueType) -> ColumnType:
        whole_number("max_length", self.max_length, least=0)
        if self.keep not in ("first", "last"):
            raise TraceError(f"keep is {self.keep!r}.", expected="'first' or 'last'")
        column = list_column(self.name, types)
        if not column.is_ragged:
            raise TraceError(f"'truncate' takes ragged lists, not {column}: all are of one length.")
        return column

    def batch(self, *types: ValueType) -> BatchFunction:
        result, from_end = self.infer(*types), self.keep == "last"

        def run(rows: int, x: Values) -> Values:
            begins = offsets_of(x)
            lengths = np.minimum(np.diff(begins), self.max_length)
            offsets, places = repeated(lengths)
            places += np.repeat(begins[1:] - lengths if from_end else begins[:-1], lengths)
            missing = None if x.missing is None else x.missing[places]
            data = x.data.take(places)
            return Values(result, data, x.rows, missing, offsets, x.missing_rows, x.constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x: Lowered
        (x,) = inputs
        lengths = np.minimum(x.lengths, self.max_length)
        start = x.lengths - lengths if self.keep == "last" else np.zeros_like(x.lengths)
        last = build.op("Shape", x.data, dtype=np.int64, start=1, end=2)
        wanted = np.arange(self.max_length) + build.for_all_rows(start)[:, None]
        places = np.minimum(wanted, last)
        data = at_places(build, padded(build, x.data, _nothing(x.data.dtype)), places)
        missing = x.missing
        if missing is not None:
            missing = at_places(build, padded(build, missing, False), places)
        return replace(x, data=data, missing=missing, lengths=lengths)

    def row(self, *types: ValueType) -> RowFunction:
        size = self.max_length
        if self.keep == "first":
            return lambda x: x[:size]
        return lambda x: x[max(len(x) - size, 0) :]


@operation
class SegmentIndices(Operation):
    """Places within runs of equal neighbours."""

    name = "segment_indices"

    def infer(self, *types: ValueType) -> ColumnType:
        return integer_lists(self.name, types).with_dtype(pa.int64())

    def batch(self, *types: ValueType) -> BatchFunction:
        self.infer(*types)

        def run(rows: int, x: Values) -> Values:
            lists = lists_of(x)
            ids, row_of = lists.array, lists.row_of
            begins = np.ones(len(ids), np.bool_)
            begins[1:] = (ids[1:] != ids[:-1]) | (row_of[1:] != row_of[:-1])
            place = np.arange(len(ids))
            place -= np.maximum.accumulate(np.where(begins, place, 0))
            if x.missing is None:
                return x.with_elements(pa.int64(), place, None)
            every = np.zeros(len(x.missing), np.int64)
            every[~x.missing] = place
            return x.with_elements(pa.int64(), every, x.missing)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x: Lowered
        (x,) = inputs
        there = present(build, x)
        place = _place_in_segment(build, x.data, there)
        return replace(x, type=self.infer(x.type), data=place)

    def row(self, *types: ValueType) -> RowFunction:
        def run(x: list[int | None]) -> list[int | None]:
            places: list[int | None] = []
            segment, place = None, 0
            for element in x:
                if element is None:
                    places.append(None)
                    continue
                place = place + 1 if element == segment else 0
                segment = element
                places.append(place)
            return places

        return run


def _nothing(dtype: np.dtype[Any]) -> Any:
    return "" if dtype.kind == "O" else dtype.type(0)


def _place_in_segment(build: Any, ids: Any, there: Any) -> Any:
    """For each element, how many equal it up to the last that does not, leaving out the missing.

    An element counts where it stands before, is there, and nothing there between differs: where as
    many that differ stand before the one as before the other.
    """
    places = build.positions(ids)
    here, before = (
        build.op("Unsqueeze", places, np.array([axis]), dtype=np.int64) for axis in (1, 0)
    )
    one, other = per_pair(build, ids)
    _, counts = per_pair(build, there)
    differs = (one != other) & counts & (before < here)
    # The last place before each element where another value stands; -1 where there is none.
    last = build.op(
        "ReduceMax",
        build.op(
            "Concat",
            np.where(differs, before, -1),
            build.op("Expand", np.array(-1), _one_column(build, ids), dtype=np.int64),
            dtype=np.int64,
            axis=2,
        ),
        np.array([2]),
        dtype=np.int64,
        keepdims=1,
    )
    return counted(build, counts & (before < here) & (before > last))


def _one_column(build: Any, ids: Any) -> Any:
    shape = build.op("Shape", ids, dtype=np.int64)
    return build.op("Concat", shape, np.array([1]), dtype=np.int64, axis=0)


def _first_of_equal(keys: np.ndarray[Any, Any]) -> Mask:
    """True where a key has not occurred before."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    begins = np.ones(len(keys), np.bool_)
    begins[1:] = ordered[1:] != ordered[:-1]
    first = np.zeros(len(keys), np.bool_)
    first[order[begins]] = True
    return first
