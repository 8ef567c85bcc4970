"""The operations that scaling by values of the whole data set is made of.

Computed in float64 and rounded once to the output type. They stand apart from the functions that
also find those values, so that serving need not import what finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.memory import computed, converted
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.graph.types import is_numeric
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__ = ["Rescale", "Standardize", "array_rounding", "scalar_rounding", "scaled_dtype"]

_FEW = 1 << 12
"""Of so few values a result takes no memory worth sharing; asking for none saves a third."""


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
        return self._kernel(dtypes, lambda varies: varies is True or bool(np.all(varies)))

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        return self._kernel(dtypes, lambda varies: varies is np.True_)

    def _kernel(self, dtypes: tuple[Any, ...], all_vary: Callable[[Any], bool]) -> ArrayKernel:
        finish = array_rounding(self.result(*dtypes))
        offset, factor = self.output_min, self.output_max - self.output_min

        def run(x: Any, low: Any, high: Any) -> Any:
            width = _width(low, high)
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
    if isinstance(y, np.ndarray) and y.size == 1 and y.dtype.kind == "f":
        y = y.item()
    if isinstance(x, np.ndarray) and x.size < _FEW:
        return np.subtract(x, y, dtype=np.float64)
    return computed(np.subtract, (x, y), np.float64, dtype=np.float64)


def _divisor(spread: Any) -> Any:
    """Deviations, 1 for those of 0; of one, the number, which costs a batch a tenth of an array."""
    if isinstance(spread, np.ndarray) and spread.size == 1:
        return spread.item() or 1.0
    return np.where(spread == 0, 1.0, spread)


def _width(low: Any, high: Any) -> Any:
    """How far two extremes are apart; of one column's, the number, as in `_divisor`."""
    if isinstance(low, np.ndarray) and low.size == high.size == 1:
        return float(high.item()) - float(low.item())
    return np.subtract(high, low, dtype=np.float64)


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
