"""The Tukey HH distribution that fits a column: `tukey_location`, `tukey_scale`, `tukey_h_params`.

A Tukey HH variable is ``location + scale * q(z)`` of a standard normal z, with
``q(z) = z exp(h z² / 2)`` and a parameter h for each side. It is fitted by its first four
L-moments (T. C. Headrick and M. D. Pant, "Characterizing Tukey h and hh-Distributions through
L-Moments and the L-Correlation", ISRN Applied Mathematics 2012), which `l_moments` computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.binned import FINE_CAPACITY, BinnedValues, Bins
from taurus_beam.analyzers.l_moments import LMoments, l_moments
from taurus_beam.analyzers.moments import float_name
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_float, is_numeric

__all__ = ["TukeyParameters", "tukey_h_params", "tukey_location", "tukey_parameters", "tukey_scale"]


def tukey_location(
    x: Column, reduce_instance_dims: bool = True, output_dtype: Any = None
) -> Column:
    """The location of the Tukey HH distribution that fits a column.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        reduce_instance_dims: False gives one location per position of a vector.
        output_dtype: ``pa.float32()`` or ``pa.float64()``; by default ``x``'s type for floats and
            float32 for integers.

    Returns:
        The mean where the distribution is symmetric. Missing values, NaN and ±inf take no part
        (in TFT, NaN and ±inf spoil the result). 0 where no value takes part.

        The L-moments are of the whole data, within about 1e-7 of their size where values are
        gathered in bins (see `l_moments`); TFT averages those of its batches, so that its results
        change with the batch size. The parameters h solve their equations to float64 precision.
        TFT searches until the L-moments' ratios are right to 1e-6 (about 1e-5 of the parameters);
        where the skewness is hard or impossible to reach it stops up to some hundredths away.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [3.0, 5.0, 10.0, 11.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"m": tb.tukey_location(i["x"])})
        >>> out["m"][0].as_py()
        7.25
    """
    return _parameter("location", x, reduce_instance_dims, output_dtype)


def tukey_scale(x: Column, reduce_instance_dims: bool = True, output_dtype: Any = None) -> Column:
    """The scale of the Tukey HH distribution that fits a column; see `tukey_location`.

    Returns:
        Positive; 1 for constant data and where no value takes part, as in TFT.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [3.0, 5.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"s": tb.tukey_scale(i["x"])})
        >>> round(out["s"][0].as_py(), 6)
        1.772454
    """
    return _parameter("scale", x, reduce_instance_dims, output_dtype)


def tukey_h_params(
    x: Column, reduce_instance_dims: bool = True, output_dtype: Any = None
) -> tuple[Column, Column]:
    """The left and the right h of the Tukey HH distribution that fits a column.

    Returns:
        ``(left, right)``, each from 0 (a normal tail) to below 1 (ever heavier); see
        `tukey_location`. Both 0 for tails no heavier than normal (L-kurtosis up to 0.1226), for
        constant data and for fewer than four values. Where the skewness is more than any left and
        right h give, the lighter side is 0 and the other gives the L-kurtosis.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 3.0, 4.0, 100.0]})
        >>> def fn(inputs):
        ...     left, right = tb.tukey_h_params(inputs["x"])
        ...     return {"left": left, "right": right}
        >>> [round(h, 3) for h in tb.fit(table, fn).row({"x": 1.0}).values()]
        [0.144, 0.975]
    """
    left, right = (
        _parameter(which, x, reduce_instance_dims, output_dtype) for which in ("left", "right")
    )
    return left, right


@dataclass(frozen=True)
class TukeyParameters:
    """A Tukey HH distribution."""

    location: float = 0.0
    scale: float = 1.0
    left: float = 0.0
    right: float = 0.0


@operation
@dataclass(frozen=True)
class TukeyParameter(Analyzer):
    """One parameter of the Tukey HH distribution that fits."""

    name = "tukey_parameter"
    which: Literal["location", "scale", "left", "right"]
    elementwise: bool
    output_dtype: str | None

    def infer(self, *types: ValueType) -> ColumnType:
        reduction = self._reduction(types)
        dtype = reduction.column.dtype
        if not is_numeric(dtype):
            raise TraceError(
                f"The Tukey HH distribution is fitted to numbers, not {dtype}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        if self.output_dtype:
            return reduction.result(pa.type_for_alias(self.output_dtype))
        return reduction.result(dtype if is_float(dtype) else pa.float32())

    def accumulator(self, *types: ValueType) -> BinnedValues:
        return BinnedValues(self._reduction(types), FINE_CAPACITY)

    def value(self, state: list[Bins], *types: ValueType) -> Constant:
        result, gathered = self.infer(*types), self.accumulator(*types)
        with np.errstate(all="ignore"):  # beyond the float's range: infinite
            fits = [tukey_parameters(l_moments(gathered.table(bins))) for bins in state]
            numbers = pa.array([getattr(fit, self.which) for fit in fits], pa.float64())
            return Constant(result, numbers.cast(result.dtype))

    def _reduction(self, types: Sequence[ValueType]) -> Reduction:
        return Reduction.of(self.name, types[0], self.elementwise)


def tukey_parameters(moments: LMoments) -> TukeyParameters:
    """The Tukey HH distribution of some L-moments.

    Example:
        >>> tukey_parameters(LMoments(2.0, 1 / math.sqrt(math.pi), 0.0, 0.0))
        TukeyParameters(location=2.0, scale=1.0, left=0.0, right=0.0)
    """
    if not moments.scale > 0:
        return TukeyParameters(location=moments.mean)
    left, right = _tails(moments.third / moments.scale, moments.fourth / moments.scale)
    scale = moments.scale / (_weight(left) + _weight(right))
    shift = _weight(right) * math.sqrt(2 - right) - _weight(left) * math.sqrt(2 - left)
    return TukeyParameters(moments.mean - scale * shift, scale, left, right)


# A side with parameter h contributes to the L-moments of q(z), where a = 1 - h and b = 2 - h:
# mean ±w √b, scale w, third ±w s, fourth w k, with
#   w = 1 / (a √(2π b)),  s = (6/π) atan(1/√b) - √b / 2,  k = (15/π) asin(1/(1 + b)) - 3/2
# by integrating q(z) φ(z) P(2Φ(z) - 1) by parts for the Legendre polynomials P; what remains
# are orthant probabilities of normal variables. They agree with Headrick and Pant's equations.


def _weight(h: float) -> float:
    return 1 / ((1 - h) * math.sqrt(2 * math.pi * (2 - h)))


def _third(h: float) -> float:
    root = math.sqrt(2 - h)
    return 6 / math.pi * math.atan(1 / root) - root / 2


def _fourth(h: float) -> float:
    return 15 / math.pi * math.asin(1 / (3 - h)) - 1.5


_NORMAL_KURTOSIS = _fourth(0.0)
_LARGEST_KURTOSIS = 1 - 1e-5


def _skewness(left: float, right: float) -> float:
    low, high = _weight(left), _weight(right)
    return (high * _third(right) - low * _third(left)) / (low + high)


def _kurtosis(left: float, right: float) -> float:
    low, high = _weight(left), _weight(right)
    return (high * _fourth(right) + low * _fourth(left)) / (low + high)


def _tails(skewness: float, kurtosis: float) -> tuple[float, float]:
    """The h of both sides that give an L-skewness and an L-kurtosis, as far as any do."""
    if kurtosis <= _NORMAL_KURTOSIS:
        return 0.0, 0.0
    if skewness < 0:
        right, left = _tails(-skewness, kurtosis)
        return left, right
    kurtosis = min(kurtosis, _LARGEST_KURTOSIS)
    symmetric = 3 - 1 / math.sin(math.pi / 30 * (2 * kurtosis + 3))

    def right_of(left: float) -> float:
        return _root(lambda h: _kurtosis(left, h) - kurtosis, symmetric, math.nextafter(1, 0))

    if _skewness(0.0, right_of(0.0)) <= skewness:
        return 0.0, right_of(0.0)
    left = _root(lambda h: skewness - _skewness(h, right_of(h)), 0.0, symmetric)
    return left, right_of(left)


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses 0, by bisection of a part of 0 … 1 to float64's last bit."""
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return low


def _parameter(which: Any, x: Column, reduce_instance_dims: bool, output_dtype: Any) -> Column:
    return apply(TukeyParameter(which, not reduce_instance_dims, float_name(output_dtype)), x)
