"""Scaling by values of the whole data set: z-score, min-max.

Computed in float64 and rounded once to the output type: float64 for float64 columns, float32
for everything else, as in TFT.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.extrema import max as largest
from taurus_beam.analyzers.extrema import min as smallest
from taurus_beam.analyzers.moments import float_name, mean, std
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.memory import computed, converted
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.graph.types import is_numeric
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__ = [
    "Rescale",
    "Standardize",
    "array_rounding",
    "scalar_rounding",
    "scale_by_min_max",
    "scale_to_0_1",
    "scale_to_z_score",
    "scaled_dtype",
]


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


@operation
@dataclass(frozen=True)
class Standardize(Elementwise):
    """``(x - mean) / deviation``, or ``x - mean`` where the deviation is 0."""

    name = "standardize"
    output_dtype: str | None

    def result(self, *dtypes: Any) -> Any:
        return scaled_dtype(self.name, dtypes[0], self.output_dtype)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        finish = array_rounding(self.result(*dtypes))

        def run(x: Any, centre: Any, spread: Any) -> Any:
            scaled = _minus(x, centre)
            scaled /= _divisor(spread)
            return finish(scaled)

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        finish = scalar_rounding(self.result(*dtypes))
        return lambda x, centre, spread: finish((float(x) - centre) / (spread or 1.0))


@operation
@dataclass(frozen=True)
class Rescale(Elementwise):
    """``(x - min) / (max - min)`` in the output range; ``sigmoid(x)`` there unless max - min > 0.

    Extremes that float64 cannot tell apart (integers beyond 2**53) count as one value.
    """

    name = "rescale"
    output_min: float
    output_max: float

    def result(self, *dtypes: Any) -> Any:
        return scaled_dtype(self.name, dtypes[0], None)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        return self._kernel(dtypes, lambda varies: bool(varies.all()))

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        return self._kernel(dtypes, lambda varies: varies is np.True_)

    def _kernel(self, dtypes: tuple[Any, ...], all_vary: Callable[[Any], bool]) -> ArrayKernel:
        finish = array_rounding(self.result(*dtypes))
        offset, factor = self.output_min, self.output_max - self.output_min

        def run(x: Any, low: Any, high: Any) -> Any:
            width = np.subtract(high, low, dtype=np.float64)
            varies = width > 0
            scaled = _minus(x, low)
            if all_vary(varies):
                scaled /= width
            else:
                scaled /= np.where(varies, width, 1.0)
                scaled = np.where(varies, scaled, _sigmoid(x.astype(np.float64)))
            if (offset, factor) != (0.0, 1.0):
                scaled *= factor
                scaled += offset
            return finish(scaled)

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        finish = scalar_rounding(self.result(*dtypes))
        offset, factor = self.output_min, self.output_max - self.output_min

        def run(x: Any, low: Any, high: Any) -> float:
            width = float(high) - float(low)
            if width > 0:
                scaled = (float(x) - float(low)) / width
            else:
                scaled = _sigmoid(np.float64(x)).item()
            if (offset, factor) != (0.0, 1.0):
                scaled = scaled * factor + offset
            return finish(scaled)

        return run


def _minus(x: Any, y: Any) -> Any:
    return computed(np.subtract, (x, y), np.float64, dtype=np.float64)


def _divisor(spread: Any) -> Any:
    """Deviations, 1 for those of 0; of one, the number, which costs a batch a tenth of an array."""
    if isinstance(spread, np.ndarray) and spread.size == 1:
        return spread.item() or 1.0
    return np.where(spread == 0, 1.0, spread)


def _sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def scaled_dtype(name: str, dtype: Any, asked: str | None) -> Any:
    """The type of a scaled column: the one asked for, float64 for float64, else float32."""
    if not is_numeric(dtype):
        raise TraceError(
            f"{name!r} takes numbers, not {dtype}.",
            fix="Cast it first: tb.cast(x, pa.float64()).",
        )
    if asked:
        return pa.type_for_alias(asked)
    return pa.float64() if dtype == pa.float64() else pa.float32()


def array_rounding(dtype: Any) -> Callable[[Any], Any]:
    """What rounds a float64 array to a float type."""
    if dtype == pa.float64():
        return lambda wide: wide
    return lambda wide: converted(wide, np.float32)


def scalar_rounding(dtype: Any) -> Callable[[float], float]:
    """What rounds a number to a float type."""
    if dtype == pa.float64():
        return lambda wide: wide
    return lambda wide: float(np.float32(wide))
