"""Real functions of NumPy on columns: roots, exponentials, logarithms, angles, rounding, tests.

float32 stays float32; float16 is taken as float32, integers and booleans as float64. Outside a
function's domain the result is NaN or ±inf as IEEE 754 and NumPy have it, never an error.
"""

from __future__ import annotations

import numpy as np

from taurus_beam.graph.operation import operation
from taurus_beam.transforms.ufuncs import Arithmetic, FloatFunction

__all__: list[str] = []


@operation
class Sqrt(FloatFunction):
    """Square root; NaN below 0."""

    name = "sqrt"
    ufunc = np.sqrt


@operation
class Cbrt(FloatFunction):
    """Cube root."""

    name = "cbrt"
    ufunc = np.cbrt


@operation
class Exp(FloatFunction):
    """e to the power of x."""

    name = "exp"
    ufunc = np.exp


@operation
class Exp2(FloatFunction):
    """2 to the power of x."""

    name = "exp2"
    ufunc = np.exp2


@operation
class Expm1(FloatFunction):
    """``exp(x) - 1``, exact near 0."""

    name = "expm1"
    ufunc = np.expm1


@operation
class Log(FloatFunction):
    """Natural logarithm; −inf at 0, NaN below."""

    name = "log"
    ufunc = np.log


@operation
class Log2(FloatFunction):
    """Logarithm to base 2; −inf at 0, NaN below."""

    name = "log2"
    ufunc = np.log2


@operation
class Log10(FloatFunction):
    """Logarithm to base 10; −inf at 0, NaN below."""

    name = "log10"
    ufunc = np.log10


@operation
class Log1p(FloatFunction):
    """``log(1 + x)``, exact near 0; −inf at −1, NaN below."""

    name = "log1p"
    ufunc = np.log1p


@operation
class LogAddExp(FloatFunction):
    """``log(exp(x) + exp(y))`` without overflow."""

    name = "logaddexp"
    ufunc = np.logaddexp


@operation
class Sin(FloatFunction):
    """Sine of x radians."""

    name = "sin"
    ufunc = np.sin


@operation
class Cos(FloatFunction):
    """Cosine of x radians."""

    name = "cos"
    ufunc = np.cos


@operation
class Tan(FloatFunction):
    """Tangent of x radians."""

    name = "tan"
    ufunc = np.tan


@operation
class Arcsin(FloatFunction):
    """Inverse sine, in radians; NaN outside −1…1."""

    name = "arcsin"
    ufunc = np.arcsin


@operation
class Arccos(FloatFunction):
    """Inverse cosine, in radians; NaN outside −1…1."""

    name = "arccos"
    ufunc = np.arccos


@operation
class Arctan(FloatFunction):
    """Inverse tangent, in radians."""

    name = "arctan"
    ufunc = np.arctan


@operation
class Arctan2(FloatFunction):
    """The angle of the point (y, x), in radians, −π…π."""

    name = "arctan2"
    ufunc = np.arctan2


@operation
class Sinh(FloatFunction):
    """Hyperbolic sine."""

    name = "sinh"
    ufunc = np.sinh


@operation
class Cosh(FloatFunction):
    """Hyperbolic cosine."""

    name = "cosh"
    ufunc = np.cosh


@operation
class Tanh(FloatFunction):
    """Hyperbolic tangent."""

    name = "tanh"
    ufunc = np.tanh


@operation
class Hypot(FloatFunction):
    """``sqrt(x² + y²)`` without overflow."""

    name = "hypot"
    ufunc = np.hypot


@operation
class Degrees(FloatFunction):
    """Radians to degrees."""

    name = "degrees"
    ufunc = np.degrees


@operation
class Radians(FloatFunction):
    """Degrees to radians."""

    name = "radians"
    ufunc = np.radians


@operation
class Floor(Arithmetic):
    """Rounded towards −inf."""

    name = "floor"
    ufunc = np.floor


@operation
class Ceil(Arithmetic):
    """Rounded towards +inf."""

    name = "ceil"
    ufunc = np.ceil


@operation
class Trunc(Arithmetic):
    """Rounded towards 0."""

    name = "trunc"
    ufunc = np.trunc


@operation
class Rint(FloatFunction):
    """Rounded to the nearest integer, halves to the even one."""

    name = "rint"
    ufunc = np.rint


@operation
class IsNan(FloatFunction):
    """Whether x is NaN. A missing value is not NaN: it stays missing; see `is_null`."""

    name = "isnan"
    ufunc = np.isnan


@operation
class IsInf(FloatFunction):
    """Whether x is +inf or −inf."""

    name = "isinf"
    ufunc = np.isinf


@operation
class IsFinite(FloatFunction):
    """Whether x is neither NaN nor ±inf."""

    name = "isfinite"
    ufunc = np.isfinite
