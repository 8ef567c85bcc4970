"""Fitting in this process: what it takes, how often it reads, and that order does not matter."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spine import SCHEMA, files_of, preprocess, row_set, table

import taurus_beam as tb
from taurus_beam.errors import DataError, TraceError

DATA = table(900)


def scaled(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {"z": tb.scale_to_z_score(inputs["x"])}


@pytest.mark.parametrize(
    "data",
    [
        pa.table({"x": [1.0, 3.0, None]}),
        pa.record_batch({"x": [1.0, 3.0, None]}),
        pd.DataFrame({"x": [1.0, 3.0, None]}),
        {"x": [1.0, 3.0, None]},
        {"x": pa.chunked_array([[1.0], [3.0, None]])},
        {"x": np.ma.masked_array([1.0, 3.0, 0.0], [False, False, True])},
    ],
    ids=["table", "batch", "frame", "lists", "chunks", "masked"],
)
def test_data_of_any_form_are_fitted_alike(data):
    fn = tb.fit(data, scaled)
    assert fn.row({"x": 2.0}) == {"z": 0.0}
    assert fn.row({"x": 5.0}) == {"z": 3.0}
    assert fn.digest == tb.fit(pa.table({"x": [1.0, 3.0]}), scaled).digest
    assert fn.provenance["data"]["rows"] == 3


def test_the_result_has_the_form_of_the_data():
    frame, _ = tb.fit_transform(pd.DataFrame({"x": [1.0, 3.0]}, index=["a", "b"]), scaled)
    pd.testing.assert_frame_equal(frame, pd.DataFrame({"z": [-1.0, 1.0]}, index=["a", "b"]))
    arrays, _ = tb.fit_transform({"x": [1.0, 3.0]}, scaled)
    np.testing.assert_array_equal(arrays["z"], [-1.0, 1.0])
    batch, _ = tb.fit_transform(pa.record_batch({"x": [1.0, 3.0]}), scaled)
    assert batch.equals(pa.record_batch({"z": [-1.0, 1.0]}))


def test_a_schema_gives_types_that_the_data_lack():
    data = {"x": [None, None], "s": [None, None]}
    schema = pa.schema({"x": pa.float32(), "s": pa.string()})

    def function(inputs):
        return {**scaled(inputs), "id": tb.compute_and_apply_vocabulary(inputs["s"])}

    fn = tb.fit(data, function, schema)
    assert fn.output_arrow_schema == pa.schema({"z": pa.float32(), "id": pa.int64()})
    assert fn.transform(data)["id"].tolist() == pytest.approx([np.nan, np.nan], nan_ok=True)
    with pytest.raises(TraceError, match=r"(?s)every value is missing.*Give a schema"):
        tb.fit(data, function)


def test_a_schema_proto_serves_too():
    fn = tb.fit({"x": [1.5], "n": np.array([2], np.int32)}, lambda i: {"y": i["x"] + i["n"]})
    again = tb.fit({"x": [1.5], "n": [2]}, lambda i: {"y": i["x"] + i["n"]}, fn.input_schema)
    assert again.input_arrow_schema == pa.schema({"n": pa.int32(), "x": pa.float64()})


@pytest.mark.parametrize("schema", ["x: double", 3, {"x": pa.float64()}])
def test_what_is_no_schema_is_refused(schema):
    with pytest.raises(DataError, match=r"(?s)is no schema.*expected: a pa\.Schema"):
        tb.fit({"x": [1.0]}, scaled, schema)


def test_data_that_contradict_the_schema_are_refused():
    with pytest.raises(DataError, match=r"(?s)Column 'x' has type string.*expected: double"):
        tb.fit({"x": ["1"]}, scaled, pa.schema({"x": pa.float64()}))
    with pytest.raises(DataError, match="Column 'x' is missing"):
        tb.fit({"y": [1.0]}, scaled, pa.schema({"x": pa.float64()}))


def test_batches_are_asked_for_once_a_pass():
    calls = []

    def batches():
        calls.append(None)
        return iter(DATA.to_batches(max_chunksize=100))

    fn = tb.fit_batches(batches, preprocess, SCHEMA, source={"name": "here"})
    assert len(calls) == 2
    assert fn.digest == tb.fit(DATA, preprocess).digest
    assert fn.provenance["data"]["source"] == {"name": "here"}
    assert fn.provenance["run"]["passes"] == 2


def test_a_function_without_analyzers_reads_nothing():
    def never():
        raise AssertionError("read")

    fn = tb.fit_batches(never, lambda i: {"y": i["x"] + 1}, SCHEMA)
    assert fn.row({"x": 1.0}) == {"y": 2.0}


def test_the_function_is_called_once():
    calls = []

    def function(inputs):
        calls.append(None)
        return preprocess(inputs)

    fn = tb.fit(DATA, function)
    fn.transform(DATA)
    assert len(calls) == 1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, 900), max_size=12))
def test_any_order_and_split_of_the_rows_give_the_same_bytes(seed, cuts):
    order = np.random.default_rng(seed).permutation(len(DATA))
    rows = DATA.take(pa.array(order))
    bounds = [0, *sorted(cuts), len(DATA)]
    parts = [rows.slice(a, b - a) for a, b in itertools.pairwise(bounds)]
    batches = [batch for part in parts for batch in part.to_batches()]
    fn = tb.fit_batches(lambda: batches, preprocess, SCHEMA)
    assert fn.digest == tb.fit(DATA, preprocess).digest


def test_saving_and_loading_is_the_identity(tmp_path):
    out, fn = tb.fit_transform(DATA, preprocess)
    fn.save(tmp_path / "fn")
    loaded = tb.load(tmp_path / "fn")
    assert row_set(loaded.transform(DATA).to_batches()) == row_set(out.to_batches())
    loaded.save(tmp_path / "again")
    assert files_of(tmp_path / "again") == files_of(tmp_path / "fn")


def test_the_analyzers_equal_pandas():
    frame = DATA.to_pandas()
    out, _ = tb.fit_transform(DATA, preprocess)
    x = frame["x"]
    log = np.log1p(x - x.min())
    expected = (log - log.mean()) / log.std(ddof=0)
    np.testing.assert_allclose(out["log_z"].to_pandas(), expected, rtol=1e-9)
    np.testing.assert_allclose(
        out["x01"].to_pandas(), (x - x.min()) / (x.max() - x.min()), rtol=1e-12
    )
    np.testing.assert_allclose(out["share"].to_pandas(), frame["n"] / frame["n"].sum(), rtol=1e-12)
