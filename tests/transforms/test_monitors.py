from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

NAN, INF = float("nan"), float("inf")


def violations(values: Any, watch: Any, dtype: Any = None) -> list[bool]:
    """What the one monitor says of each row; the batch path and the row path agree on it."""
    table = pa.table({"x": pa.array(values, dtype)})

    def preprocessing_fn(inputs: Any) -> dict[str, Any]:
        return {"one": tb.is_null(watch(inputs["x"]))}

    fn = tb.fit(table, preprocessing_fn)
    (column,) = fn.transform_and_monitor(table)[1].columns
    by_row = [list(fn.row_and_monitor(row)[1].values()) for row in table.to_pylist()]
    assert by_row == [[flag] for flag in column.to_pylist()]
    return list(column.to_pylist())


def test_range_includes_its_ends_and_nan_lies_in_none() -> None:
    def watch(x: Any) -> Any:
        return tb.monitor_range(x, 0, 2)

    assert violations([0.0, 2.0, 2.1, -0.1, None, NAN, INF], watch) == [
        *[False, False, True, True, False, True, True]
    ]
    assert violations([[1, 3], [], None, [None, 2]], watch) == [True, False, False, False]


def test_range_may_have_one_end() -> None:
    assert violations([1, 5], lambda x: tb.monitor_range(x, max=4)) == [False, True]
    assert violations([1, 5], lambda x: tb.monitor_range(x, min=4)) == [True, False]


def test_bounds_from_analyzers_are_frozen() -> None:
    def preprocessing_fn(inputs: Any) -> dict[str, Any]:
        x = tb.monitor_range(inputs["x"], tb.min(inputs["x"]), tb.max(inputs["x"]), name="seen")
        return {"x": x}

    fn = tb.fit(pa.table({"x": [3, 9, 5]}), preprocessing_fn)
    _, found = fn.transform_and_monitor({"x": [2, 3, 9, 10]})
    assert found["seen"].tolist() == [True, False, False, True]


def test_set_of_constants_and_of_a_vocabulary() -> None:
    assert violations(["a", "c", None], lambda x: tb.monitor_in_set(x, ["a", "b"])) == [
        *[False, True, False]
    ]
    assert violations([["a"], ["a", "z"]], lambda x: tb.monitor_in_set(x, ["a"])) == [False, True]

    fn = tb.fit(
        pa.table({"x": ["a", "b", "a"]}),
        lambda i: {"x": tb.monitor_in_set(i["x"], tb.vocabulary(i["x"], top_k=1))},
    )
    assert [fn.row_and_monitor({"x": x})[1]["x_in_set"] for x in ("a", "b", None)] == [
        *[False, True, False]
    ]


def test_not_null_looks_at_lists_and_their_elements() -> None:
    assert violations([1.0, None, NAN], tb.monitor_not_null) == [False, True, False]
    assert violations([[1], [None, 1], [], None], tb.monitor_not_null) == [
        *[False, True, False, True]
    ]


def test_zscore_is_that_of_the_analyzed_data() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
    z = np.abs(values - values.mean()) / values.std()
    expected = (z > 1.5).tolist()
    assert violations(values, lambda x: tb.monitor_zscore(x, 1.5)) == expected
    assert any(expected)
    assert not all(expected)


def test_every_other_value_violates_a_constant_column() -> None:
    fn = tb.fit(pa.table({"x": [4.0, 4.0]}), lambda i: {"x": tb.monitor_zscore(i["x"])})
    found = fn.transform_and_monitor({"x": [4.0, 4.1, NAN]})[1]["x_zscore"]
    assert found.tolist() == [False, True, True]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.none(), max_size=12),
    st.floats(-10, 10),
    st.floats(-10, 10),
)
def test_range_is_what_pandas_says(values: list[float | None], low: float, high: float) -> None:
    within = pd.Series(values, dtype=float).between(low, high)
    missing = np.array([v is None for v in values], bool)
    expected = (~within.to_numpy(bool) & ~missing).tolist()
    assert violations(values, lambda x: tb.monitor_range(x, low, high), pa.float64()) == expected


def test_names_are_the_columns_and_each_is_one() -> None:
    def preprocessing_fn(inputs: Any) -> dict[str, Any]:
        x = tb.monitor_range(inputs["x"], 0)
        x = tb.monitor_range(x, 1)
        log = tb.monitor_range(np.log1p(x), 0)
        return {"x": tb.monitor_not_null(log, name="complete")}

    fn = tb.fit(pa.table({"x": [1.0]}), preprocessing_fn)
    assert fn.monitors == ["x_range", "x_range_2", "log1p_range", "complete"]


def test_the_same_monitor_twice_is_one() -> None:
    def preprocessing_fn(inputs: Any) -> dict[str, Any]:
        return {"x": tb.monitor_range(tb.monitor_range(inputs["x"], 0), 0)}

    assert tb.fit(pa.table({"x": [1.0]}), preprocessing_fn).monitors == ["x_range"]


def test_counts_add_up_over_batches_and_rows() -> None:
    fn = tb.fit(pa.table({"x": [1, 2]}), lambda i: {"x": tb.monitor_range(i["x"], 0, 5)})
    fn.transform(pa.table({"x": [1, 9, None]}))
    fn.row({"x": 7})
    fn.transform(pa.record_batch({"x": pa.array([], pa.int64())}))
    (count,) = fn.monitor_counts.values()
    assert (count.rows, count.violations, count.share) == (4, 2, 0.5)


def test_monitors_survive_saving_and_are_part_of_the_digest(tmp_path: Any) -> None:
    def watched(inputs: Any) -> dict[str, Any]:
        return {"x": tb.monitor_range(inputs["x"], 0, 5)}

    table = pa.table({"x": [1, 9]})
    fn = tb.fit(table, watched)
    fn.save(str(tmp_path / "fn"))
    loaded = tb.load(str(tmp_path / "fn"))
    assert loaded.digest == fn.digest != tb.fit(table, lambda i: {"x": i["x"]}).digest
    assert loaded.transform_and_monitor(table)[1]["x_range"].to_pylist() == [False, True]
    assert "monitors\n  x_range = " in loaded.describe()


def test_a_column_that_only_a_monitor_reads_is_read() -> None:
    def preprocessing_fn(inputs: Any) -> dict[str, Any]:
        tb.monitor_not_null(inputs["watched"])
        return {"x": inputs["x"]}

    schema = pa.schema({"x": pa.int64(), "watched": pa.int64(), "other": pa.int64()})
    assert tb.get_transform_input_columns(preprocessing_fn, schema) == ["watched", "x"]


@pytest.mark.parametrize(
    ("watch", "message"),
    [
        (lambda i: tb.monitor_range(i["x"]), "has no limit"),
        (lambda i: tb.monitor_range(i["x"], "a"), "cannot compare"),
        (lambda i: tb.monitor_in_set(i["x"], i["x"]), "are a double"),
        (lambda i: tb.monitor_in_set(i["x"], "ab"), "values of monitor_in_set"),
        (lambda i: tb.monitor_zscore(i["x"], 0), "threshold is 0"),
        (lambda i: tb.monitor_zscore(i["s"]), "takes numbers"),
        (lambda i: tb.monitor(i["x"], i["x"]), "no boolean column"),
        (lambda i: tb.monitor(i["x"], tb.min(i["x"]) > 0), "the same for all rows"),
        (lambda i: tb.monitor_not_null(i["x"], name=""), "name is ''"),
    ],
)
def test_mistakes_are_told_with_their_line(watch: Any, message: str) -> None:
    with pytest.raises(tb.TraceError, match=message) as error:
        tb.fit(pa.table({"x": [1.0], "s": ["a"]}), lambda i: {"x": watch(i)})
    assert "test_monitors.py" in str(error.value.where)


def test_two_monitors_of_one_name_are_refused() -> None:
    def preprocessing_fn(inputs: Any) -> dict[str, Any]:
        tb.monitor_range(inputs["x"], 0, name="mine")
        return {"x": tb.monitor_range(inputs["x"], 1, name="mine")}

    with pytest.raises(tb.TraceError, match="'mine' is used for two"):
        tb.fit(pa.table({"x": [1.0]}), preprocessing_fn)
