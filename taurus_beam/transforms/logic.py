"""Boolean operators with three values, as in SQL and pandas: missing & False is False."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise, MaskedElementwise

__all__: list[str] = []


def _boolean(name: str, dtypes: tuple[Any, ...]) -> Any:
    for dtype in dtypes:
        if not pa.types.is_boolean(dtype):
            raise TraceError(
                f"{name!r} takes booleans, not {dtype}.",
                expected="conditions such as (x > 0); note that & and | bind tighter than ==",
            )
    return pa.bool_()


class _Kleene(MaskedElementwise):
    """``decided_by``: the value that settles the result whatever the other is."""

    decided_by: bool

    def result(self, *dtypes: Any) -> Any:
        return _boolean(self.name, dtypes)

    def kernel(self, *_: Any) -> ArrayKernel:
        decided_by = self.decided_by
        combine = np.logical_or if decided_by else np.logical_and

        def run(left: Any, right: Any) -> Any:
            (a, a_missing), (b, b_missing) = left, right
            data = combine(a, b)
            if a_missing is None and b_missing is None:
                return data, None
            a_missing = np.zeros_like(a) if a_missing is None else a_missing
            b_missing = np.zeros_like(b) if b_missing is None else b_missing
            settled = ((a == decided_by) & ~a_missing) | ((b == decided_by) & ~b_missing)
            return np.where(settled, decided_by, data), (a_missing | b_missing) & ~settled

        return run

    def scalar(self, *_: Any) -> RowFunction:
        decided_by = self.decided_by

        def run(a: bool | None, b: bool | None) -> bool | None:
            if a is decided_by or b is decided_by:
                return decided_by
            return None if a is None or b is None else not decided_by

        return run


@operation
class And(_Kleene):
    """``x & y``."""

    name = "and"
    decided_by = False


@operation
class Or(_Kleene):
    """``x | y``."""

    name = "or"
    decided_by = True


@operation
class Xor(Elementwise):
    """``x ^ y``: exactly one is true."""

    name = "xor"

    def result(self, *dtypes: Any) -> Any:
        return _boolean(self.name, dtypes)

    def kernel(self, *_: Any) -> ArrayKernel:
        return np.logical_xor

    def scalar(self, *_: Any) -> RowFunction:
        return lambda a, b: a is not b


@operation
class Not(Elementwise):
    """``~x``."""

    name = "not"

    def result(self, *dtypes: Any) -> Any:
        return _boolean(self.name, dtypes)

    def kernel(self, *_: Any) -> ArrayKernel:
        return np.logical_not

    def scalar(self, *_: Any) -> RowFunction:
        return lambda a: not a
