"""Densities against recorded results of TFT."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb

NAN, INF = math.nan, math.inf
SCHEMA = pa.schema(
    {"x": pa.float64(), "i": pa.int64(), "s": pa.string(), "v": pa.list_(pa.float32())}
)


def density(column: str, *arguments: Any, **options: Any) -> Callable[[Any], Any]:
    return lambda i: {"y": tb.estimated_probability_density(i[column], *arguments, **options)}


SEEN = [1.0, 2.0, 2.5, 3.0, 4.0, 10.0, -1.0]
ASKED = [-5.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 9.0, 10.0, 11.0, 100.0, INF, -INF]
LOW, HIGH = 0.15584415197372437, 0.025974027812480927


# Recorded from tft.estimated_probability_density (TFT 1.16).
@pytest.mark.parametrize(
    ("boundaries", "expected"),
    [
        (3, [LOW] * 7 + [HIGH] * 5 + [LOW]),
        (
            [0.0, 2.0, 4.0],
            [0.1428571492433548] * 4 + [0.3571428656578064] * 8 + [0.1428571492433548],
        ),
        (
            None,
            [1.4285714626312256] * 3 + [8.571428298950195] * 9 + [1.4285714626312256],
        ),
    ],
)
def test_tft_gives_the_same_densities(boundaries: Any, expected: list[float]) -> None:
    seen = pa.table({"x": pa.array(SEEN, pa.float32())})
    fn = tb.fit(seen, density("x", boundaries))
    out = fn.transform(pa.table({"x": pa.array(ASKED, pa.float32())}))["y"]
    assert out.type == pa.float32()
    np.testing.assert_allclose(out.to_numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "dtype", "asked", "expected"),
    [
        (
            ["b", "a", "b", "", "c", "a"],
            pa.string(),
            ["b", "", "zz"],
            [0.3333333432674408, 0.1666666716337204, 0.0],
        ),
        (
            [1, 2, 2, 3, 7, 10, 10],
            pa.int64(),
            [1, 10, 99],
            [0.1428571492433548, 0.2857142984867096, 0.0],
        ),
    ],
)
def test_tft_gives_the_same_shares(
    values: Any, dtype: Any, asked: Any, expected: list[float]
) -> None:
    seen = pa.table({"x": pa.array(values, dtype)})
    fn = tb.fit(seen, density("x", categorical=True))
    out = fn.transform(pa.table({"x": pa.array(asked, dtype)}))["y"]
    assert out.type == pa.float32()
    np.testing.assert_allclose(out.to_numpy(), expected, rtol=1e-6)


def test_where_we_differ_from_tft() -> None:
    schema = pa.schema({"x": pa.float64()})
    fn = tb.fit(pa.table({"x": [*SEEN, NAN, None]}), density("x", [0.0, 2.0, 4.0]))
    out = fn.transform(pa.table({"x": [NAN, None, 3.0]}, schema=schema))["y"].to_pylist()
    assert math.isnan(out[0])
    assert out[1:] == [None, 5 / 7 / 2]
    constant = tb.fit(pa.table({"x": [5.0] * 3}), density("x", 3))
    assert [constant.row({"x": x})["y"] for x in (4.0, 5.0, 6.0)] == [0.0, INF, INF]


def test_no_rows_at_all() -> None:
    for boundaries in (3, [0.0, 1.0]):
        fn = tb.fit(SCHEMA.empty_table(), density("x", boundaries))
        assert math.isnan(fn.row({"x": 0.5})["y"])
    fn = tb.fit(SCHEMA.empty_table(), density("s", categorical=True))
    assert fn.row({"s": "a"}) == {"y": 0.0}


def test_two_densities_of_one_column_and_its_vocabulary(tmp_path: Any) -> None:
    def function(inputs: Any) -> Any:
        s = inputs["s"]
        return {
            "a": tb.estimated_probability_density(s, categorical=True),
            "b": tb.estimated_probability_density(s, categorical=True),
            "id": tb.compute_and_apply_vocabulary(s),
        }

    fn = tb.fit(pa.table({"s": ["b", "a", "b", ""]}), function)
    fn.save(str(tmp_path / "fn"))
    loaded = tb.load(str(tmp_path / "fn"))
    assert loaded.row({"s": ""}) == {"a": 0.25, "b": 0.25, "id": -1}
    assert loaded.row({"s": "b"}) == {"a": 0.5, "b": 0.5, "id": 0}
