"""Scaling and limiting by percentiles, which outliers do not move: `scale_robust`, `winsorize`."""

from __future__ import annotations

from typing import Any

from taurus_beam.analyzers.moments import float_name
from taurus_beam.analyzers.percentiles import check_percent, percentile
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.transforms.scaled import Standardize
from taurus_beam.transforms.selection import clip

__all__ = ["scale_robust", "winsorize"]


def scale_robust(
    x: Column,
    quantile_range: tuple[float, float] = (25.0, 75.0),
    elementwise: bool = False,
    output_dtype: Any = None,
) -> Column:
    """Subtract the median and divide by the distance of two percentiles.

    As scikit-learn's ``RobustScaler``.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        quantile_range: The two percentiles, the smaller first; see `percentile`.
        elementwise: True scales each position of a vector on its own.
        output_dtype: ``pa.float32()`` or ``pa.float64()``; by default float64 for float64
            columns and float32 for others.

    Returns:
        Floats of ``x``'s shape. Where the two percentiles are equal, ``x - median``. Missing stays
        missing; NaN takes no part and stays NaN. All missing where it was fitted on no values.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 3.0, 4.0, 500.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"s": tb.scale_robust(i["x"])})
        >>> out["s"].to_pylist()
        [-1.0, -0.5, 0.0, 0.5, 248.5]
    """
    low, high = quantile_range
    check_percent("quantile_range", low)
    check_percent("quantile_range", high)
    if not low < high:
        raise TraceError(f"quantile_range is {quantile_range!r}.", expected="the smaller first")
    lower, median, upper = (
        percentile(x, q, reduce_instance_dims=not elementwise) for q in (low, 50.0, high)
    )
    return apply(Standardize(float_name(output_dtype)), x, median, upper - lower)


def winsorize(
    x: Column, lower: float = 0.05, upper: float = 0.95, elementwise: bool = False
) -> Column:
    """Pull the smallest and the largest values in to two quantiles.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        lower: The share of values below which they are raised, 0 for none; the limit is NumPy's
            ``quantile(x, lower, method="lower")``.
        upper: The share above which they are lowered, 1 for none, by ``method="higher"``.
        elementwise: True limits each position of a vector on its own.

    Returns:
        ``x``'s type and shape, limited to values of the data (see `percentile` for when these are
        exact). Missing stays missing, NaN stays NaN. All missing where it was fitted on no values.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [-90, 1, 2, 3, 4, 5, 6, 7, 8, 9, 700]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"x": tb.winsorize(i["x"], 0.1, 0.9)})
        >>> out["x"].to_pylist()
        [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    """
    if isinstance(lower, bool) or isinstance(upper, bool) or not 0 <= lower < upper <= 1:
        raise TraceError(
            f"lower is {lower!r}, upper is {upper!r}.", expected="0 <= lower < upper <= 1"
        )
    whole = not elementwise
    low = (
        None
        if lower == 0
        else percentile(x, 100 * lower, reduce_instance_dims=whole, method="lower")
    )
    high = (
        None
        if upper == 1
        else percentile(x, 100 * upper, reduce_instance_dims=whole, method="higher")
    )
    return clip(x, low, high)
