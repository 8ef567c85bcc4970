"""Where two tables of features differ, cell by cell and to the bit.

This is the comparison of one artifact with itself by other ways, so it is strict: null is not NaN,
0.0 is not -0.0, and types are the same. Whether a difference matters is not this room's matter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.graph.values import Mask

__all__ = ["differing_rows"]


def differing_rows(one: Any, other: Any, ulps: int = 0) -> Mask:
    """In which rows two columns of one type and length differ.

    Args:
        one: Scalars, vectors or ragged lists.
        other: Of the same type and length.
        ulps: How far floats may lie apart, in units in the last place of the column's largest:
            what a chain of operations rounds differently is small beside the column, not beside a
            result that happens to be near 0. NaN equals NaN only.

    Returns:
        Booleans, shape ``(rows,)``.

    Example:
        >>> one = pa.array([1.0, None, float("nan"), 0.0])
        >>> differing_rows(one, pa.array([1.0, None, float("nan"), -0.0])).tolist()
        [False, False, False, True]
        >>> above = pa.array(np.nextafter([1.0, 2.0], 3.0))
        >>> differing_rows(pa.array([1.0, 2.0]), above, ulps=1).tolist()
        [False, False]
    """
    one, other = _whole(one), _whole(other)
    valid, other_valid = _valid(one), _valid(other)
    differs: Mask = valid != other_valid
    both = np.flatnonzero(valid & other_valid)
    if len(both):
        positions = pa.array(both)
        differs[both] = _differing(one.take(positions), other.take(positions), ulps)
    return differs


def _differing(one: Any, other: Any, ulps: int) -> Mask:
    """The same for columns in which nothing is missing."""
    kinds = pa.types
    if kinds.is_list(one.type) or kinds.is_large_list(one.type):
        return _differing_lists(one, other, ulps)
    if kinds.is_fixed_size_list(one.type):
        plain = pa.list_(one.type.value_type)
        return _differing_lists(one.cast(plain), other.cast(plain), ulps)
    if kinds.is_floating(one.type):
        return _differing_floats(_numpy(one), _numpy(other), ulps)
    unequal: Mask = _numpy(pc.not_equal(one, other))
    return unequal


def _differing_lists(one: Any, other: Any, ulps: int) -> Mask:
    lengths = _numpy(pc.list_value_length(one))
    differs: Mask = lengths != _numpy(pc.list_value_length(other))
    same = np.flatnonzero(~differs)
    positions = pa.array(same)
    elements = differing_rows(one.take(positions).flatten(), other.take(positions).flatten(), ulps)
    owner = np.repeat(same, lengths[same])
    differs[owner[elements]] = True
    return differs


def _differing_floats(one: Any, other: Any, ulps: int) -> Mask:
    undefined, other_undefined = np.isnan(one), np.isnan(other)
    if not ulps:
        bits = {2: np.int16, 4: np.int32, 8: np.int64}[one.dtype.itemsize]
        unequal = one.view(bits) != other.view(bits)
    else:
        finite = np.abs(one[np.isfinite(one)])
        unit = np.spacing(finite.max(initial=0))
        with np.errstate(invalid="ignore"):  # infinities, which are compared as they are
            near = np.abs(one - other) <= ulps * unit
        unequal = (one != other) & ~near
    result: Mask = np.where(undefined | other_undefined, undefined != other_undefined, unequal)
    return result


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _valid(column: Any) -> Mask:
    present: Mask = _numpy(column.is_valid())
    return present


def _numpy(column: Any) -> Any:
    return np.asarray(column.to_numpy(zero_copy_only=False))
