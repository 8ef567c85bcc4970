"""How many passes analyzers need: the longest chain of them, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import trace
from taurus_beam.local import fit_batches

SCHEMA = pa.schema([("x", pa.float64()), ("y", pa.float64()), ("s", pa.string())])
TABLE = pa.table({"x": [1.0, 2.0, None, 9.0], "y": [4.0, 3.0, 2.0, 1.0], "s": ["a", "b", "b", ""]})


def shifted(inputs: Any) -> Any:
    return np.log1p(inputs["x"] - tb.min(inputs["x"]))


def bucket_names(inputs: Any) -> Any:
    return tb.cast(tb.bucketize(inputs["y"], 2), pa.string())


CASES: dict[str, tuple[Callable[..., Any], list[list[str]]]] = {
    "no analyzer": (lambda i: i["x"] + 1, []),
    "one": (lambda i: tb.min(i["x"]), [["x"]]),
    "mean and variance together": (lambda i: tb.scale_to_z_score(i["x"]), [["x"]]),
    "side by side": (lambda i: tb.scale_to_0_1(i["x"]) + tb.scale_to_z_score(i["y"]), [["x", "y"]]),
    "minimum, then moments": (lambda i: tb.scale_to_z_score(shifted(i)), [["x"], ["x"]]),
    "vocabulary of buckets": (
        lambda i: tb.compute_and_apply_vocabulary(bucket_names(i)),
        [["y"], ["y"]],
    ),
    "three deep": (
        lambda i: tb.bucketize(tb.scale_to_z_score(shifted(i)), 3),
        [["x"], ["x"], ["x"]],
    ),
    "a short chain beside a long one": (
        lambda i: tb.scale_to_z_score(shifted(i)) + tb.max(i["y"]),
        [["x", "y"], ["x"]],
    ),
    "a constant is no dependency": (lambda i: tb.min(i["x"] + 1), [["x"]]),
}


@pytest.mark.parametrize("name", CASES)
def test_passes_and_the_columns_they_read(name: str) -> None:
    function, expected = CASES[name]
    graph = trace(lambda i: {"out": function(i)}, SCHEMA)
    assert [phase.columns for phase in phases(graph)] == expected


@pytest.mark.parametrize("name", CASES)
def test_the_source_is_read_once_for_each_pass(name: str) -> None:
    function, expected = CASES[name]
    readings = []

    def batches() -> Any:
        readings.append(1)
        return TABLE.to_batches()

    fit_batches(batches, lambda i: {"out": function(i)}, SCHEMA)
    assert len(readings) == len(expected)


def test_analyzers_of_the_same_facts_share_an_accumulator() -> None:
    def preprocess(inputs: Any) -> Any:
        x = inputs["x"]
        return {
            "moments": tb.mean(x) + tb.var(x) + tb.sum(x) + tb.std(x),
            "extremes": tb.max(x) - tb.min(x),
            "few": tb.bucketize(x, 3),
            "many": tb.bucketize(x, 10),
            "elsewhere": tb.mean(inputs["y"]),
        }

    (phase,) = phases(trace(preprocess, SCHEMA))
    assert len(phase.gatherings) == 4
    assert phase.columns == ["x", "y"]
    assert len(phase.inputs) == 2


def test_nested_analyzers_give_what_step_by_step_computation_gives() -> None:
    x = np.array([1.0, 2.0, 9.0])
    logged = np.log1p(x - x.min())
    expected = (logged - logged.mean()) / logged.std()
    out, _ = tb.fit_transform(TABLE, lambda i: {"z": tb.scale_to_z_score(shifted(i))})
    assert out["z"].drop_null().to_pylist() == pytest.approx(expected.tolist())


def test_a_vocabulary_of_bucketized_values() -> None:
    def preprocess(inputs: Any) -> Any:
        buckets = tb.cast(tb.bucketize(inputs["y"], 4), pa.string())
        return {"id": tb.compute_and_apply_vocabulary(buckets)}

    _, fn = tb.fit_transform(TABLE, preprocess)
    assert fn.vocabulary("id").terms.to_pylist() == ["3", "2", "1", "0"]
