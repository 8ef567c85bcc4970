"""Filling in missing values by what is usual: `impute`."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import pyarrow as pa

from taurus_beam.analyzers.mode import mode
from taurus_beam.analyzers.moments import mean
from taurus_beam.analyzers.percentiles import percentile
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column
from taurus_beam.graph.types import is_float, is_numeric
from taurus_beam.transforms.cast import cast
from taurus_beam.transforms.selection import fill_null, where

__all__ = ["impute"]

Strategy: TypeAlias = Literal["mean", "median", "mode", "constant"]


def impute(
    x: Column,
    strategy: Strategy = "mean",
    value: Any = None,
    missing_nan: bool = False,
    elementwise: bool = False,
) -> Column:
    """Replace missing values by the mean, the median, the most frequent value or a constant.

    Mark the rows with ``tb.is_null(x)`` first where it matters that a value was missing.

    Args:
        x: Numeric column for ``"mean"`` and ``"median"``, any for the others.
        strategy: ``"mean"`` of the finite values; ``"median"``, the mean of the middle two of an
            even number (see `percentile`); ``"mode"``, the least of the most frequent values (see
            `mode`); or ``"constant"``.
        value: What to fill in for ``"constant"``.
        missing_nan: Whether NaN counts as missing too; it never takes part in what is computed.
        elementwise: True computes the mean or median of each position of a vector.

    Returns:
        For ``"mean"`` and ``"median"`` floats: ``x``'s type if that is one, else float64. For
        ``"mode"`` ``x``'s type, for ``"constant"`` the common one (see `fill_null`). In lists
        each missing element is filled in; a missing list stays missing. Fitted on no values,
        the mean is 0, while median and mode are not known and values stay missing.

    Raises:
        TraceError: If the strategy is unknown or does not fit the column.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, None, 6.0, 2.0], "s": ["a", "b", "b", None]})
        >>> def fn(inputs):
        ...     return {
        ...         "mean": tb.impute(inputs["x"]),
        ...         "median": tb.impute(inputs["x"], "median"),
        ...         "mode": tb.impute(inputs["s"], "mode"),
        ...     }
        >>> tb.fit(table, fn).row({"x": None, "s": None})
        {'mean': 3.0, 'median': 2.0, 'mode': 'b'}
    """
    if (value is not None) != (strategy == "constant"):
        raise TraceError(
            f"impute got strategy={strategy!r} and value={value!r}.",
            expected='a value for strategy="constant", and only for that',
        )
    if elementwise and strategy not in ("mean", "median"):
        raise TraceError(
            f"impute cannot take the {strategy!r} of each position.",
            fix="Take the positions apart: x[0], x[1], ...",
        )
    if strategy in ("mean", "median"):
        return _numeric(x, strategy, missing_nan, elementwise)
    if strategy not in ("mode", "constant"):
        raise TraceError(
            f"The strategy is {strategy!r}.", expected='"mean", "median", "mode" or "constant"'
        )
    usual = value if strategy == "constant" else mode(x)
    return fill_null(_without_nan(x, usual) if missing_nan else x, usual)


def _numeric(x: Column, strategy: str, missing_nan: bool, elementwise: bool) -> Column:
    if not is_numeric(x.dtype):
        raise TraceError(
            f"impute cannot take the {strategy} of {x.dtype}.",
            fix='Use strategy="mode" or "constant", or cast it: tb.cast(x, pa.float64()).',
        )
    wide = pa.float64()
    if strategy == "mean":
        usual = mean(x, not elementwise, wide)
    else:
        usual = percentile(x, 50, reduce_instance_dims=not elementwise)
    result = x.dtype if is_float(x.dtype) else wide
    if result != wide:
        usual = cast(usual, result)
    floats = x if x.dtype == result else cast(x, result)
    return fill_null(_without_nan(floats, usual) if missing_nan else floats, usual)


def _without_nan(x: Column, usual: Any) -> Column:
    return where(x != x, usual, x) if is_float(x.dtype) else x
