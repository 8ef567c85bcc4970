"""Changing the type of a column's elements: `cast`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError, EngineError, TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import (
    canonical,
    is_float,
    is_integer,
    is_numeric,
    is_temporal,
    is_text,
    numpy_dtype,
    parse_dtype,
)
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__ = ["cast"]


def cast(x: Column, dtype: Any, errors: Literal["raise", "null"] = "raise") -> Column:
    """Change the type of a column's elements.

    Args:
        x: Any column. Lists are cast element by element.
        dtype: Arrow type (``pa.float32()``) or NumPy type (``np.float32``) of the elements.
        errors: What a string that is no number becomes: a DataError, or missing.

    Returns:
        Column of the new type and ``x``'s shape; missing stays missing. Numbers to integers:
        truncated towards 0; NaN, ±inf and values that do not fit become missing. To booleans:
        true unless 0. To floats: rounded to nearest. Strings to numbers and back as Arrow
        reads and prints them. Dates, times and durations to integers: their count of units
        since the epoch, and back.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.9, -1.9, float("nan")]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"n": tb.cast(i["x"], pa.int32())})
        >>> out["n"].to_pylist()
        [1, -1, None]
    """
    if errors not in ("raise", "null"):
        raise TraceError(f"errors is {errors!r}.", expected="'raise' or 'null'")
    arrow = dtype if isinstance(dtype, pa.DataType) else pa.from_numpy_dtype(dtype)
    return apply(Cast(str(canonical(arrow)), errors), x)


@operation
@dataclass(frozen=True)
class Cast(Elementwise):
    """Elements of another type."""

    name = "cast"
    dtype: str
    errors: str

    def result(self, *dtypes: Any) -> Any:
        (source,), target = dtypes, parse_dtype(self.dtype)
        numberlike = is_numeric(source) or pa.types.is_boolean(source)
        allowed = (
            source == target
            or (numberlike and (is_numeric(target) or pa.types.is_boolean(target)))
            or (is_text(target) and numberlike and pa.types.is_string(target))
            or (pa.types.is_string(source) and (is_numeric(target) or pa.types.is_boolean(target)))
            or (is_text(source) and is_text(target))
            or (is_temporal(source) and is_integer(target))
            or (is_integer(source) and is_temporal(target))
        )
        if not allowed:
            raise TraceError(f"{source} cannot be cast to {target}.")
        return target

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        (source,), target = dtypes, self.result(*dtypes)
        if source == target:
            return lambda x: x
        if is_text(source):
            return self._from_text(target)
        if is_text(target):
            return lambda x: Text(pa.array(x).cast(target))
        carrier = numpy_dtype(target)
        if carrier.kind in "iu" and numpy_dtype(source).kind != "b":
            return lambda x: _to_integers(x, carrier)
        return lambda x: x.astype(carrier)

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        (source,), target = dtypes, self.result(*dtypes)
        if source == target or (is_text(source) and is_text(target)):
            return lambda x: x
        if is_text(source):
            raise EngineError(
                "ONNX cannot read numbers from strings without failing on those that are none.",
                fix="Give the model the number as a column of its own.",
            )
        if pa.types.is_boolean(source) and is_text(target):
            return lambda x: np.where(x, np.array("true", object), np.array("false", object))
        if is_text(target) and is_float(source):
            raise EngineError("ONNX Runtime writes floats as strings with eight digits at most.")
        if is_text(target):
            return lambda x: x.as_text()
        carrier = numpy_dtype(target)
        if carrier.kind in "iu" and numpy_dtype(source).kind != "b":
            return lambda x: _fitting(x, carrier)
        return lambda x: x.astype(carrier)

    def scalar(self, *dtypes: Any) -> RowFunction:
        (source,), target = dtypes, self.result(*dtypes)
        if source == target:
            return lambda x: x
        if is_text(source):
            return lambda x: self._parse(Text(pa.array([x], source)), target)[0].as_py()
        carrier = numpy_dtype(source)
        if is_text(target):
            return lambda x: pa.array(np.array([x], carrier)).cast(target)[0].as_py()
        kernel = self.kernel(*dtypes)

        def run(x: Any) -> Any:
            converted = kernel(np.array([x], carrier))
            if not isinstance(converted, tuple):
                return converted.item()
            data, missing = converted
            return None if missing is not None and missing[0] else data.item()

        return run

    def _from_text(self, target: Any) -> ArrayKernel:
        def run(x: Text) -> Any:
            parsed = self._parse(x, target)
            if is_text(target):
                codes = pa.array(x.codes, mask=x.missing)
                return Text(pa.DictionaryArray.from_arrays(codes, parsed))
            bad = np.asarray(parsed.is_null().to_numpy(zero_copy_only=False), np.bool_)
            filled = parsed.fill_null(False if pa.types.is_boolean(target) else 0)
            data = filled.to_numpy(zero_copy_only=False)
            if not len(data):
                data, bad = np.zeros(1, numpy_dtype(target)), np.zeros(1, np.bool_)
            return data[x.codes], (bad[x.codes] if bad.any() else None)

        return run

    def _parse(self, text: Text, target: Any) -> Any:
        """The distinct values of a text as another type, null where they are none."""
        try:
            return text.distinct.cast(target)
        except pa.ArrowInvalid:
            pass
        if self.errors == "raise":
            occurring, _ = text.counts()  # a file's dictionary may hold more than its rows
            bad = [s.as_py() for s in occurring if _parsed(s, target) is None]
            if bad:
                raise DataError(
                    f"{len(bad)} distinct strings are no {target}, such as {bad[0]!r:.60}.",
                    fix="Clean them, or use tb.cast(x, dtype, errors='null').",
                )
        return pa.array([_parsed(value, target) for value in text.distinct], target)


def _parsed(value: Any, target: Any) -> Any:
    try:
        return value.cast(target).as_py()
    except pa.ArrowInvalid:
        return None


def _to_integers(x: np.ndarray[Any, Any], carrier: np.dtype[Any]) -> Any:
    data, missing = _fitting(x, carrier)
    return data if missing is None or not missing.any() else (data, missing)


def _fitting(x: Any, carrier: np.dtype[Any]) -> tuple[Any, Any]:
    """Numbers as integers, and which of them do not fit (None where all do)."""
    limits = np.iinfo(carrier)
    if x.dtype.kind == "f":
        # float16 cannot hold the limits: they would become infinities, which all values are below.
        whole = np.trunc(x.astype(np.float32) if x.dtype == np.float16 else x)
        # 2**63 is a float and int64's limit is not, so the upper limit is tested as "below".
        fits = (whole >= float(limits.min)) & (whole < float(limits.max) + 1.0)
    else:
        whole, own = x, np.iinfo(x.dtype)
        tests = [x >= limits.min] if limits.min > own.min else []
        tests += [x <= limits.max] if limits.max < own.max else []
        if not tests:
            return x.astype(carrier), None
        fits = tests[0] if len(tests) == 1 else tests[0] & tests[1]
    return np.where(fits, whole, whole.dtype.type(0)).astype(carrier), ~fits
