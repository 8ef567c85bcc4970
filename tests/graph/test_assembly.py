"""Batches that are put together at once are those that are made column by column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph.assembly import Assembly
from taurus_beam.graph.types import ColumnType, numpy_dtype
from taurus_beam.graph.values import Values

DTYPES = [
    *(pa.bool_(), pa.int8(), pa.int16(), pa.uint32(), pa.int64(), pa.uint64()),
    *(pa.float16(), pa.float32(), pa.float64(), pa.date32(), pa.timestamp("us", "UTC")),
]


def column(dtype: pa.DataType, rows: int, share_missing: float, seed: int) -> Values:
    random = np.random.default_rng(seed)
    data = random.integers(0, 100, rows).astype(numpy_dtype(dtype))
    missing = random.random(rows) < share_missing if share_missing else None
    return Values(ColumnType(dtype), data, rows, missing)


def by_arrow(values: Values) -> pa.Array:
    """The array that Arrow itself makes of Python values."""
    carrier = pa.from_numpy_dtype(values.array.dtype)
    plain = values.array.tolist()
    if values.missing is not None:
        plain = [None if m else e for e, m in zip(plain, values.missing, strict=True)]
    return pa.array(plain, carrier).cast(values.type.dtype)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from(DTYPES), st.sampled_from([0.0, 0.0, 0.3, 1.0])), min_size=1),
    st.integers(1, 200),
)
def test_a_batch_is_that_of_arrays(columns, rows):
    values = [column(dtype, rows, share, i) for i, (dtype, share) in enumerate(columns)]
    schema = pa.schema([(f"c{i}", dtype) for i, (dtype, _) in enumerate(columns)])
    made = Assembly(schema).batch(values, rows)
    assert made is not None
    made.validate(full=True)
    expected = [by_arrow(each) for each in values]
    assert made.equals(pa.RecordBatch.from_arrays(expected, schema=schema))
    assert [c.null_count for c in made.columns] == [c.null_count for c in expected]


def test_elements_of_every_second_place_and_of_another_type_are_taken():
    schema = pa.schema({"x": pa.float64(), "n": pa.int64()})
    strided = Values(ColumnType(pa.float64()), np.arange(10.0)[::2], 5)
    narrow = Values(ColumnType(pa.int64()), np.arange(5, dtype=np.int8), 5)
    made = Assembly(schema).batch([strided, narrow], 5)
    assert made is not None
    assert made.to_pydict() == {"x": [0.0, 2.0, 4.0, 6.0, 8.0], "n": [0, 1, 2, 3, 4]}


def test_a_mask_without_a_missing_element_is_no_null():
    values = Values(ColumnType(pa.int64()), np.arange(3), 3, np.zeros(3, np.bool_))
    made = Assembly(pa.schema({"x": pa.int64()})).batch([values], 3)
    assert made is not None
    assert made["x"].buffers()[0] is None


@pytest.mark.parametrize(
    ("schema", "rows"),
    [
        (pa.schema([]), 3),
        (pa.schema({"x": pa.int64()}), 0),
        (pa.schema({"x": pa.int64()}), 100_000),
        (pa.schema({"x": pa.string()}), 3),
        (pa.schema({"x": pa.list_(pa.int64(), 2)}), 3),
    ],
    ids=["of no columns", "of no rows", "of many rows", "of strings", "of vectors"],
)
def test_other_batches_are_left_to_others(schema, rows):
    values = [column(pa.int64(), rows, 0.0, 0) for _ in schema]
    assert Assembly(schema).batch(values, rows) is None


def test_a_constant_is_left_to_others():
    constant = Values(ColumnType(pa.int64()), np.array([7]), 1, constant=True)
    assert Assembly(pa.schema({"x": pa.int64()})).batch([constant], 3) is None


@pytest.mark.parametrize("missing", [None, np.ones(2, np.bool_)], ids=["elements", "mask"])
def test_columns_of_other_lengths_are_left_to_arrow_which_refuses_them(missing):
    data = np.arange(3 if missing is not None else 2)
    values = Values(ColumnType(pa.int64()), data, 3, missing)
    assert Assembly(pa.schema({"x": pa.int64()})).batch([values], 3) is None
