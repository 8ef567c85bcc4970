"""Comparisons: numbers with numbers, strings, booleans and temporal values with their like.

Strings are ordered by their UTF-8 bytes. Every comparison with NaN is false but ``!=``.
"""

from __future__ import annotations

import operator
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import is_numeric, is_text, numpy_dtype
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__: list[str] = []


class _Comparison(Elementwise):
    ufunc: ClassVar[np.ufunc]
    python: ClassVar[Any]
    arrow: ClassVar[str]

    def result(self, *dtypes: Any) -> Any:
        left, right = dtypes
        if not (left == right or (is_numeric(left) and is_numeric(right))):
            raise TraceError(
                f"{self.name!r} cannot compare {left} with {right}.",
                expected="two numbers, or two values of one type",
                fix="Cast one of them with tb.cast.",
            )
        return pa.bool_()

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        if not is_text(dtypes[0]):
            return type(self).ufunc
        compare = getattr(pc, self.arrow)
        return lambda left, right: _compare_text(compare, left, right)

    def onnx_kernel(self, *_: Any) -> ArrayKernel:
        return type(self).ufunc

    def scalar(self, *dtypes: Any) -> RowFunction:
        kinds = {numpy_dtype(d).kind for d in dtypes if not is_text(d)}
        if kinds == {"i", "f"} or kinds == {"u", "f"}:  # NumPy compares them as float64
            ufunc = type(self).ufunc
            first, second = (numpy_dtype(d).type for d in dtypes)
            return lambda x, y: bool(ufunc(first(x), second(y)))
        return type(self).python  # type: ignore[no-any-return]  # an operator of the library


@operation
class Equal(_Comparison):
    """``x == y``."""

    name = arrow = "equal"
    ufunc = np.equal
    python = operator.eq


@operation
class NotEqual(_Comparison):
    """``x != y``."""

    name = arrow = "not_equal"
    ufunc = np.not_equal
    python = operator.ne


@operation
class Less(_Comparison):
    """``x < y``."""

    name = arrow = "less"
    ufunc = np.less
    python = operator.lt


@operation
class LessEqual(_Comparison):
    """``x <= y``."""

    name = arrow = "less_equal"
    ufunc = np.less_equal
    python = operator.le


@operation
class Greater(_Comparison):
    """``x > y``."""

    name = arrow = "greater"
    ufunc = np.greater
    python = operator.gt


@operation
class GreaterEqual(_Comparison):
    """``x >= y``."""

    name = arrow = "greater_equal"
    ufunc = np.greater_equal
    python = operator.ge


def _compare_text(compare: Any, left: Text, right: Text) -> np.ndarray[Any, Any]:
    if len(right) == 1:
        return _flags(compare(left.distinct, right.plain[0])).take(left.codes)
    if len(left) == 1:
        return _flags(compare(left.plain[0], right.distinct)).take(right.codes)
    return _flags(compare(left.plain, right.plain))


def _flags(result: Any) -> np.ndarray[Any, Any]:
    if len(result) == 0:  # nothing but missing values: every code points at a value of no meaning
        return np.zeros(1, np.bool_)
    flags: np.ndarray[Any, Any] = result.fill_null(False).to_numpy(zero_copy_only=False)
    return flags
