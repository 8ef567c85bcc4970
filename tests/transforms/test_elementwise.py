"""Arithmetic, real functions, comparisons and logic against NumPy, pandas and Python."""

from __future__ import annotations

import datetime
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import taurus_beam as tb

UNARY = (
    *("sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos"),
    *("tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "degrees", "radians", "rint"),
    *("floor", "ceil", "trunc", "isnan", "isinf", "isfinite", "negative", "absolute", "sign"),
    "square",
)
BINARY = (
    *("add", "subtract", "multiply", "divide", "floor_divide", "remainder", "minimum", "maximum"),
    *("fmin", "fmax", "power", "arctan2", "hypot", "logaddexp"),
)
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
OF_INTEGERS = {"negative", "absolute", "sign", "square", *BINARY[:10], *COMPARISONS}
DTYPES = ["int8", "int64", "uint8", "uint64", "float32", "float64"]


def outcome(function: Callable[..., Any], *columns: Any) -> Any:
    """What a function of columns gives for some arrays, as an Arrow array."""
    table = pa.table({f"c{i}": column for i, column in enumerate(columns)})

    def preprocess(inputs: Any) -> dict[str, Any]:
        return {"out": function(*(inputs[name] for name in table.column_names))}

    return tb.fit_transform(table, preprocess)[0]["out"].combine_chunks()


def numpy_result(name: str, *arrays: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    with np.errstate(all="ignore"):
        if name not in OF_INTEGERS:
            arrays = tuple(a if a.dtype.kind == "f" else a.astype(np.float64) for a in arrays)
        result: np.ndarray[Any, Any] = getattr(np, name)(*arrays)
        return result


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_functions_of_one_column(name: str, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(DTYPES))
    array = data.draw(hnp.arrays(dtype, st.integers(1, 20)))
    whole = name in ("floor", "ceil", "trunc") and array.dtype.kind != "f"
    expected = array if whole else numpy_result(name, array)  # integers are whole already
    found = outcome(getattr(np, name), array).to_numpy(zero_copy_only=False)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", BINARY + COMPARISONS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_functions_of_two_columns(name: str, data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from(DTYPES)) for _ in range(2))
    rows = data.draw(st.integers(2, 20))
    arrays = data.draw(hnp.arrays(one, rows)), data.draw(hnp.arrays(other, rows))
    expected = numpy_result(name, *arrays)
    found = outcome(getattr(np, name), *arrays).to_numpy(zero_copy_only=False)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shortcut", [0.5, -1.0, 0.0, 1.0, 2.0])
def test_a_power_does_not_depend_on_how_many_rows_there_are(shortcut: float) -> None:
    bases = np.array([0.3, 1e-300, -0.0, -math.inf, 7.7, math.nan])
    many = outcome(lambda x: x**shortcut, bases).to_pylist()
    single = [outcome(lambda x: x**shortcut, bases[i : i + 1])[0].as_py() for i in range(6)]
    np.testing.assert_array_equal(many, single)
    assert np.array_equal(np.signbit(many), np.signbit(single))


def test_integers_wrap_around_and_divide_by_zero_as_in_numpy() -> None:
    x = pa.array([127, -128, 5], pa.int8())
    assert outcome(lambda x: x + 1, x).to_pylist() == [-128, -127, 6]
    assert outcome(lambda x: -x, x).to_pylist() == [-127, -128, -5]
    assert outcome(lambda x: x // 0, x).to_pylist() == [0, 0, 0]
    assert outcome(lambda x: x % 0, x).to_pylist() == [0, 0, 0]
    assert outcome(lambda x: x / 0, x).to_pylist() == [math.inf, -math.inf, math.inf]


def test_missing_and_nan_are_two_things() -> None:
    x = pa.array([1.0, None, math.nan])
    assert outcome(lambda x: x + 1, x).is_null().to_pylist() == [False, True, False]
    assert outcome(np.isnan, x).to_pylist() == [False, None, True]
    assert outcome(tb.is_null, x).to_pylist() == [False, True, False]


def test_strings_are_joined() -> None:
    s = pa.array(["a", None, ""])
    assert outcome(lambda s: s + "!", s).to_pylist() == ["a!", None, "!"]
    assert outcome(lambda s: "<" + s + s, s).to_pylist() == ["<aa", None, "<"]
    assert outcome(lambda a, b: a + b, s, s.take([2, 1, 0])).to_pylist() == ["a", None, "a"]
    with pytest.raises(tb.TraceError, match="cannot combine string and binary"):
        outcome(lambda a, b: a + b, s, s.cast(pa.binary()))


def test_times_move_by_durations_as_in_pandas() -> None:
    start = pd.Series(pd.to_datetime(["2024-02-28T23:00", "1969-12-31T00:00", None])).astype(
        "datetime64[us]"
    )
    span = pd.Series(pd.to_timedelta(["2h", "-3 days", "1s"])).astype("timedelta64[us]")
    arrow = pa.array(start), pa.array(span)
    for function in (operator.add, operator.sub):
        found = outcome(function, *arrow)
        assert found.equals(pa.array(function(start, span)))
    assert outcome(operator.sub, arrow[0], arrow[0]).to_pylist() == [
        datetime.timedelta(0),
        datetime.timedelta(0),
        None,
    ]
    with pytest.raises(tb.TraceError, match="same unit"):
        outcome(operator.add, arrow[0], arrow[1].cast(pa.duration("s")))


def test_vectors_and_lists_go_with_scalars_and_their_like() -> None:
    vectors = pa.array([[1.0, 2.0], None, [3.0, None]], pa.list_(pa.float64(), 2))
    lists = pa.array([[1.0, 2.0], [], None], pa.list_(pa.float64()))
    scalars = pa.array([10.0, 20.0, None])
    assert outcome(operator.add, vectors, scalars).to_pylist() == [[11.0, 12.0], None, [None, None]]
    assert outcome(operator.add, scalars, lists).to_pylist() == [[11.0, 12.0], [], None]
    assert outcome(lambda v: v * [2.0, 0.0], vectors).to_pylist() == [[2.0, 0.0], None, [6.0, None]]
    assert outcome(lambda v: v[1] - v[0], vectors).to_pylist() == [1.0, None, None]
    assert outcome(lambda v: v[-2], vectors).to_pylist() == [1.0, None, 3.0]
    with pytest.raises(tb.DataError, match="different lengths"):
        outcome(operator.add, lists, pa.array([[1.0], [], None], pa.list_(pa.float64())))


@pytest.mark.parametrize("name", COMPARISONS)
@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.none() | st.text(max_size=3), st.none() | st.text(max_size=3))))
def test_strings_compare_by_their_utf8_bytes(name: str, pairs: list[Any]) -> None:
    compare = getattr(
        operator,
        {
            "equal": "eq",
            "not_equal": "ne",
            "less": "lt",
            "less_equal": "le",
            "greater": "gt",
            "greater_equal": "ge",
        }[name],
    )
    expected = [
        None if a is None or b is None else compare(a.encode(), b.encode()) for a, b in pairs
    ]
    columns = [pa.array(c, pa.string()) for c in (zip(*pairs, strict=True) if pairs else ([], []))]
    assert outcome(compare, *columns).to_pylist() == expected
    fixed = [None if a is None else compare(a.encode(), b"b") for a, _ in pairs]
    assert outcome(lambda a: compare(a, "b"), columns[0]).to_pylist() == fixed


def test_large_integers_are_compared_exactly() -> None:
    signed, unsigned = pa.array([-1, 2**62 + 1]), pa.array([2**64 - 1, 2**62], pa.uint64())
    assert outcome(operator.lt, signed, unsigned).to_pylist() == [True, False]
    assert outcome(operator.eq, signed, unsigned).to_pylist() == [False, False]


THREE = (True, False, None)


@pytest.mark.parametrize("function", [operator.and_, operator.or_, operator.xor])
def test_logic_with_missing_values_is_that_of_pandas(function: Callable[..., Any]) -> None:
    left, right = zip(*itertools.product(THREE, THREE), strict=True)
    expected = function(pd.array(left, "boolean"), pd.array(right, "boolean"))
    found = outcome(function, pa.array(left), pa.array(right))
    assert found.to_pylist() == [None if v is pd.NA else bool(v) for v in expected]
    for constant in (True, False):
        fixed = function(pd.array(left, "boolean"), constant)
        assert outcome(lambda x, c=constant: function(x, c), pa.array(left)).to_pylist() == [
            None if v is pd.NA else bool(v) for v in fixed
        ]


def test_not_keeps_what_is_missing() -> None:
    assert outcome(operator.invert, pa.array(THREE)).to_pylist() == [False, True, None]
