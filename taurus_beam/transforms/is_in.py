"""Whether values are among some constants: `is_in`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import is_float, is_integer, is_text, numpy_dtype
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__ = ["is_in"]


def is_in(x: Column, values: Iterable[Any]) -> Column:
    """Whether each value is one of some constants.

    Args:
        x: Numeric, boolean, string or binary column: scalars, vectors or ragged lists.
        values: Constants of its type, in any order; none gives False everywhere. For what was
            learnt from data, compare ``tb.apply_vocabulary(x, terms)`` with -1.

    Returns:
        Booleans of ``x``'s shape. Missing stays missing; NaN is not among any values.

    Raises:
        TraceError: If a constant is not of ``x``'s type, naming it.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"class": ["first", "steerage", None]})
        >>> fn = lambda i: {"known": tb.is_in(i["class"], ["first", "second", "third"])}
        >>> tb.fit_transform(table, fn)[0]["known"].to_pylist()
        [True, False, None]
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TraceError(f"The values of is_in are {values!r:.60}.", expected="a list of constants")
    constants = [_plain(value) for value in values]
    kept = dict.fromkeys((type(value).__name__, value) for value in constants)
    return apply(IsIn(tuple(value for _, value in sorted(kept))), x)


@operation
@dataclass(frozen=True)
class IsIn(Elementwise):
    """Whether a value is one of ``values``."""

    name = "is_in"
    values: tuple[Any, ...]

    def result(self, *dtypes: Any) -> Any:
        (dtype,) = dtypes
        for value in self.values:
            if not _fits(value, dtype):
                raise TraceError(
                    f"{value!r} cannot be among values of {dtype}.",
                    expected="constants of the column's own type",
                    fix="Cast the column with tb.cast, or correct the constants.",
                )
        return pa.bool_()

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        (dtype,) = dtypes
        wanted = self._as_stored(dtype)
        if not is_text(dtype):
            constants = np.array(sorted(wanted), numpy_dtype(dtype))
            return lambda x: np.isin(x, constants)

        def run(x: Text) -> Any:
            found = [value in wanted for value in x.distinct.to_pylist()]
            return np.array(found or [False], np.bool_).take(x.codes)

        return run

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        if not is_text(dtypes[0]):
            return self.kernel(*dtypes)
        return lambda x: np.isin(x, np.array(self.values, object))

    def scalar(self, *dtypes: Any) -> RowFunction:
        return self._as_stored(dtypes[0]).__contains__

    def _as_stored(self, dtype: Any) -> frozenset[Any]:
        """The constants as the column would hold them."""
        if is_text(dtype):
            return frozenset(self.values)
        carrier = numpy_dtype(dtype).type
        return frozenset(carrier(value).item() for value in self.values)


def _plain(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, bool | int | float | str | bytes) or plain != plain:
        raise TraceError(
            f"{value!r:.60} cannot be compared with.", expected="numbers, booleans or strings"
        )
    return plain


def _fits(value: Any, dtype: Any) -> bool:
    if pa.types.is_boolean(dtype):
        return isinstance(value, bool)
    if is_text(dtype):
        return isinstance(value, str if pa.types.is_string(dtype) else bytes)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if is_float(dtype):
        return bool(np.isfinite(value))
    if not is_integer(dtype) or isinstance(value, float):
        return False
    limits = np.iinfo(numpy_dtype(dtype))
    return bool(limits.min <= value <= limits.max)
