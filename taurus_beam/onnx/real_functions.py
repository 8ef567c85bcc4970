"""Real functions that ONNX Runtime lacks in float64, from those that it has.

All are computed in float64, float32 rounded at the end; they are within a few units in the last
place of the true value (see `docs/onnx.md`). Sources are named where a formula is not plain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from taurus_beam.onnx.element_types import F32, F64

__all__ = ["FUNCTIONS", "divmod_of_floats"]


def _op(operator: str, *inputs: Any) -> Any:
    return inputs[0].build.op(operator, *inputs, dtype=F64)


def _in_float64(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of float64 for float32 too."""

    def written(*tensors: Any) -> Any:
        dtype = tensors[0].dtype
        return function(*(t.astype(F64) for t in tensors)).astype(dtype)

    return written


def _exp(x: Any) -> Any:
    return _op("Exp", x)


def _log(x: Any) -> Any:
    # Some builds give -inf or a number for negative ones.
    return _op("Log", np.where(x < 0, np.nan, x))


def _log1p(x: Any) -> Any:
    """W. Kahan's: the error of 1 + x cancels out."""
    u = 1.0 + x
    inexact = _log(u) * (x / (u - 1.0))
    return np.where(u == 1.0, x, np.where(x == np.inf, x, inexact))


def _expm1(x: Any) -> Any:
    """W. Kahan's, as `_log1p`."""
    u = _exp(x)
    lessened = u - 1.0
    inexact = lessened * (x / _log(u))
    plain = (lessened == -1.0) | (u == np.inf)
    return np.where(u == 1.0, x, np.where(plain, lessened, inexact))


def _power(x: Any, y: Any) -> Any:
    return _op("Pow", x, y)


def _exp2(x: Any) -> Any:
    return _op("Pow", x.build.tensor(2.0), x)


def _scaled_log(base: float) -> Callable[[Any], Any]:
    factor = 1.0 / float(np.log(base))
    return lambda x: _log(x) * factor


def _log2(x: Any) -> Any:
    """Exact at powers of two: the nearest integer, where 2 to its power is the value."""
    approximate = _scaled_log(2.0)(x)
    nearest = np.rint(approximate)
    return np.where(_exp2(nearest) == x, nearest, approximate)


def _log10(x: Any) -> Any:
    approximate = _scaled_log(10.0)(x)
    nearest = np.rint(approximate)
    return np.where(_op("Pow", x.build.tensor(10.0), nearest) == x, nearest, approximate)


def _logaddexp(x: Any, y: Any) -> Any:
    larger, distance = np.maximum(x, y), np.absolute(x - y)
    return np.where(x == y, x + np.log(2.0), larger + _log1p(_exp(-distance)))


def _cbrt(x: Any) -> Any:
    """A power, and a step of Newton's method to mend its last bits."""
    size = np.absolute(x)
    root = _power(size, x.build.tensor(1.0 / 3.0))
    usable = (root > 0) & np.isfinite(root)
    safe = np.where(usable, root, 1.0)
    better = safe - (safe - size / (safe * safe)) / 3.0
    return _copysign(np.where(usable, better, root), x)


# π/2 in three parts, the first two of 33 bits: products with numbers below 2^20 are exact.
# From fdlibm, e_rem_pio2.c.
_HALF_PI = (1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
_MOST_REDUCED = 2.0**20


def _quarters(x: Any) -> tuple[Any, Any]:
    """The nearest quarter of a turn, from 0 to 3, and what remains, without loss near 0.

    ONNX Runtime loses digits where the remainder is small; of large angles it is as good as any.
    """
    turns = np.rint(x * (2.0 / np.pi))
    turns = np.where(np.absolute(x) < _MOST_REDUCED, turns, 0.0)
    rest = x
    for part in _HALF_PI:
        rest = rest - turns * part
    return turns - 4.0 * np.floor(turns / 4.0), np.where(turns == 0.0, x, rest)


def _sin(x: Any) -> Any:
    quarter, rest = _quarters(x)
    odd = (quarter == 1.0) | (quarter == 3.0)
    size = np.where(odd, _op("Cos", rest), _op("Sin", rest))
    return size * np.where(quarter >= 2.0, -1.0, 1.0)


def _cos(x: Any) -> Any:
    quarter, rest = _quarters(x)
    odd = (quarter == 1.0) | (quarter == 3.0)
    size = np.where(odd, _op("Sin", rest), _op("Cos", rest))
    return size * np.where((quarter == 1.0) | (quarter == 2.0), -1.0, 1.0)


def _tan(x: Any) -> Any:
    quarter, rest = _quarters(x)
    odd = (quarter == 1.0) | (quarter == 3.0)
    sine, cosine = _op("Sin", rest), _op("Cos", rest)
    return np.where(odd, -cosine, sine) / np.where(odd, sine, cosine)


def _arctan(x: Any) -> Any:
    """From float32's: ``atan(x) = a + atan((x cos a - sin a) / (cos a + x sin a))`` for any a.

    Beyond 1 of the reciprocal, ``π/2 - atan(1/x)``.
    """
    size = np.absolute(x)
    inverted = size > 1.0
    t: Any = np.where(inverted, 1.0 / np.where(inverted, size, 1.0), size)
    near = t.build.op("Atan", t.astype(F32), dtype=F32).astype(F64)
    sine, cosine = _op("Sin", near), _op("Cos", near)
    angle = near + (t * cosine - sine) / (cosine + t * sine)
    return _copysign(np.where(inverted, np.pi / 2 - angle, angle), x)


def _arctan2(y: Any, x: Any) -> Any:
    """The angle of the first octant from the ratio of the smaller to the larger, then mirrored."""
    height, width = np.absolute(y), np.absolute(x)
    larger, smaller = np.maximum(height, width), np.minimum(height, width)
    equal = height == width  # also where both are infinite
    ratio = np.where(larger == 0, 0.0, np.where(equal, 1.0, smaller / larger))
    angle = _arctan(ratio)
    angle = np.where(height > width, np.pi / 2 - angle, angle)
    angle = np.where(_is_negative(x), np.pi - angle, angle)
    undefined = np.isnan(x) | np.isnan(y)
    return np.where(undefined, np.nan, _copysign(angle, y))


def _arcsin(x: Any) -> Any:
    return _arctan(x / np.sqrt((1.0 - x) * (1.0 + x)))


def _arccos(x: Any) -> Any:
    return 2.0 * _arctan(np.sqrt((1.0 - x) / (1.0 + x)))


def _sinh(x: Any) -> Any:
    size = np.absolute(x)
    grown = _expm1(size)
    half = _exp(size / 2.0)  # exp itself overflows before its half does
    result = np.where(size > 22.0, (0.5 * half) * half, (grown + grown / (grown + 1.0)) / 2.0)
    return _copysign(result, x)


def _cosh(x: Any) -> Any:
    size = np.absolute(x)
    half = _exp(size / 2.0)
    return np.where(size > 22.0, (0.5 * half) * half, (_exp(size) + _exp(-size)) / 2.0)


def _tanh(x: Any) -> Any:
    grown = _expm1(2.0 * np.absolute(x))
    return _copysign(np.where(grown == np.inf, 1.0, grown / (grown + 2.0)), x)


def _hypot(x: Any, y: Any) -> Any:
    width, height = np.absolute(x), np.absolute(y)
    larger, smaller = np.maximum(width, height), np.minimum(width, height)
    ratio = smaller / np.where(larger == 0, 1.0, larger)
    length = larger * np.sqrt(1.0 + ratio * ratio)
    return np.where((width == np.inf) | (height == np.inf), np.inf, length)


def _is_negative(x: Any) -> Any:
    return (x < 0) | ((x == 0) & (1.0 / x < 0))


def _copysign(x: Any, y: Any) -> Any:
    one = y.dtype.type(1)
    return np.absolute(x) * np.where(_is_negative(y), -one, one)


def divmod_of_floats(x: Any, y: Any) -> tuple[Any, Any]:
    """The quotient rounded down and the rest with the sign of ``y``, as NumPy computes them."""
    zero, one = x.dtype.type(0), x.dtype.type(1)
    rest = x.build.op("Mod", x, y, dtype=x.dtype, fmod=1)
    exact = (x - rest) / y
    opposite = (rest != 0) & ((y < 0) != (rest < 0))
    exact = np.where(opposite, exact - one, exact)
    whole = np.floor(exact)
    whole = np.where(exact - whole > x.dtype.type(0.5), whole + one, whole)
    whole = np.where(exact == 0, np.copysign(zero, x / y), whole)
    signed = np.where(rest == 0, np.copysign(zero, y), np.where(opposite, rest + y, rest))
    return np.where(y == 0, x / y, whole), np.where(y == 0, rest, signed)


def _ratio(top: float, bottom: float) -> Callable[[Any], Any]:
    """Multiplication by a quotient, itself of the argument's type as NumPy has it."""
    return lambda x: x * (x.dtype.type(top) / x.dtype.type(bottom))


FUNCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.exp: _in_float64(_exp),
    np.exp2: _in_float64(_exp2),
    np.expm1: _in_float64(_expm1),
    np.log: _in_float64(_log),
    np.log2: _in_float64(_log2),
    np.log10: _in_float64(_log10),
    np.log1p: _in_float64(_log1p),
    np.logaddexp: _in_float64(_logaddexp),
    np.power: _in_float64(_power),
    np.cbrt: _in_float64(_cbrt),
    np.sin: _in_float64(_sin),
    np.cos: _in_float64(_cos),
    np.tan: _in_float64(_tan),
    np.arcsin: _in_float64(_arcsin),
    np.arccos: _in_float64(_arccos),
    np.arctan: _in_float64(_arctan),
    np.arctan2: _in_float64(_arctan2),
    np.sinh: _in_float64(_sinh),
    np.cosh: _in_float64(_cosh),
    np.tanh: _in_float64(_tanh),
    np.hypot: _in_float64(_hypot),
    np.copysign: _copysign,
    np.degrees: _ratio(180.0, np.pi),
    np.radians: _ratio(np.pi, 180.0),
}
