"""Ids of terms brought into their vocabulary's range, and the distinct ones of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType, is_integer
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.lists import Integers, Lists, integer_lists, lists_of
from taurus_beam.transforms.padded_lists import at_places, counted, earlier_equal, kept, per_pair

__all__ = ["ModuloVocabulary", "Terms", "check_ids", "distinct_in_onnx", "terms_of"]

_MOST_KEYS, _FEW_KEYS = 1 << 62, 1 << 31
_MOST_SPAN = 1 << 48
_CACHED = 1 << 14
"""Of so many elements, what is computed stays in a core's cache."""


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
            if _all_below(lists.array, modulus):
                return replace(lists, data=lists.array.astype(np.int64, copy=False)).values(
                    pa.int64()
                )
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
        return lambda rows, ids: terms_of(ids)[0].values(pa.int64())

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (ids,) = inputs
        ordered, first, _ = distinct_in_onnx(build, ids)
        return kept(build, ids, pa.int64(), ordered, first)

    def row(self, *types: ValueType) -> RowFunction:
        return lambda ids: sorted(set(ids))


def _at_least_one(size: Any) -> int:
    """The size of a vocabulary, an empty one's taken for 1 so that it has a last id."""
    return max(int(size), 1)


def terms_of(ids: Values) -> tuple[Lists, np.ndarray[Any, Any]]:
    """The distinct ids of each row, ascending, and how often each occurs in it; made once."""
    return ids.made("terms", lambda: _distinct_terms(lists_of(ids)))


def _all_below(ids: np.ndarray[Any, Any], size: int) -> bool:
    """Whether ids are in the range of a vocabulary as they are: to divide them takes longer."""
    return not ids.size or bool(ids.min() >= 0 and ids.max() < size)


def _distinct_terms(ids: Lists) -> tuple[Lists, np.ndarray[Any, Any]]:
    """The distinct ids of each row, ascending, and how often each occurs in it."""
    numbers, distinct = ids.array, None
    low = int(numbers.min(initial=0))
    span = int(numbers.max(initial=0)) - low + 1
    if span > _MOST_SPAN:
        distinct, numbers = np.unique(numbers, return_inverse=True)
        low, span = 0, len(distinct)
    terms, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    lengths = np.zeros(ids.rows, np.int64)
    for first, end in _cached_rows(ids.offsets, max(_MOST_KEYS // span, 1)):
        offsets = ids.offsets[first : end + 1]
        part = _counted_in_rows(numbers[offsets[0] : offsets[-1]] - low, np.diff(offsets), span)
        terms.append(part[0] + low)
        counts.append(part[1])
        lengths[first:end] = part[2]
    found = np.concatenate(terms)
    found = found if distinct is None else distinct[found]
    return replace(ids, data=found, offsets=_ends(lengths)), np.concatenate(counts)


def _cached_rows(offsets: Integers, most: int) -> Iterator[tuple[int, int]]:
    """Some rows after the other, at most so many, whose elements stay in a core's cache."""
    cuts = np.searchsorted(offsets, np.arange(_CACHED, offsets[-1], _CACHED))
    rows = len(offsets) - 1
    return pairwise(np.unique([0, *cuts, *range(0, rows, most), rows]).tolist())


def _counted_in_rows(
    numbers: Integers, lengths: Integers, span: int
) -> tuple[Integers, Integers, Integers]:
    """The distinct numbers of each row, how often each occurs in it, and how many each row has.

    Args:
        numbers: From 0 to ``span - 1``.
        lengths: How many each row has.
        span: At most `_MOST_KEYS` by the number of rows.
    """
    key = np.int32 if span * len(lengths) <= _FEW_KEYS else np.int64
    first_keys = np.repeat(np.arange(len(lengths)) * span, lengths)
    keys: np.ndarray[Any, Any] = (numbers + first_keys).astype(key, copy=False)
    keys.sort()
    first = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    places = np.flatnonzero(first)
    # Sorted, the keys of a row stand where they stood.
    distinct = keys[places] - first_keys[places]
    before = _ends(first)[_ends(lengths)]
    return distinct, np.diff(places, append=len(keys)), np.diff(before)


def _ends(lengths: np.ndarray[Any, Any]) -> Integers:
    """Where each of some lists begins, and where the last one ends."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


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
