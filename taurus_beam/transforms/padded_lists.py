"""Lists in an ONNX graph: padded to the longest, with how many elements each row has.

What `lists` is for arrays, this is for tensors: it regroups elements, and knows no operation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.types import RAGGED, ColumnType

__all__ = [
    "at_places",
    "counted",
    "earlier_equal",
    "flattened",
    "kept",
    "moved_left",
    "padded",
    "per_pair",
]


def kept(build: Any, x: Lowered, dtype: Any, data: Any, keep: Any) -> Lowered:
    """The rows of ``x`` as ragged lists of those elements of ``data`` that are kept.

    Args:
        build: Writes ONNX operators.
        x: What the rows are missing of.
        dtype: Arrow type of the elements.
        data: Elements, ``[N, longest]``.
        keep: Which of them to keep; none where the row is missing.
    """
    if x.missing_rows is not None:
        keep = keep & ~x.missing_rows[:, None]
    moved, lengths = moved_left(build, data, keep)
    return Lowered(ColumnType(dtype, RAGGED), moved, None, lengths, x.missing_rows)


def moved_left(build: Any, data: Any, keep: Any) -> tuple[Any, Any]:
    """The elements to keep, in their order, at the beginning of each row; and how many they are."""
    places = build.positions(keep)
    width = build.op("Shape", keep, dtype=np.int64, start=1, end=2)
    # What is not kept is sorted behind all that is.
    order = np.where(keep, places, places + width)
    _, first = build.ops(
        "TopK", order, width, dtypes=[np.int64, np.int64], axis=1, largest=0, sorted=1
    )
    return at_places(build, data, first), counted(build, keep)


def at_places(build: Any, data: Any, places: Any) -> Any:
    """The elements of each row at places of its own."""
    # Over flat elements, because ONNX Runtime's GatherElements refuses a batch of no rows.
    width = build.op("Shape", data, dtype=np.int64, start=1, end=2)
    rows = build.op("Squeeze", build.rows, dtype=np.int64)
    row = build.op("Range", np.array(0), rows, np.array(1), dtype=np.int64)
    flat = build.op("Reshape", data, np.array([-1]), dtype=data.dtype)
    return build.op("Gather", flat, row[:, None] * width + places, dtype=data.dtype)


def counted(build: Any, flags: Any) -> Any:
    """How many flags of each row (along the last dimension) are true."""
    # ONNX Runtime's sums of nothing keep the dimension: so there is one more to sum, and where
    # there are no rows at all the shape is given.
    last = np.array([-1])
    numbers = flags.astype(np.int64)
    one_more = build.op("Pad", numbers, np.array([0, 1]), np.array(0), last, dtype=np.int64)
    counts = build.op("ReduceSum", one_more, last, dtype=np.int64, keepdims=0)
    shape = build.op("Shape", flags, dtype=np.int64, end=-1)
    return build.op("Reshape", counts, shape, dtype=np.int64, allowzero=1)


def per_pair(build: Any, x: Any) -> tuple[Any, Any]:
    """Each element beside all elements of its row: ``[N, longest, 1]`` and ``[N, 1, longest]``."""
    one, other = (build.op("Unsqueeze", x, np.array([axis]), dtype=x.dtype) for axis in (2, 1))
    return one, other


def earlier_equal(build: Any, data: Any, there: Any) -> Any:
    """For each element, how many that are there stand before it in its row and equal it."""
    places = build.positions(data)
    here, before = (
        build.op("Unsqueeze", places, np.array([axis]), dtype=np.int64) for axis in (1, 0)
    )
    one, other = per_pair(build, data)
    _, counts = per_pair(build, there)
    return counted(build, (one == other) & counts & (before < here))


def padded(build: Any, data: Any, filler: Any) -> Any:
    """The lists with one more element, so that there is one to look at in the longest too."""
    behind = build.for_all_rows(np.array(filler, data.dtype), 1)
    return build.op("Concat", data, behind, dtype=data.dtype, axis=1)


def flattened(build: Any, lists: Any) -> Any:
    """``[N, a, b]`` as ``[N, a * b]``."""
    rows, outer, inner = (
        build.op("Shape", lists, dtype=np.int64, start=i, end=i + 1) for i in range(3)
    )
    shape = build.op("Concat", rows, outer * inner, dtype=np.int64, axis=0)
    return build.op("Reshape", lists, shape, dtype=lists.dtype, allowzero=1)
