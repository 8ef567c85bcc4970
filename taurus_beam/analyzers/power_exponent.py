"""The exponent that makes a column most normal: `power_exponent`, by maximum likelihood.

The likelihood is that of the transformed values under a normal distribution (G. E. P. Box and
D. R. Cox, JRSS B 26, 1964; I.-K. Yeo and R. A. Johnson, Biometrika 87, 2000), evaluated on the bins
of a `BinSums` table with each bin at its mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.bin_sums import BinSums
from taurus_beam.analyzers.binned import FINE_CAPACITY, BinnedValues, Bins, bin_means
from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.analyzer import Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric

__all__ = ["PowerMethod", "power_exponent"]

PowerMethod: TypeAlias = Literal["yeo-johnson", "box-cox"]

_START = 2.0
_LIMIT = 128.0
_TOLERANCE = 1e-9
_GOLDEN = (math.sqrt(5) - 1) / 2


def power_exponent(x: Column, method: PowerMethod, elementwise: bool = False) -> Column:
    """The maximum likelihood exponent λ of a power transform.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        method: ``"yeo-johnson"``, or ``"box-cox"`` for positive values.
        elementwise: True fits each position of a vector on its own.

    Returns:
        float64, between −128 and 128. Missing values, NaN and ±inf take no part. 1 for constant
        data and where no value takes part. Of more than 8,192 distinct values in a power-of-two
        range, each counts as the mean of a bin no wider than 1/4096 of it; that moves λ by less
        than about 1e-6.

    Raises:
        DataError: ``"box-cox"`` met a value that is not positive.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> from taurus_beam.analyzers.power_exponent import power_exponent
        >>> table = pa.table({"x": [1.0, 2.0, 4.0, 8.0, 16.0]})
        >>> fn = tb.fit(table, lambda i: {"l": power_exponent(i["x"], "box-cox")})
        >>> round(fn.row({"x": 1.0})["l"], 6) + 0.0
        0.0
    """
    return apply(PowerExponent(method, elementwise), x)


@operation
@dataclass(frozen=True)
class PowerExponent(Analyzer):
    """The maximum likelihood exponent."""

    name = "power_exponent"
    method: PowerMethod
    elementwise: bool

    def infer(self, *types: ValueType) -> ColumnType:
        return self._reduction(types).result(pa.float64())

    def accumulator(self, *types: ValueType) -> BinnedValues:
        return BinnedValues(self._reduction(types), FINE_CAPACITY)

    def value(self, state: Sequence[Bins], *types: ValueType) -> Constant:
        gathered = self.accumulator(*types)
        exponents = [self._exponent(gathered.table(bins)) for bins in state]
        return Constant(self.infer(*types), pa.array(exponents, pa.float64()))

    def _exponent(self, bins: BinSums) -> float:
        if len(bins.counts) < 2:
            return 1.0
        x = bin_means(bins)
        if self.method == "box-cox":
            if not bins.mins[0] > 0:
                raise DataError(
                    f"'box-cox' met the value {bins.mins[0]}.",
                    expected="positive values only",
                    fix='Use method="yeo-johnson", which takes all numbers.',
                )
            return _least(_box_cox_loss(np.log(x), bins.counts))
        return _least(_yeo_johnson_loss(x, bins.counts))

    def _reduction(self, types: Sequence[ValueType]) -> Reduction:
        (column,) = types
        if not isinstance(column, ColumnType) or not is_numeric(column.dtype):
            raise TraceError(
                f"'power_transform' takes numbers, not {column}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        return Reduction.of("power_transform", column, self.elementwise)


Loss: TypeAlias = Callable[[float], float]


def _box_cox_loss(logs: Any, counts: Any) -> Loss:
    """Minus twice the log-likelihood per value, up to a constant, from the logarithms.

    Powers are taken relative to the mean logarithm, so that they neither overflow nor lose the
    differences that count.
    """
    total = counts.sum()
    centre = _mean(logs, counts, total)
    centred = logs - centre

    def loss(exponent: float) -> float:
        powers = centred if exponent == 0 else np.expm1(exponent * centred) / exponent
        # The logarithms' own mean is the Jacobian's: 2 (λ - 1) centre, less 2 λ centre.
        return _log_variance(powers, counts, total)

    return loss


def _yeo_johnson_loss(x: Any, counts: Any) -> Loss:
    total = counts.sum()
    logs = np.copysign(np.log1p(np.abs(x)), x)
    if not (x < 0).any():
        return _box_cox_loss(logs, counts)
    if not (x > 0).any():
        mirrored = _box_cox_loss(-logs, counts)
        return lambda exponent: mirrored(2 - exponent)
    slope = 2 * _mean(logs, counts, total)
    negative = x < 0
    above, below = logs[~negative], -logs[negative]

    def loss(exponent: float) -> float:
        transformed = np.empty_like(logs)
        transformed[~negative] = _power(above, exponent)
        transformed[negative] = -_power(below, 2 - exponent)
        return _log_variance(transformed, counts, total) - float((exponent - 1) * slope)

    return loss


def _power(logs: Any, exponent: float) -> Any:
    return logs if exponent == 0 else np.expm1(exponent * logs) / exponent


def _mean(values: Any, counts: Any, total: Any) -> Any:
    # Not np.dot: BLAS adds in an order that depends on the machine.
    return np.sum(values * counts) / total


def _log_variance(values: Any, counts: Any, total: Any) -> float:
    centred = values - _mean(values, counts, total)
    variance = _mean(centred * centred, counts, total)
    return math.log(variance) if 0 < variance < math.inf else math.inf


def _least(loss: Loss) -> float:
    """Where a loss with one valley is least: by golden section, in a bracket widened as needed."""
    with np.errstate(all="ignore"):
        low, high = -_START, _START
        while low > -_LIMIT and loss(low) <= loss(low / 2):
            low *= 2
        while high < _LIMIT and loss(high) <= loss(high / 2):
            high *= 2
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        at_left, at_right = loss(left), loss(right)
        while high - low > _TOLERANCE:
            if at_left <= at_right:
                high, right, at_right = right, left, at_left
                left = high - _GOLDEN * (high - low)
                at_left = loss(left)
            else:
                low, left, at_left = left, right, at_right
                right = low + _GOLDEN * (high - low)
                at_right = loss(right)
        return (low + high) / 2
