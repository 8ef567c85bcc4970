"""An artifact gives the same in every way it is applied, and what does not is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.runners import verification
from taurus_beam.runners.ways import WAYS, Outcome

RANDOM = np.random.default_rng(7)
TABLE = pa.table(
    {
        "x": pa.array([None, float("nan"), float("inf"), -0.0, *RANDOM.normal(size=196)]),
        "n": pa.array([None, *RANDOM.integers(-9, 9, 199).tolist()]),
        "s": pa.array([None, "", "é", *(f"w{i % 13}" for i in range(197))]),
    }
)


def preprocess(inputs: Any) -> dict[str, Any]:
    x = tb.monitor_range(inputs["x"], -3, 3)
    return {
        "z": tb.scale_to_z_score(tb.where(abs(x) < 100, x, 0.0)),
        "bucket": tb.bucketize(x, 5),
        "id": tb.compute_and_apply_vocabulary(inputs["s"], num_oov_buckets=2),
        "n": tb.fill_null(inputs["n"], 0) * 2,
    }


@pytest.fixture(scope="module")
def fn() -> tb.TransformFn:
    return tb.fit(TABLE, preprocess)


def test_every_way_gives_the_same(fn: tb.TransformFn) -> None:
    found = tb.verify(fn, TABLE)
    assert found.same, str(found)
    assert found.not_run == {}
    assert [way.way for way in found.ways] == list(WAYS)
    assert {(way.rows, way.features) for way in found.ways} == {(200, 4)}
    assert all(not way.left_out for way in found.ways)


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows_go_every_way(fn: tb.TransformFn, rows: int) -> None:
    found = tb.verify(fn, TABLE.slice(0, rows))
    assert found.same, str(found)


def test_a_way_that_differs_is_told_with_samples(
    fn: tb.TransformFn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off_by_one(fn: tb.TransformFn, path: str, table: pa.Table) -> Outcome:
        made = fn.transform(table)
        ids = made["id"].to_pylist()
        ids[3] += 1
        return Outcome(made.set_column(2, "id", pa.array(ids, pa.int64())))

    monkeypatch.setitem(verification.WAYS, "row", off_by_one)
    found = tb.verify(fn, TABLE, ["split", "row"])
    assert not found.same
    assert [way.way for way in found.ways if way.differences] == ["row"]
    (difference,) = found.ways[1].differences
    before = fn.row(TABLE.slice(3, 1).to_pylist()[0])["id"]
    assert (difference.feature, difference.rows) == ("id", 1)
    assert difference.samples == ((3, before, before + 1),)
    assert f"row 3: {before} and not {before + 1}" in str(found)


def test_what_has_no_onnx_form_is_told_and_the_rest_compared() -> None:
    def preprocessing_fn(inputs: Any) -> dict[str, Any]:
        return {"n": inputs["n"] + 1, "hash": tb.hash_strings(inputs["s"], 10, hash="farmhash64")}

    found = tb.verify(tb.fit(TABLE, preprocessing_fn), TABLE, ["onnx"])
    (way,) = found.ways
    assert (way.features, list(way.left_out)) == (1, ["hash"])
    assert found.same


def test_an_unknown_way_is_refused(fn: tb.TransformFn) -> None:
    with pytest.raises(tb.DataError, match=r"(?s)no way 'grpc'.*split, row, beam, onnx, rest"):
        tb.verify(fn, TABLE, ["grpc"])
