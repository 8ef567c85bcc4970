"""Vectors against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

VECTOR = pa.list_(pa.float64(), 3)
SCHEMA = pa.schema(
    {
        "x": pa.float64(),
        "f": pa.float32(),
        "i": pa.int64(),
        "s": pa.string(),
        "t": pa.string(),
        "b": pa.bool_(),
        "v": VECTOR,
        "w": pa.list_(pa.float32(), 3),
        "n": pa.list_(pa.int16(), 2),
        "texts": pa.list_(pa.string(), 2),
    }
)
MATRIX = np.array([[0.1, -2.0], [1e-3, 3.5], [7.0, 0.0]])


FLOATS = st.floats() | st.sampled_from([0.0, -0.0, 1.5])
TEXTS = st.sampled_from(["", "a", "b", "ü"])


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def lists(elements: st.SearchStrategy[Any], size: int) -> st.SearchStrategy[Any]:
    return optional(st.lists(optional(elements), min_size=size, max_size=size))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "x": optional(FLOATS),
            "f": optional(st.floats(width=32)),
            "i": optional(st.integers(-(2**63), 2**63 - 1)),
            "s": optional(TEXTS),
            "t": optional(TEXTS),
            "b": optional(st.booleans()),
            "v": lists(FLOATS, 3),
            "w": lists(st.floats(width=32), 3),
            "n": lists(st.integers(-300, 300), 2),
            "texts": lists(TEXTS, 2),
        }
    ),
    max_size=8,
)


def bits(value: Any) -> Any:
    """A value whose floats compare by their bits, every NaN being alike."""
    if isinstance(value, list):
        return [bits(element) for element in value]
    if isinstance(value, float):
        return "nan" if value != value else value.hex()
    return value


@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_stack_and_concat_hold_what_their_columns_held(rows: list[Any]) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    out, _ = tb.fit_transform(
        table,
        lambda i: {
            "numbers": tb.stack([i["x"], i["f"]]),
            "text": tb.concat([i["texts"], i["s"]]),
        },
    )
    for row, numbers, text in zip(
        table.to_pylist(), out["numbers"].to_pylist(), out["text"].to_pylist(), strict=True
    ):
        assert bits(numbers) == bits([row["x"], row["f"]])
        assert text == [*(row["texts"] or [None, None]), row["s"]]


@pytest.mark.parametrize(
    ("weights", "dtype"),
    [(MATRIX, "float64"), ([1.0, 2.0, 3.0], "float64"), (np.arange(3), "float64")],
)
def test_dot_is_numpys(weights: Any, dtype: str) -> None:
    values = np.random.default_rng(5).normal(size=(50, 3))
    out = tb.fit_transform({"v": values}, lambda i: {"y": tb.dot(i["v"], weights)})[0]["y"]
    assert out.dtype == dtype
    np.testing.assert_allclose(out, values @ np.asarray(weights), rtol=1e-13)


def test_dot_is_rounded_once_to_float32() -> None:
    values = np.random.default_rng(6).normal(size=(50, 3)).astype(np.float32)
    weights = MATRIX.astype(np.float32)
    out = tb.fit_transform({"v": values}, lambda i: {"y": tb.dot(i["v"], weights)})[0]["y"]
    exact = values.astype(np.float64) @ weights.astype(np.float64)
    np.testing.assert_allclose(out, exact, rtol=1e-7, atol=1e-12)
    assert out.dtype == np.float32


def test_a_missing_element_makes_the_product_missing() -> None:
    table = pa.table({"v": pa.array([[1.0, None, 2.0], None, [1.0, 1.0, 1.0]], VECTOR)})
    out, _ = tb.fit_transform(
        table, lambda i: {"y": tb.dot(i["v"], [1, 1, 1]), "m": tb.dot(i["v"], MATRIX)}
    )
    assert out["y"].to_pylist() == [None, None, 3.0]
    assert out["m"].to_pylist()[:2] == [None, None]


def test_selected_positions() -> None:
    table = pa.table({"v": pa.array([[1.0, None, 2.0], None], VECTOR)})
    out, _ = tb.fit_transform(table, lambda i: {"y": tb.select_positions(i["v"], [2, 1, -3])})
    assert out["y"].to_pylist() == [[2.0, None, 1.0], None]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda i: tb.stack([]), "takes a list of columns"),
        (lambda i: tb.stack(i["x"]), "takes a list of columns"),
        (lambda i: tb.stack([i["v"]]), "one value a row"),
        (lambda i: tb.stack([i["x"], i["s"]]), "cannot be in one vector"),
        (lambda i: tb.dot(i["x"], [1.0]), "cannot multiply"),
        (lambda i: tb.dot(i["v"], [1.0]), "cannot multiply"),
        (lambda i: tb.dot(i["v"], [[[1.0]]]), "no weights"),
        (lambda i: tb.dot(i["texts"], [1.0, 2.0]), "takes numbers"),
        (lambda i: tb.select_positions(i["v"], [3]), "not all inside"),
        (lambda i: tb.select_positions(i["v"], []), "no positions"),
        (lambda i: tb.select_positions(i["v"], [0.5]), "no positions"),
        (lambda i: tb.select_positions(i["x"], [0]), "from vectors"),
        (lambda i: tb.select_positions(i["v"], i["n"]), "differ from row to row"),
    ],
)
def test_what_does_not_fit_is_refused_while_tracing(function: Any, message: str) -> None:
    with pytest.raises(tb.TraceError, match=message):
        tb.fit(SCHEMA.empty_table(), lambda i: {"y": function(i)})
