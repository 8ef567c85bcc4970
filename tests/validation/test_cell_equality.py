"""When two cells are the same value, against plain Python comparison."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.validation.cell_equality import Tolerance, as_cells, equal_cells, has_value

NAN = float("nan")
ITEM = st.none() | st.sampled_from([0.0, -0.0, 1.5, NAN, math.inf])
NESTED = st.none() | st.lists(st.none() | st.lists(ITEM, max_size=3), max_size=3)


def equal(a, b, type_a=None, type_b=None, **options) -> list[bool]:
    columns = as_cells(pa.array(a, type_a)), as_cells(pa.array(b, type_b))
    return equal_cells(*columns, Tolerance(**options)).tolist()


def same(a, b) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a is b or a == b or (a != a and b != b)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(NESTED, NESTED), max_size=6), st.integers(0, 2))
def test_nested_lists(pairs, skipped):
    dtype = pa.list_(pa.list_(pa.float64()))
    a, b = (pa.array([pair[side] for pair in pairs], dtype)[skipped:] for side in (0, 1))
    expected = [same(x, y) for x, y in pairs[skipped:]]
    assert equal_cells(as_cells(a), as_cells(b)).tolist() == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (pa.array([1, 2, None]), pa.array([1, 3, None], pa.int8()), [True, False, True]),
        (pa.array([1, 2]), pa.array([1.0, 2.0]), [False, False]),
        (pa.array(["1", "a"]), pa.array([1, 2]), [False, False]),
        (pa.array(["a", None]).dictionary_encode(), pa.array([b"a", b""]), [True, False]),
        (pa.array([1, 2, None]), pa.array([[1], [2, 2], None]), [True, False, True]),
        (pa.array([[], None, [1]]), pa.array([None, None, None]), [False, True, False]),
        (pa.array([[1, 2]], pa.list_(pa.int64(), 2)), pa.array([[1, 2]]), [True]),
        (pa.array([0.1], pa.float32()), pa.array([0.1]), [True]),
        (pa.array([True]), pa.array([1]), [True]),
        (pa.chunked_array([[1], [2]]), pa.array([1, 2]), [True, True]),
        (
            pa.array([{"x": 1, "y": "a"}, {"x": 2, "y": "a"}, None]),
            pa.array([{"y": "a", "x": 1}, {"y": "b", "x": 2}, {"x": None, "y": None}]),
            [True, False, False],
        ),
        (pa.array([{"x": 1}]), pa.array([{"x": 1, "y": None}]), [True]),
        (
            pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            pa.array([[("k", 2)]], pa.map_(pa.string(), pa.int64())),
            [False],
        ),
        (pa.array([2**64 - 1], pa.uint64()), pa.array([2**64 - 1], pa.uint64()), [True]),
        (pa.array([2**64 - 1], pa.uint64()), pa.array([-1]), [False]),
        (pa.array([5], pa.uint64()), pa.array([5]), [True]),
    ],
)
def test_types(a, b, expected):
    assert equal_cells(as_cells(a), as_cells(b)).tolist() == expected
    assert equal_cells(as_cells(b), as_cells(a)).tolist() == expected


def test_rounding_and_tolerance():
    assert equal([2.001, 1.0], [2.002, 1.2], digits=2) == [True, False]
    assert equal([[2.001]], [[2.002]], digits=2) == [True]
    assert equal([1.0, 100.0], [1.05, 105.0], absolute=0.1) == [True, False]
    assert equal([1.0, 100.0], [1.05, 101.0], relative=0.01) == [False, True]
    assert equal([math.inf, math.inf, NAN], [math.inf, 1.0, 1.0], absolute=1) == [
        True,
        False,
        False,
    ]


def test_values_are_neither_null_nor_empty():
    assert has_value(pa.array([[1], [], None, [None]])).tolist() == [True, False, False, True]
    assert has_value(pa.array([np.nan, None], from_pandas=False)).tolist() == [True, False]
    assert has_value(pa.nulls(2)).tolist() == [False, False]
