"""How a NumPy ufunc becomes an operation: types, batch kernel and row kernel from the ufunc.

The row kernel calls the same ufunc on NumPy scalars wherever Python's own arithmetic could
differ in a bit, so batch and row agree by construction.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.memory import computed
from taurus_beam.graph.operation import RowFunction
from taurus_beam.graph.types import is_numeric, numpy_dtype, to_arrow_dtype
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__ = ["Arithmetic", "FloatFunction", "UfuncOperation"]


class UfuncOperation(Elementwise):
    """An elementwise operation computed by ``ufunc``.

    Attributes:
        ufunc: The NumPy function.
        python: Python's own operator where it gives the same bits on float64, else None.
    """

    ufunc: ClassVar[np.ufunc]
    python: ClassVar[Any] = None

    def carriers(self, dtypes: tuple[Any, ...]) -> tuple[np.dtype[Any], ...]:
        """The NumPy types the operands are brought to, from their Arrow types."""
        return tuple(_number(self.name, dtype) for dtype in dtypes)

    def loop(self, dtypes: tuple[Any, ...]) -> tuple[np.dtype[Any], ...]:
        """Operand types and, last, the result type of the ufunc's loop."""
        carriers = self.carriers(dtypes)
        outputs: tuple[None, ...] = (None,) * self.ufunc.nout
        resolved: tuple[np.dtype[Any], ...] = self.ufunc.resolve_dtypes((*carriers, *outputs))
        return resolved

    def result(self, *dtypes: Any) -> Any:
        return to_arrow_dtype(self.loop(dtypes)[-1])

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        ufunc, loop = type(self).ufunc, self.loop(dtypes)

        def run(*arrays: np.ndarray[Any, Any]) -> Any:
            cast = [a.astype(t, copy=False) for a, t in zip(arrays, loop, strict=False)]
            return computed(ufunc, cast, loop[-1])

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        ufunc, loop = type(self).ufunc, self.loop(dtypes)
        python = type(self).python
        if python is not None and all(numpy_dtype(d) == np.float64 for d in dtypes):
            return python  # type: ignore[no-any-return]  # an operator of the standard library
        casts = [dtype.type for dtype in loop[: ufunc.nin]]
        if ufunc.nin == 1:
            (cast,) = casts
            return lambda x: ufunc(cast(x)).item()
        first, second = casts
        return lambda x, y: ufunc(first(x), second(y)).item()


class FloatFunction(UfuncOperation):
    """A real function: integers and booleans are taken as float64, float16 as float32.

    NumPy's float16 functions give other bits for one value than for many.
    """

    def carriers(self, dtypes: tuple[Any, ...]) -> tuple[np.dtype[Any], ...]:
        wide = {"e": np.dtype(np.float32), "f": np.dtype(np.float32)}
        return tuple(wide.get(c.char, np.dtype(np.float64)) for c in super().carriers(dtypes))


class Arithmetic(UfuncOperation):
    """Arithmetic of numbers: NumPy's promotion, booleans count as integers."""


def _number(name: str, dtype: Any) -> np.dtype[Any]:
    if pa.types.is_boolean(dtype):
        return np.dtype(np.int64)
    if is_numeric(dtype):
        return numpy_dtype(dtype)
    raise TraceError(
        f"{name!r} takes numbers, not {dtype}.",
        expected="a number or boolean column",
        fix="Cast it first: tb.cast(x, pa.float64()).",
    )
