"""The rows of one batch by key: which keys occur, and which numbers belong to which of them.

Everything that is computed per key groups its batches here, so all agree on what a key is and
on what takes part. Merging what batches give is the business of `keyed_table`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Reduction
from taurus_beam.graph.column import Column
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, ValueType, is_integer, is_text
from taurus_beam.graph.values import Mask, Values

__all__ = [
    "Grouped",
    "check_varying",
    "distinct_keys",
    "grouped",
    "key_type",
    "keyed_reduction",
]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def key_type(name: str, value_type: ValueType) -> ColumnType:
    """The type of a column of keys; TraceError where it cannot be one."""
    if isinstance(value_type, ColumnType):
        dtype = value_type.dtype
        if is_text(dtype) or is_integer(dtype) or pa.types.is_boolean(dtype):
            return value_type
    raise TraceError(
        f"{name!r} takes strings, binary, integers or booleans as keys, not {value_type}.",
        fix="Cast the key first, such as tb.cast(key, pa.string()).",
    )


def keyed_reduction(
    name: str, types: tuple[ValueType, ...], elementwise: bool
) -> tuple[ColumnType, Reduction]:
    """The type of a scalar key, and over what its rows' values are reduced."""
    key, x = key_type(name, types[0]), types[1]
    if not key.is_scalar:
        raise TraceError(f"{name!r} takes one key a row, not {key}.")
    if not isinstance(x, ColumnType):
        raise TraceError(f"{name!r} takes a column of numbers, not a {x}.")
    return key, Reduction.of(name, x, elementwise)


def check_varying(name: str, *columns: Column) -> None:
    """TraceError for what is the same for all rows, where a column of the data is needed."""
    for column in columns:
        if not column.node.per_row:
            raise TraceError(
                f"{name!r} needs columns of the data, not a value that is the same for all rows.",
                where=str(user_location()),
            )


@dataclass(frozen=True)
class Grouped:
    """The numbers of a batch that take part, each with its group.

    A group is a key, or one of several positions of a key: group ``g`` belongs to key
    ``g // width``.

    Attributes:
        keys: Arrow array of the batch's distinct keys, also of those without numbers.
        groups: Group of each number.
        numbers: Elements that are present, not NaN, and have a key.
        width: Groups per key.
    """

    keys: Any
    groups: Array
    numbers: Array
    width: int = 1

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.keys) * self.width

    def where(self, mask: Mask) -> Grouped:
        """The same groups with fewer numbers."""
        return Grouped(self.keys, self.groups[mask], self.numbers[mask], self.width)


def distinct_keys(key: Values) -> tuple[Any, Array, Mask | None]:
    """The keys that occur, the position of each element's key among them, and which have none."""
    if isinstance(key.data, Text):
        keys, codes = key.data.distinct, key.data.codes
    else:
        encoded = pa.array(key.array).dictionary_encode()
        keys, codes = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)
    codes = codes.astype(np.intp)
    occurring = codes if key.missing is None else codes[~key.missing]
    seen = np.bincount(occurring, minlength=len(keys)) > 0
    if not seen.all():
        keys = keys.filter(pa.array(seen))
        codes = np.maximum(np.cumsum(seen) - 1, 0)[codes] if seen.size else codes
    return keys, codes, key.missing


def grouped(
    key: Values, x: Values, elementwise: bool = False, position: Array | None = None, width: int = 1
) -> Grouped:
    """The numbers of ``x`` by the key of their row; one key a row.

    Args:
        key: Scalar column of keys.
        x: Scalars, vectors or ragged lists of numbers or booleans.
        elementwise: A group for each position of a vector.
        position: Which of ``width`` groups of its key each row of a scalar ``x`` belongs to.
        width: As above.
    """
    keys, codes, without_key = distinct_keys(key)
    if x.type.is_scalar:
        groups = codes if position is None else codes * width + position
    elif x.offsets is not None:
        lengths = np.diff(x.offsets)
        groups = np.repeat(codes, lengths)
        without_key = None if without_key is None else np.repeat(without_key, lengths)
    else:
        length = x.type.shape[0] or 0
        without_key = None if without_key is None else np.repeat(without_key, length)
        if elementwise:
            width = length
            groups = (codes[:, None] * width + np.arange(width)).reshape(-1)
        else:
            groups = np.repeat(codes, length)
    left_out = [mask for mask in (without_key, x.missing) if mask is not None]
    if x.array.dtype.kind == "f":
        left_out.append(np.isnan(x.array))
    if not any(mask.any() for mask in left_out):
        return Grouped(keys, groups, x.array, width)
    return Grouped(keys, groups, x.array, width).where(~np.logical_or.reduce(left_out))
