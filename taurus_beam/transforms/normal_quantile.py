"""The inverse of the normal distribution function, without SciPy.

M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied
Statistics 37 (1988), routine PPND16: a relative error of about 1e-16.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

__all__ = ["normal_quantile", "normal_quantile_of"]

FloatArray: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

# Coefficients from the highest power to the constant, numerator and denominator.
_CENTRE = (
    (
        2509.0809287301226727,
        33430.575583588128105,
        67265.770927008700853,
        45921.953931549871457,
        13731.693765509461125,
        1971.5909503065514427,
        133.14166789178437745,
        3.387132872796366608,
    ),
    (
        5226.495278852545925,
        28729.085735721942674,
        39307.89580009271061,
        21213.794301586595867,
        5394.1960214247511077,
        687.1870074920579083,
        42.313330701600911252,
        1.0,
    ),
)
_MIDDLE = (
    (
        7.7454501427834140764e-4,
        0.0227238449892691845833,
        0.24178072517745061177,
        1.27045825245236838258,
        3.64784832476320460504,
        5.7694972214606914055,
        4.6303378461565452959,
        1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9,
        5.475938084995344946e-4,
        0.0151986665636164571966,
        0.14810397642748007459,
        0.68976733498510000455,
        1.6763848301838038494,
        2.05319162663775882187,
        1.0,
    ),
)
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
     0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
     5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
     7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
     0.59983220655588793769, 1.0),
)  # fmt: skip


def normal_quantile(p: FloatArray) -> FloatArray:
    """The z that a standard normal value is below with probability p.

    Args:
        p: Shape ``(n,)``, float64.

    Returns:
        float64; −inf at 0, inf at 1, NaN for NaN and outside 0 … 1.

    Example:
        >>> normal_quantile(np.array([0.5, 0.975, 1.0])).round(6).tolist()
        [0.0, 1.959964, inf]
    """
    centred = p - 0.5
    near = np.abs(centred) <= 0.425
    small = 0.180625 - centred * centred
    with np.errstate(all="ignore"):
        depth = np.sqrt(-np.log(np.where(centred < 0, p, 1.0 - p)))
        middle = _ratio(_MIDDLE, depth - 1.6)
        tail = np.where(np.isinf(depth), np.inf, _ratio(_TAIL, depth - 5.0))
        outer = np.copysign(np.where(depth <= 5.0, middle, tail), centred)
        result: FloatArray = np.where(near, centred * _ratio(_CENTRE, small), outer)
    return np.where((p >= 0) & (p <= 1), result, np.nan)


def normal_quantile_of(p: float) -> float:
    """`normal_quantile` of one number between 0 and 1, both excluded: the same to the bit.

    Example:
        >>> round(normal_quantile_of(0.975), 6)
        1.959964
    """
    centred = p - 0.5
    result: float
    if abs(centred) <= 0.425:
        result = centred * _ratio(_CENTRE, 0.180625 - centred * centred)
        return result
    depth = math.sqrt(-float(np.log(p if centred < 0 else 1.0 - p)))
    result = _ratio(_MIDDLE, depth - 1.6) if depth <= 5.0 else _ratio(_TAIL, depth - 5.0)
    return math.copysign(result, centred)


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    top, bottom = (_polynomial(powers, x) for powers in coefficients)
    return top / bottom


def _polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    total: Any = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total
