"""A symbolic array: NumPy functions and operators on it write ONNX nodes.

A kernel that was written for NumPy arrays runs on tensors as it is, and so writes its own ONNX
form, step by step with NumPy's rules of promotion. What cannot be written raises an EngineError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import numpy as np

from taurus_beam.errors import EngineError
from taurus_beam.onnx.element_types import I64, ONNX_TYPES, TEXT, U64, carrier

if TYPE_CHECKING:
    from taurus_beam.onnx.builder import Builder

__all__ = ["Symbol", "Tensor"]

Symbol: TypeAlias = Any
"""A tensor, where NumPy's own annotations would have it an array."""


class Tensor(np.lib.mixins.NDArrayOperatorsMixin):
    """A value of the graph by its name.

    Attributes:
        build: Where it is written.
        name: Its name in the graph.
        dtype: The NumPy type of its elements, ``object`` for strings; they travel as
            `carrier` has it.
    """

    def __init__(self, build: Builder, name: str, dtype: np.dtype[Any]) -> None:
        self.build = build
        self.name = name
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"<Tensor {self.name} of {self.dtype}>"

    def astype(self, dtype: Any, copy: bool = True) -> Tensor:
        """Its elements as another type, as NumPy converts them."""
        wanted = np.dtype(dtype)
        if wanted == self.dtype:
            return self
        if TEXT in (wanted, self.dtype):
            raise EngineError(f"{self.dtype} cannot become {wanted} in ONNX.")
        if wanted.kind in "iu" and wanted != U64:
            whole = self if self.dtype.kind in "iu" else self._cast(I64, I64)
            return whole.wrapped(wanted)
        if carrier(wanted) == carrier(self.dtype):
            return self.wrapped(wanted)
        return self._cast(carrier(wanted), wanted).wrapped(wanted)

    def taken_as(self, stored: np.dtype[Any]) -> Tensor:
        """What an operator gave as a narrow type, brought to the type that carries it."""
        return self._cast(carrier(stored), self.dtype)

    def as_text(self) -> Tensor:
        """Integers as decimal strings."""
        return self._cast(TEXT, TEXT)

    def wrapped(self, dtype: np.dtype[Any]) -> Tensor:
        """Elements of a carrying type brought into the range of the type that they are of."""
        travels = carrier(dtype)
        if travels == dtype and travels == carrier(self.dtype):
            return Tensor(self.build, self.name, dtype)
        return self._cast(dtype, dtype)._cast(travels, dtype)

    def _cast(self, stored: np.dtype[Any], dtype: np.dtype[Any]) -> Tensor:
        return self.build.op("Cast", self, dtype=dtype, to=ONNX_TYPES[stored])

    def __getitem__(self, key: Any) -> Tensor:
        if key == (slice(None), None):
            return self.build.op("Unsqueeze", self, np.array([1]), dtype=self.dtype)
        if isinstance(key, tuple) and key[:1] == (slice(None),) and isinstance(key[1], int):
            return self.build.op("Gather", self, np.array(key[1]), dtype=self.dtype, axis=1)
        raise _unwritten(f"indexing by {key!r:.40}")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Symbol:
        from taurus_beam.onnx.ufuncs import applied

        dtype = options.pop("dtype", None)
        options.pop("out", None)  # `x += y` rebinds x to the result
        if method != "__call__" or options:
            raise _unwritten(f"{ufunc.__name__} {method} {sorted(options)}")
        return applied(self.build, ufunc, inputs, dtype)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        from taurus_beam.onnx.array_functions import FUNCTIONS

        written = FUNCTIONS.get(function)
        if written is None:
            raise _unwritten(f"numpy.{function.__name__}")
        return written(self.build, *arguments, **options)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # NumPy asks for its protocols
            raise AttributeError(name)
        raise _unwritten(f".{name}")

    def __bool__(self) -> bool:
        raise _unwritten("deciding by a value of a row")

    def __len__(self) -> int:
        raise _unwritten("the number of rows")

    def __iter__(self) -> NoReturn:
        raise _unwritten("a loop over rows")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise _unwritten("conversion to a NumPy array")

    __hash__ = object.__hash__


def _unwritten(what: str) -> EngineError:
    return EngineError(
        f"Its kernel uses {what}, which cannot be written as ONNX.",
        fix="Give the operation an `onnx` method of its own.",
    )
