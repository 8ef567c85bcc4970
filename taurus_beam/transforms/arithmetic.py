"""Arithmetic: the operators of `Column` and their NumPy ufuncs.

Types are promoted as in NumPy 2 (booleans count as integers). Integers wrap around on overflow
and integer division by zero gives 0, as in NumPy; floats follow IEEE 754.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import is_text
from taurus_beam.transforms.elementwise import ArrayKernel
from taurus_beam.transforms.ufuncs import Arithmetic, FloatFunction

__all__: list[str] = []


@operation
class Add(Arithmetic):
    """``x + y``; strings are joined, a duration moves a timestamp."""

    name = "add"
    ufunc = np.add
    python = operator.add

    def result(self, *dtypes: Any) -> Any:
        if all(is_text(d) for d in dtypes):
            return _same(self.name, dtypes)
        if any(map(_is_instant, dtypes)):
            return _moved(self.name, dtypes)
        return super().result(*dtypes)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        if is_text(dtypes[0]):
            return _join
        if any(map(_is_instant, dtypes)):
            return np.add
        return super().kernel(*dtypes)

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        return np.add if is_text(dtypes[0]) else self.kernel(*dtypes)

    def scalar(self, *dtypes: Any) -> RowFunction:
        if is_text(dtypes[0]):
            return operator.add
        if any(map(_is_instant, dtypes)):
            return _wrapping(np.add)
        return super().scalar(*dtypes)


@operation
class Subtract(Arithmetic):
    """``x - y``; two timestamps give a duration, a duration moves a timestamp back."""

    name = "subtract"
    ufunc = np.subtract
    python = operator.sub

    def result(self, *dtypes: Any) -> Any:
        if pa.types.is_timestamp(dtypes[0]) and dtypes[0] == dtypes[1]:
            return pa.duration(dtypes[0].unit)
        if _is_instant(dtypes[0]):
            return _moved(self.name, dtypes)
        return super().result(*dtypes)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        return np.subtract if _is_instant(dtypes[0]) else super().kernel(*dtypes)

    def scalar(self, *dtypes: Any) -> RowFunction:
        return _wrapping(np.subtract) if _is_instant(dtypes[0]) else super().scalar(*dtypes)


@operation
class Multiply(Arithmetic):
    """``x * y``."""

    name = "multiply"
    ufunc = np.multiply
    python = operator.mul


@operation
class Divide(Arithmetic):
    """``x / y``, always a float; division by zero gives ±inf or NaN."""

    name = "divide"
    ufunc = np.true_divide


@operation
class FloorDivide(Arithmetic):
    """``x // y``, rounded towards −inf; integer division by zero gives 0."""

    name = "floor_divide"
    ufunc = np.floor_divide


@operation
class Remainder(Arithmetic):
    """``x % y`` with the sign of ``y``; the remainder of integers by zero is 0."""

    name = "remainder"
    ufunc = np.remainder


@operation
class Power(FloatFunction):
    """``x ** y``, always a float (integers are taken as float64)."""

    name = "power"
    ufunc = np.power

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        compute = super().kernel(*dtypes)

        def run(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> Any:
            # For a single exponent NumPy takes short cuts (a square root for 0.5) that differ in
            # the last bit, so it is always given two exponents or more.
            (size,) = np.broadcast_shapes(x.shape, y.shape)
            if size == 1:
                return compute(np.repeat(x, 2), np.repeat(y, 2))[:1]
            return compute(*(np.repeat(v, size) if v.size == 1 else v for v in (x, y)))

        return run

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        return super().kernel(*dtypes)

    def scalar(self, *dtypes: Any) -> RowFunction:
        compute = super().kernel(*dtypes)
        first, second = self.loop(dtypes)[:2]
        return lambda x, y: compute(np.array([x, x], first), np.array([y, y], second))[0].item()


@operation
class Negative(Arithmetic):
    """``-x``."""

    name = "negative"
    ufunc = np.negative
    python = operator.neg


@operation
class Absolute(Arithmetic):
    """``abs(x)``; the most negative integer stays itself, as in NumPy."""

    name = "absolute"
    ufunc = np.absolute
    python = abs


@operation
class Sign(Arithmetic):
    """−1, 0 or 1; NaN stays NaN."""

    name = "sign"
    ufunc = np.sign


@operation
class Square(Arithmetic):
    """``x * x``."""

    name = "square"
    ufunc = np.square


@operation
class Minimum(Arithmetic):
    """The smaller of two, NaN if either is."""

    name = "minimum"
    ufunc = np.minimum


@operation
class Maximum(Arithmetic):
    """The larger of two, NaN if either is."""

    name = "maximum"
    ufunc = np.maximum


class _Present(Arithmetic):
    """One of two floats, decided here: of 0.0 and -0.0 NumPy gives now the one, now the other."""

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        *_, result = self.loop(dtypes)
        if result.kind != "f":
            return super().kernel(*dtypes)
        prefers = np.less_equal if self.ufunc is np.fmin else np.greater_equal

        def run(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
            x, y = x.astype(result, copy=False), y.astype(result, copy=False)
            return np.where(prefers(x, y) | np.isnan(y), x, y)

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        *_, result = self.loop(dtypes)
        if result.kind != "f":
            return super().scalar(*dtypes)
        prefers = operator.le if self.ufunc is np.fmin else operator.ge

        def run(x: Any, y: Any) -> Any:
            x, y = float(x), float(y)
            return x if prefers(x, y) or y != y else y

        return run


@operation
class FMin(_Present):
    """The smaller of two; where one is NaN, the other; of 0.0 and -0.0 the first."""

    name = "fmin"
    ufunc = np.fmin


@operation
class FMax(_Present):
    """The larger of two; where one is NaN, the other; of 0.0 and -0.0 the first."""

    name = "fmax"
    ufunc = np.fmax


def _is_instant(dtype: Any) -> bool:
    return bool(pa.types.is_timestamp(dtype) or pa.types.is_duration(dtype))


def _same(name: str, dtypes: tuple[Any, ...]) -> Any:
    if len(set(dtypes)) > 1:
        raise TraceError(
            f"{name!r} cannot combine {' and '.join(map(str, dtypes))}.",
            expected="both of one type",
            fix="Cast one of them with tb.cast.",
        )
    return dtypes[0]


def _moved(name: str, dtypes: tuple[Any, ...]) -> Any:
    """The type of an instant or duration moved by a duration of the same unit."""
    units = {d.unit for d in dtypes if _is_instant(d)}
    durations = [pa.types.is_duration(d) for d in dtypes]
    first_is_instant = _is_instant(dtypes[0])
    if len(units) == 1 and all(map(_is_instant, dtypes)):
        if all(durations) or (durations[1] and first_is_instant):
            return dtypes[0]
        if durations[0] and name == "add":
            return dtypes[1]
    raise TraceError(
        f"{name!r} cannot combine {' and '.join(map(str, dtypes))}.",
        expected="a timestamp and a duration of the same unit, or two durations",
        fix="Cast one of them with tb.cast.",
    )


def _wrapping(ufunc: np.ufunc) -> RowFunction:
    return lambda x, y: ufunc(np.int64(x), np.int64(y)).item()


def _join(left: Text, right: Text) -> Text:
    parts = [t.plain[0] if len(t) == 1 else t.plain for t in (left, right)]
    separator = pa.scalar("" if left.dtype == pa.string() else b"", left.dtype)
    joined = pc.binary_join_element_wise(*parts, separator)
    return Text(joined if isinstance(joined, pa.Array) else pa.array([joined.as_py()], left.dtype))
