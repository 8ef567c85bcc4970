"""NumPy's ufuncs as ONNX: which operators each is written with, on elements of one type.

Types are resolved by NumPy itself, so that a ufunc gives the type that it gives on arrays. Where
ONNX Runtime would trap (integer division by zero) or leaves the result open, inputs are guarded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from taurus_beam.errors import EngineError
from taurus_beam.onnx import real_functions as real
from taurus_beam.onnx.element_types import BOOL, I64, TEXT, U64
from taurus_beam.onnx.tensor import Symbol, Tensor

__all__ = ["applied"]


def applied(
    build: Any, ufunc: np.ufunc, inputs: Sequence[Any], dtype: np.dtype[Any] | None = None
) -> Symbol:
    """What a ufunc gives for tensors, arrays and numbers.

    Args:
        build: Where it is written.
        ufunc: The NumPy function.
        inputs: Its arguments; at least one is a tensor.
        dtype: The type to compute in, where it is asked for.
    """
    if any(isinstance(i, Tensor) and i.dtype == TEXT for i in inputs):
        return _applied_to_text(build, ufunc, inputs)
    if ufunc is np.not_equal:
        return ~_compared(build, np.equal, *inputs)
    if ufunc in _COMPARISONS:
        return _compared(build, ufunc, *inputs)
    written = _WRITTEN.get(ufunc)
    if written is None:
        raise EngineError(f"numpy.{ufunc.__name__} has no ONNX form.")
    *operands, result = _loop(ufunc, inputs, dtype)
    tensors = [_operand(build, i, d) for i, d in zip(inputs, operands, strict=True)]
    return written(*tensors).wrapped(result)


def _compared(build: Any, ufunc: np.ufunc, left: Any, right: Any) -> Symbol:
    left, right = _exact(left, right), _exact(right, left)
    types = [_type_of(v) for v in (left, right)]
    signs = {t.kind: t.itemsize for t in types if not isinstance(t, type) and t.kind in "iu"}
    if len(signs) == 2 and signs["u"] == 8:
        return _compared_with_unsigned(build, ufunc, left, right)
    common = np.result_type(*(t() if isinstance(t, type) else t for t in types))
    if common == BOOL:
        common = I64
    operands = [_operand(build, v, common) for v in (left, right)]
    return build.op(_COMPARISONS[ufunc], *operands, dtype=BOOL)


def _exact(value: Any, beside: Any) -> Any:
    """A Python integer beside integers as one of 64 bits: theirs may be too narrow for it."""
    if type(value) is not int or beside.dtype.kind not in "iu":
        return value
    return np.array(value, np.uint64 if value > np.iinfo(np.int64).max else np.int64)


def _compared_with_unsigned(build: Any, ufunc: np.ufunc, left: Any, right: Any) -> Symbol:
    """As uint64, and by their sign alone where the signed one is negative."""
    tensors = [build.tensor(v) for v in (left, right)]
    signed = tensors[0] if tensors[0].dtype.kind == "i" else tensors[1]
    as_unsigned = [t if t is not signed else np.maximum(t, 0).astype(U64) for t in tensors]
    if_negative = bool(ufunc(*(-1 if t is signed else 0 for t in tensors)))
    compared = build.op(_COMPARISONS[ufunc], *as_unsigned, dtype=BOOL)
    return np.where(signed < 0, if_negative, compared)


def _type_of(value: Any) -> Any:
    """An operand's type as NumPy's promotion takes it: Python numbers adapt to their partner."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int | float) and not isinstance(value, np.generic):
        return type(value)
    return value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype


def _loop(
    ufunc: np.ufunc, inputs: Sequence[Any], dtype: np.dtype[Any] | None
) -> tuple[np.dtype[Any], ...]:
    types = [_type_of(i) for i in inputs]
    asked = (None,) if dtype is None else (np.dtype(dtype),)
    resolved: tuple[np.dtype[Any], ...] = ufunc.resolve_dtypes(
        (*types, None), signature=(*(None,) * ufunc.nin, *asked)
    )
    return resolved


def _operand(build: Any, value: Any, dtype: np.dtype[Any]) -> Symbol:
    if isinstance(value, Tensor):
        return value.astype(dtype)
    return build.tensor(np.asarray(value).astype(dtype))


def _applied_to_text(build: Any, ufunc: np.ufunc, inputs: Sequence[Any]) -> Symbol:
    operands = [i if isinstance(i, Tensor) else build.tensor(i, TEXT) for i in inputs]
    if ufunc is np.add:
        return build.op("StringConcat", *operands, dtype=TEXT)
    if ufunc is np.equal:
        return build.op("Equal", *operands, dtype=BOOL)
    if ufunc is np.not_equal:
        equal = build.op("Equal", *operands, dtype=BOOL)
        return build.op("Not", equal, dtype=BOOL)
    raise EngineError(
        f"Strings under {ufunc.__name__!r} have no ONNX form.",
        expected="==, != or + on strings",
    )


def _same(operator: str) -> Callable[..., Symbol]:
    """An operator that gives elements of its first input's type."""

    def written(*tensors: Symbol) -> Symbol:
        first = tensors[0]
        return first.build.op(operator, *tensors, dtype=first.dtype)

    return written


def _flag(operator: str) -> Callable[..., Symbol]:
    def written(*tensors: Symbol) -> Symbol:
        if any(t.dtype != BOOL for t in tensors):
            raise EngineError(f"{operator} of numbers has no ONNX form here.")
        return tensors[0].build.op(operator, *tensors, dtype=BOOL)

    return written


def _absolute(x: Symbol) -> Symbol:
    return x if x.dtype.kind == "u" else _same("Abs")(x)


def _negative(x: Symbol) -> Symbol:
    if x.dtype == U64:
        return _same("Sub")(x.build.tensor(np.uint64(0)), x)
    return _same("Neg")(x)


def _sign(x: Symbol) -> Symbol:
    one = x.dtype.type(1)
    positive = np.where(x > 0, one, x.dtype.type(0))
    if x.dtype.kind == "u":
        return positive
    signs = np.where(x < 0, x.dtype.type(-1), positive)
    return np.where(np.isnan(x), x, signs) if x.dtype.kind == "f" else signs


def _floor_divide(x: Symbol, y: Symbol) -> Symbol:
    if x.dtype.kind == "f":
        return real.divmod_of_floats(x, y)[0]
    return _divmod_of_integers(x, y)[0]


def _remainder(x: Symbol, y: Symbol) -> Symbol:
    if x.dtype.kind == "f":
        return real.divmod_of_floats(x, y)[1]
    return _divmod_of_integers(x, y)[1]


def _divmod_of_integers(x: Symbol, y: Symbol) -> tuple[Symbol, Symbol]:
    """Rounded towards -inf; 0 and 0 for division by zero, which would trap."""
    dtype = x.dtype
    zero, one = dtype.type(0), dtype.type(1)
    # The least integer divided by -1 traps too.
    unsafe = (y == 0) if dtype.kind == "u" else (y == 0) | (y == -1)
    divisor = np.where(unsafe, one, y)
    quotient = _same("Div")(x, divisor)
    rest = _same("Sub")(x, _same("Mul")(quotient, divisor))
    if dtype.kind == "i":
        opposite = (rest != 0) & ((rest < 0) != (divisor < 0))
        quotient = np.where(opposite, _same("Sub")(quotient, x.build.tensor(one)), quotient)
        rest = np.where(opposite, _same("Add")(rest, divisor), rest)
        quotient = np.where(y == -1, _negative(x), quotient)
    return np.where(y == 0, zero, quotient), rest


def _smaller(x: Symbol, y: Symbol) -> Symbol:
    return _either(x, y, x <= y)


def _larger(x: Symbol, y: Symbol) -> Symbol:
    return _either(x, y, x >= y)


def _either(x: Symbol, y: Symbol, first: Any) -> Symbol:
    """The first where it is preferred or NaN, else the second."""
    if x.dtype.kind == "f":
        first = first | np.isnan(x)
    return np.where(first, x, y)


def _is_finite(x: Symbol) -> Symbol:
    return ~(np.isnan(x) | np.isinf(x))


def _tested(operator: str) -> Callable[[Symbol], Symbol]:
    return lambda x: x.build.op(operator, x, dtype=BOOL)


def _whole(operator: str) -> Callable[[Symbol], Symbol]:
    return lambda x: _same(operator)(x) if x.dtype.kind == "f" else x


def _trunc(x: Symbol) -> Symbol:
    if x.dtype.kind != "f":
        return x
    return np.where(x < 0, np.ceil(x), np.floor(x))


_COMPARISONS: dict[np.ufunc, str] = {
    np.equal: "Equal",
    np.less: "Less",
    np.less_equal: "LessOrEqual",
    np.greater: "Greater",
    np.greater_equal: "GreaterOrEqual",
}

_WRITTEN: dict[np.ufunc, Callable[..., Symbol]] = {
    np.add: _same("Add"),
    np.subtract: _same("Sub"),
    np.multiply: _same("Mul"),
    np.true_divide: _same("Div"),
    np.floor_divide: _floor_divide,
    np.remainder: _remainder,
    np.negative: _negative,
    np.absolute: _absolute,
    np.sign: _sign,
    np.square: lambda x: _same("Mul")(x, x),
    np.minimum: _smaller,
    np.fmin: _smaller,  # of integers; floats are decided by their own kernel
    np.fmax: _larger,
    np.maximum: _larger,
    np.logical_and: _flag("And"),
    np.logical_or: _flag("Or"),
    np.logical_xor: _flag("Xor"),
    np.logical_not: _flag("Not"),
    np.bitwise_and: _flag("And"),
    np.bitwise_or: _flag("Or"),
    np.bitwise_xor: _flag("Xor"),
    np.invert: _flag("Not"),
    np.isnan: _tested("IsNaN"),
    np.isinf: _tested("IsInf"),
    np.isfinite: _is_finite,
    np.floor: _whole("Floor"),
    np.ceil: _whole("Ceil"),
    np.trunc: _trunc,
    np.rint: _same("Round"),
    np.sqrt: _same("Sqrt"),
    **real.FUNCTIONS,
}
