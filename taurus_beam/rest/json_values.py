"""JSON values and what they mean as features, in both directions, column by column.

``null`` is missing. JSON has no NaN and no infinities: they are the strings ``"NaN"``,
``"Infinity"`` and ``"-Infinity"`` in float features, as in the JSON form of protocol buffers.
Binary is base64, dates and timestamps are ISO 8601, durations are integers of their unit.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.errors import DataError, TaurusError
from taurus_beam.graph.types import ColumnType, is_float, is_integer, is_temporal
from taurus_beam.rest.refusals import RequestError, refusal, wrong_feature
from taurus_beam.serving.row_values import reader

__all__ = ["JsonColumn", "encoded", "parsed", "plain_values"]

_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_NOTHING = type(None)
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


class _Literal:
    """``NaN`` and its like without quotes: kept, so that the feature it stands for can be named."""

    def __init__(self, text: str) -> None:
        self.text = text


def parsed(body: bytes) -> Any:
    """The value of a JSON document.

    Raises:
        RequestError: If it is no UTF-8, no JSON, nested too deep, or names something twice.
    """
    try:
        text = body.decode("utf-8")
        return json.loads(text, parse_constant=_Literal, object_pairs_hook=_once_each)
    except UnicodeDecodeError as problem:
        raise refusal(400, f"The body is no UTF-8: {problem.reason}.", "JSON in UTF-8") from None
    except ValueError as problem:
        raise refusal(400, f"The body is no JSON: {problem}", "a JSON document") from None
    except RecursionError:
        raise refusal(400, "The body is nested too deep.", "lists of at most two levels") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of two entries of one name, readers of JSON differ in which they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise wrong_feature(
            twice, f"{twice!r} is given twice in one object.", expected="each name once"
        )
    return found


def encoded(value: Any) -> bytes:
    """A JSON document of some plain values; NaN and infinities as strings."""
    try:
        text = _ENCODER.encode(value)
    except ValueError:
        text = _ENCODER.encode(_without_specials(value))
    return text.encode()


def _without_specials(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [_without_specials(v) for v in value]
    if isinstance(value, dict):
        return {name: _without_specials(v) for name, v in value.items()}
    return value


def plain_values(array: Any, column_type: ColumnType) -> list[Any]:
    """The rows of an output as what `encoded` takes."""
    dtype = column_type.dtype
    if not column_type.is_scalar and (is_temporal(dtype) or pa.types.is_binary(dtype)):
        element = ColumnType(dtype)
        return [None if row.values is None else plain_values(row.values, element) for row in array]
    if pa.types.is_binary(dtype):
        return [None if v is None else base64.b64encode(v).decode() for v in array.to_pylist()]
    if pa.types.is_duration(dtype):
        array = array.cast(pa.int64())
    elif is_temporal(dtype):
        if pa.types.is_timestamp(dtype) and dtype.tz:
            array = array.cast(pa.timestamp(dtype.unit, "UTC"))
        array = pc.replace_substring(array.cast(pa.string()), " ", "T")
    values: list[Any] = array.to_pylist()
    return values


@dataclass(frozen=True)
class JsonColumn:
    """A feature whose values come in JSON.

    Attributes:
        name: The feature.
        type: Its type.
    """

    name: str
    type: ColumnType

    def array(self, values: Sequence[Any]) -> Any:
        """The Arrow array of the values of all rows.

        Raises:
            RequestError: If a value does not fit, naming the feature and the row.
        """
        fast = self._common(values)
        if fast is not None:
            return fast
        with np.errstate(over="ignore"):  # beyond a narrow float: infinite, as in the row path
            prepared = list(map(self._checked, range(len(values)), values))
        return pa.array(prepared, self._carried.to_arrow()).cast(self.type.to_arrow())

    def value(self, value: Any) -> Any:
        """One row's value as the row path takes it; that path checks what is left to check.

        Raises:
            RequestError: If no value of the feature can be meant.
        """
        if value.__class__ is list and not self.type.is_scalar:
            return [self._element(v) for v in value]
        return self._element(value)

    def _checked(self, row: int, value: Any) -> Any:
        try:
            return self._read({self.name: self.value(value)})
        except DataError as problem:
            raise self._at(row, problem) from None
        except RequestError as problem:
            raise self._at(row, problem.error) from None

    def _common(self, values: Sequence[Any]) -> Any:
        """The array where all values are of the one plain kind, None where one is not."""
        dtype, kinds = self.type.dtype, set(map(type, values))
        plain = _PLAIN.get(_kind(dtype))
        if plain is None or not self.type.is_scalar or not kinds <= plain:
            return None
        try:
            array = pa.array(values, dtype)
        except (pa.ArrowException, ValueError, OverflowError, TypeError):
            return None
        if is_float(dtype) and np.isinf(array.to_numpy(zero_copy_only=False)).any():
            return None
        return array

    def _element(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, _Literal):
            raise self._unfit(
                f"has a bare {value.text}, which is no JSON",
                'the string "NaN", "Infinity" or "-Infinity" where it is meant; null for missing',
            )
        return self._convert(value)

    @cached_property
    def _convert(self) -> Callable[[Any], Any]:
        dtype = self.type.dtype
        if is_float(dtype):
            return self._float
        if pa.types.is_string(dtype):
            return self._text
        if pa.types.is_binary(dtype):
            return self._binary
        if is_temporal(dtype):
            return self._time
        return lambda value: value

    def _float(self, value: Any) -> Any:
        if value.__class__ is str and value in _SPECIAL:
            return _SPECIAL[value]
        if value.__class__ is float and math.isinf(value):
            raise self._unfit("has a number beyond all doubles", "a number of at most 1.8e308")
        return value

    def _text(self, value: Any) -> Any:
        if value.__class__ is str and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                expected = "text of Unicode characters"
                raise self._unfit("has half a surrogate pair", expected) from None
        return value

    def _binary(self, value: Any) -> Any:
        try:
            return base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise self._unfit("has what is no base64", "a string of base64") from None

    def _time(self, value: Any) -> Any:
        dtype = self.type.dtype
        try:
            if pa.types.is_duration(dtype):
                if value.__class__ is not int:
                    raise TypeError
                return value
            if value.__class__ is not str:
                raise TypeError
            return pa.array([value]).cast(dtype).cast(self._carried.dtype)[0].as_py()
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            raise self._unfit(f"has no {dtype}: {value!r:.60}", _TIME_FORMS[_kind(dtype)]) from None

    @cached_property
    def _read(self) -> Callable[[Any], Any]:
        return reader(self.name, self._carried)

    @cached_property
    def _carried(self) -> ColumnType:
        """What Python values are made of: dates and durations are integers of their unit."""
        dtype = self.type.dtype
        if not is_temporal(dtype):
            return self.type
        return self.type.with_dtype(pa.int32() if pa.types.is_date32(dtype) else pa.int64())

    def _unfit(self, what: str, expected: str) -> RequestError:
        return wrong_feature(self.name, f"Feature {self.name!r} {what}.", expected=expected)

    def _at(self, row: int, error: TaurusError) -> RequestError:
        where = f"feature {self.name!r}, row {row}"
        return wrong_feature(self.name, error.what, where, error.expected, error.fix)


def _kind(dtype: Any) -> str:
    if is_float(dtype):
        return "float"
    if is_integer(dtype):
        return "integer"
    return str(dtype).partition("[")[0]


_PLAIN: dict[str, set[type]] = {
    "float": {float, int, _NOTHING},
    "integer": {int, _NOTHING},
    "bool": {bool, _NOTHING},
    "string": {str, _NOTHING},
}
_TIME_FORMS = {
    "date32": "a string such as 2024-02-29",
    "timestamp": "a string such as 2024-02-29T23:59:59, with Z or an offset where the feature "
    "has a time zone",
    "duration": "an integer of the feature's unit",
}
