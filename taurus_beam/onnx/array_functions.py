"""NumPy's functions on arrays as ONNX: choosing, looking up, searching, putting side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from taurus_beam.errors import EngineError
from taurus_beam.onnx.element_types import BOOL, I64, TEXT, U64
from taurus_beam.onnx.tensor import Symbol, Tensor

__all__ = ["FUNCTIONS"]


def _where(build: Any, condition: Any, x: Any, y: Any) -> Symbol:
    dtype = _common(x, y)
    condition = build.tensor(condition)
    first, second = (_as(build, v, dtype) for v in (x, y))
    if dtype == BOOL:
        return (condition & first) | (~condition & second)
    if dtype == U64:  # ONNX Runtime chooses between no uint64
        chosen = build.op("Where", condition, first.astype(I64), second.astype(I64), dtype=I64)
        return chosen.astype(U64)
    if dtype.kind == "f":
        return _chosen_floats(build, condition, first, second)
    return build.op("Where", condition, first, second, dtype=dtype)


def _chosen_floats(build: Any, condition: Any, first: Any, second: Any) -> Symbol:
    """ONNX Runtime's Where gives 0.0 for a -0.0 in its second input, though not in its third.

    So what may be -0.0 comes third. Where both may, each is chosen beside 1.0, and their product is
    the one that was chosen: 1.0 times anything is that to the bit.
    """
    dtype, condition = first.dtype, build.tensor(condition)
    # Not as Not: ONNX Runtime would put Where's inputs back in their order.
    otherwise = build.op("Xor", condition, np.array(True), dtype=BOOL)
    if not _may_be_negative_zero(build, first):
        return build.op("Where", condition, first, second, dtype=dtype)
    if not _may_be_negative_zero(build, second):
        return build.op("Where", otherwise, second, first, dtype=dtype)
    one = build.tensor(dtype.type(1))
    return _chosen_floats(build, otherwise, one, first) * _chosen_floats(
        build, condition, one, second
    )


def _may_be_negative_zero(build: Any, x: Any) -> bool:
    constant = build.constants.get(x.name)
    return constant is None or bool(((constant == 0) & np.signbit(constant)).any())


def _common(*values: Any) -> np.dtype[Any]:
    types = [v.dtype if hasattr(v, "dtype") else v for v in values]
    if TEXT in [t for t in types if isinstance(t, np.dtype)]:
        return TEXT
    return np.result_type(*types)


def _as(build: Any, value: Any, dtype: np.dtype[Any]) -> Symbol:
    if isinstance(value, Tensor):
        return value.astype(dtype)
    return build.tensor(np.asarray(value, dtype))


def _full_like(build: Any, x: Any, value: Any, dtype: Any = None) -> Symbol:
    return build.expanded(np.full((), value, x.dtype if dtype is None else dtype), x)


def _zeros_like(build: Any, x: Any, dtype: Any = None) -> Symbol:
    return _full_like(build, x, 0, dtype)


def _ones_like(build: Any, x: Any, dtype: Any = None) -> Symbol:
    return _full_like(build, x, 1, dtype)


def _take_along(build: Any, table: Any, places: Any, axis: int) -> Symbol:
    """The elements of a table of one dimension at some places of any shape."""
    return build.op("Gather", table, places, dtype=table.dtype)


def _stack(build: Any, columns: Sequence[Any], axis: int) -> Symbol:
    raised = [build.op("Unsqueeze", c, np.array([axis]), dtype=c.dtype) for c in columns]
    return build.op("Concat", *raised, dtype=columns[0].dtype, axis=axis)


def _isin(build: Any, x: Any, constants: Any) -> Any:
    if x.dtype.kind != "f":
        keys = [int(c) if x.dtype != TEXT else c for c in constants]
        keys = [c - 2**64 if x.dtype == U64 and c >= 2**63 else c for c in keys]
        whole = x.astype(I64) if x.dtype == BOOL else x
        return build.look_up(whole, keys, [1] * len(keys), 0).astype(BOOL)
    found: Any = np.zeros((), np.bool_)
    for constant in constants:
        found = found | (x == constant)
    return found if isinstance(found, Tensor) else (x != x) & False


def _search_sorted(build: Any, cuts: Any, x: Any, side: str = "left") -> Symbol:
    """How many of some ascending constants are below each value; NaN is above all.

    A binary search written step by step, over the cuts filled up to one less than a power of two.
    """
    if not isinstance(cuts, np.ndarray):
        raise EngineError("Values are searched for among boundaries that differ from row to row.")
    common = np.result_type(cuts.dtype, x.dtype)
    size, x = len(cuts), x.astype(common)
    step = 1 << size.bit_length() >> 1
    last = np.inf if common.kind == "f" else np.iinfo(common).max
    padded = np.full(max(2 * step - 1, 0), last, common)
    padded[:size] = cuts
    place: Any = np.zeros((), np.int64)
    while step:
        probe = build.op("Gather", padded, place + (step - 1), dtype=common)
        beyond = ~(x < probe) if side == "right" else ~(x <= probe)
        place = place + beyond.astype(I64) * step
        step >>= 1
    if not isinstance(place, Tensor):
        return (x != x).astype(I64) * 0
    return np.minimum(place, size)


def _clip(build: Any, x: Any, low: Any, high: Any) -> Any:
    return np.minimum(np.maximum(x, low), high)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.zeros_like: _zeros_like,
    np.ones_like: _ones_like,
    np.full_like: _full_like,
    np.take_along_axis: _take_along,
    np.stack: _stack,
    np.isin: _isin,
    np.searchsorted: _search_sorted,
    np.clip: _clip,
}
