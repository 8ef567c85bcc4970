"""Scaling by values of the whole data set: z-score, min-max.

Computed in float64 and rounded once to the output type: float64 for float64 columns, float32
for everything else, as in TFT.
"""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.extrema import max as largest
from taurus_beam.analyzers.extrema import min as smallest
from taurus_beam.analyzers.moments import float_name, mean, std
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.transforms.scaled import Rescale, Standardize

__all__ = ["scale_by_min_max", "scale_to_0_1", "scale_to_z_score"]


def scale_to_z_score(x: Column, elementwise: bool = False, output_dtype: Any = None) -> Column:
    """Subtract the mean and divide by the population standard deviation.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        elementwise: True scales each position of a vector by its own mean and deviation.
        output_dtype: ``pa.float32()`` or ``pa.float64()``; by default float64 for float64
            columns and float32 for others.

    Returns:
        Floats of ``x``'s shape. Missing stays missing; NaN and ±inf take no part in the mean
        and variance and stay what they are. A constant column gives ``x - mean``, so 0 on the data
        it was fitted on. Fitted on no values at all, it gives ``x`` itself (mean and variance 0).

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 3.0, None]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"z": tb.scale_to_z_score(i["x"])})
        >>> out["z"].to_pylist()
        [-1.0, 1.0, None]
    """
    wide, whole = pa.float64(), not elementwise
    spread = std(x, whole, wide)
    return apply(Standardize(float_name(output_dtype)), x, mean(x, whole, wide), spread)


def scale_by_min_max(
    x: Column, output_min: float = 0.0, output_max: float = 1.0, elementwise: bool = False
) -> Column:
    """Map the smallest value to ``output_min`` and the largest to ``output_max``, linearly.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        output_min: Where the smallest value of the data goes.
        output_max: Where the largest goes; above ``output_min``.
        elementwise: True scales each position of a vector by its own extremes.

    Returns:
        Floats of ``x``'s shape; values beyond the fitted extremes go beyond the output range.
        Missing stays missing; NaN takes no part and stays NaN. A constant column, and one
        fitted on no values, gives ``sigmoid(x)`` in the output range, as in TFT.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 5.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"s": tb.scale_by_min_max(i["x"], -1, 1)})
        >>> out["s"].to_pylist()
        [-1.0, -0.5, 1.0]
    """
    if not -math.inf < output_min < output_max < math.inf:
        raise TraceError(
            f"output_min is {output_min!r}, output_max is {output_max!r}.",
            expected="two numbers, output_min < output_max",
        )
    whole = not elementwise
    scale = Rescale(float(output_min), float(output_max))
    return apply(scale, x, smallest(x, whole), largest(x, whole))


def scale_to_0_1(x: Column, elementwise: bool = False) -> Column:
    """Map the smallest value to 0 and the largest to 1; see `scale_by_min_max`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, 2, 3]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"s": tb.scale_to_0_1(i["x"])})
        >>> out["s"].to_pylist()
        [0.0, 0.5, 1.0]
    """
    return scale_by_min_max(x, 0.0, 1.0, elementwise)
