from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.serving.differences import differing_rows

NAN = float("nan")


@pytest.mark.parametrize(
    ("dtype", "one", "other", "expected"),
    [
        (pa.int64(), [1, None, 2, 3], [1, None, None, 4], [False, False, True, True]),
        (pa.float32(), [0.0, NAN, None, 1.5], [-0.0, NAN, NAN, 1.5], [True, False, True, False]),
        (pa.string(), ["a", "", None], ["a", None, None], [False, True, False]),
        (pa.bool_(), [True, False], [True, True], [False, True]),
        (
            pa.list_(pa.float64()),
            [[1, 2], [], None, [NAN], [1, None]],
            [[1, 3], [], [], [NAN], [1, 0]],
            [True, False, True, False, True],
        ),
        (pa.list_(pa.int8(), 2), [[1, 2], None, [3, 4]], [[1, 2], None, [4, 4]], [0, 0, 1]),
        (pa.list_(pa.string()), [["a"], ["a", "b"]], [["a", "a"], ["a", "b"]], [True, False]),
    ],
)
def test_cells_differ(dtype: Any, one: Any, other: Any, expected: list[bool]) -> None:
    found = differing_rows(pa.array(one, dtype), pa.array(other, dtype))
    assert found.tolist() == [bool(e) for e in expected]


def test_slices_and_chunks_are_columns_too() -> None:
    whole = pa.array([[1], [2, 3], None, [4]])
    chunks = pa.chunked_array([whole.slice(0, 1), whole.slice(1)])
    assert not differing_rows(whole, chunks).any()
    assert differing_rows(whole.slice(1), whole.slice(0, 3)).tolist() == [True, True, True]


@settings(max_examples=40, deadline=None)
@given(st.floats(-1e300, 1e300), st.integers(1, 4))
def test_floats_may_lie_some_numbers_apart(value: float, ulps: int) -> None:
    unit = np.spacing(abs(value))
    one, near, far = (np.array([value + k * unit, 0.0]) for k in (0, ulps, ulps + 2))
    assert not differing_rows(pa.array(one), pa.array(near), ulps).any()
    assert differing_rows(pa.array(one), pa.array(far), ulps).tolist() == [True, False]


def test_what_is_near_zero_may_be_off_as_far_as_what_is_large() -> None:
    one = pa.array([1.0, 1e-17, float("inf")])
    assert not differing_rows(one, pa.array([1.0, -1e-16, float("inf")]), ulps=1).any()
    assert differing_rows(one, pa.array([1.0, 1e-15, -float("inf")]), ulps=1).tolist() == [
        *[False, True, True]
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.lists(st.none() | st.floats(), max_size=3), max_size=6))
def test_a_column_does_not_differ_from_itself(values: list[Any]) -> None:
    column = pa.array(values, pa.list_(pa.float64()))
    assert not differing_rows(column, column).any()
