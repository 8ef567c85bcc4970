from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb


def found(values: object, constants: object, dtype: object = None) -> list[object]:
    table = pa.table({"x": pa.array(values, dtype)})
    return tb.fit_transform(table, lambda i: {"y": tb.is_in(i["x"], constants)})[0]["y"].to_pylist()


def test_values_are_among_constants_of_their_type() -> None:
    assert found(["a", None, "b", ""], ["", "b"]) == [False, None, True, True]
    assert found([2**63 - 1, 2**63 - 2], [2**63 - 1]) == [True, False]
    assert found([0.1, 0.2], [0.1], pa.float32()) == [True, False]
    assert found([True, False, None], np.array([False])) == [False, True, None]
    assert found([[1, 5], [], None], [5], pa.list_(pa.int8())) == [[False, True], [], None]


def test_nan_is_among_no_values_and_zeros_are_one() -> None:
    assert found([float("nan"), -0.0, float("inf")], [0.0]) == [False, True, False]


def test_no_constants_contain_nothing() -> None:
    assert found([1, None], []) == [False, None]


def test_order_and_repetition_of_constants_do_not_matter() -> None:
    table = pa.table({"x": ["a"]})
    digests = {
        tb.fit(table, lambda i, c=constants: {"y": tb.is_in(i["x"], c)}).digest
        for constants in (["a", "b"], ("b", "a", "b"), {"a", "b"})
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("values", "constants"),
    [
        (["a"], [1]),
        ([1], ["a"]),
        ([1], [1.5]),
        ([1], [True]),
        ([True], [1]),
        ([1.0], [float("nan")]),
        ([1.0], [float("inf")]),
        ([1], [None]),
        (["a"], "a"),
        ([1], 1),
        ([1], [2**80]),
    ],
)
def test_constants_of_another_type_are_refused(values: object, constants: object) -> None:
    with pytest.raises(tb.TraceError, match=r"among values of|compared with|values of is_in") as e:
        found(values, constants)
    assert "is_in" in e.value.where or "y" in e.value.where
